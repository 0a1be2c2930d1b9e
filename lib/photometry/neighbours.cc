// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/neighbours.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace contimg::photometry {
namespace {

constexpr double kFarthest = 1e8;  // cells; what is beyond shares the last one

class Sets {
 public:
  explicit Sets(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // The smaller index is the root.
  void join(std::size_t a, std::size_t b) {
    a = root(a), b = root(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

Neighbours::Neighbours(const std::vector<fits::Pixel>& positions, double reach_px)
    : positions_(positions), reach_px_(reach_px) {
  for (std::size_t i = 0; i < positions.size(); ++i)
    cells_[cell_of(positions[i].x, positions[i].y)].push_back(i);
}

std::int64_t Neighbours::cell_of(double x, double y) const {
  const auto cell = [&](double v) {
    return static_cast<std::int64_t>(std::floor(std::clamp(v / reach_px_, -kFarthest, kFarthest)));
  };
  return cell(y) * (std::int64_t{1} << 32) + cell(x);
}

std::vector<std::size_t> Neighbours::near(const fits::Pixel& place) const {
  std::vector<std::size_t> found;
  for (int v = -1; v <= 1; ++v)
    for (int u = -1; u <= 1; ++u) {
      const auto cell = cells_.find(cell_of(place.x + u * reach_px_, place.y + v * reach_px_));
      if (cell == cells_.end()) continue;
      for (const std::size_t i : cell->second)
        if (std::hypot(positions_[i].x - place.x, positions_[i].y - place.y) <= reach_px_)
          found.push_back(i);
    }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::vector<std::size_t>> Neighbours::clusters() const {
  Sets sets(positions_.size());
  for (std::size_t i = 0; i < positions_.size(); ++i)
    for (const std::size_t j : near(positions_[i])) sets.join(i, j);
  std::vector<std::vector<std::size_t>> result;
  std::vector<std::size_t> place(positions_.size());
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    const std::size_t root = sets.root(i);
    if (root == i) {
      place[i] = result.size();
      result.emplace_back();
    }
    result[place[root]].push_back(i);
  }
  return result;
}

}  // namespace contimg::photometry
