// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/resample_positions.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace contimg::mosaic {
namespace {

constexpr std::size_t kLargestCell = 32, kSmallestCell = 4;
// Pixels. A source of 1000 times the rms changes by the rms within some thousandths of one; and this
// costs nothing on tiles of arcseconds, whose nodes are right to 1e-8 at the largest cell.
constexpr double kTolerance = 1e-6;
constexpr std::size_t kFewCells = 100;  // one in so many may be asked singly

using Weights = std::array<double, 4>;

// Of Lagrange's polynomials through nodes at -1, 0, 1, 2.
Weights lagrange(double t) {
  return {-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2,
          (t + 1) * t * (t - 1) / 6};
}

struct Cubic {
  double a, b, c, d;
  double at(double t) const { return a + t * (b + t * (c + t * d)); }
};

// The same as a polynomial, from four nodes.
Cubic through(const double* f) {
  return {f[1], -f[0] / 3 - f[1] / 2 + f[2] - f[3] / 6, f[0] / 2 - f[1] + f[2] / 2,
          (f[3] - f[0]) / 6 + (f[1] - f[2]) / 2};
}

std::vector<fits::Pixel> mapped(const fits::Wcs& from, const fits::Wcs& to,
                                const std::vector<fits::Pixel>& pixels) {
  return to.pixels_of(from.directions_at(pixels));
}

}  // namespace

ResamplePositions::ResamplePositions(const fits::Wcs& from, const fits::Wcs& to,
                                     const fits::Box& box)
    : box_(box) {
  cell_ = kLargestCell;
  while (!lay_nodes(from, to) && cell_ > kSmallestCell) cell_ /= 2;
  for (auto& [cell, places] : cells_) {
    std::vector<fits::Pixel> pixels;
    const std::size_t left = box_.x0 + cell % n_cell_x_ * cell_,
                      bottom = box_.y0 + cell / n_cell_x_ * cell_;
    for (std::size_t y = bottom; y < bottom + cell_; ++y)
      for (std::size_t x = left; x < left + cell_; ++x)
        pixels.push_back({static_cast<double>(x), static_cast<double>(y)});
    places = mapped(from, to, pixels);
  }
}

// True when all but a few cells are good enough.
bool ResamplePositions::lay_nodes(const fits::Wcs& from, const fits::Wcs& to) {
  n_cell_x_ = (box_.n_x + cell_ - 1) / cell_;
  n_cell_y_ = (box_.n_y + cell_ - 1) / cell_;
  n_node_x_ = n_cell_x_ + 3;
  const auto grid = [&](std::size_t n_x, std::size_t n_y, double first) {
    std::vector<fits::Pixel> points;
    points.reserve(n_x * n_y);
    for (std::size_t j = 0; j < n_y; ++j)
      for (std::size_t i = 0; i < n_x; ++i)
        points.push_back({static_cast<double>(box_.x0) +
                              (static_cast<double>(i) + first) * static_cast<double>(cell_),
                          static_cast<double>(box_.y0) +
                              (static_cast<double>(j) + first) * static_cast<double>(cell_)});
    return mapped(from, to, points);
  };
  nodes_ = grid(n_node_x_, n_cell_y_ + 3, -1);
  const std::vector<fits::Pixel> truth = grid(n_cell_x_, n_cell_y_, 0.5);
  cells_.clear();
  std::size_t n_off = 0;
  for (std::size_t j = 0; j < n_cell_y_; ++j) {
    const double middle = (static_cast<double>(j) + 0.5) * static_cast<double>(cell_);
    const NodeRow row = nodes_at(middle, 0, n_node_x_);
    for (std::size_t i = 0; i < n_cell_x_; ++i) {
      const fits::Pixel& exact = truth[j * n_cell_x_ + i];
      const double x = through(&row.x[i]).at(0.5), y = through(&row.y[i]).at(0.5);
      if (std::hypot(x - exact.x, y - exact.y) <= kTolerance) continue;
      // Off, or at the edge of what the projections can show, which closer nodes do not mend.
      cells_[j * n_cell_x_ + i];
      if (std::isfinite(x) && std::isfinite(exact.x)) ++n_off;
    }
  }
  return n_off * kFewCells <= n_cell_x_ * n_cell_y_;
}

// Given: y from the box's first row; which nodes of a row.
ResamplePositions::NodeRow ResamplePositions::nodes_at(double y, std::size_t first,
                                                       std::size_t n) const {
  const double place = y / static_cast<double>(cell_);
  const auto cell = static_cast<std::size_t>(place);
  const Weights weights = lagrange(place - static_cast<double>(cell));
  NodeRow row = {std::vector<double>(n), std::vector<double>(n)};
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const fits::Pixel* nodes = &nodes_[(cell + k) * n_node_x_ + first];
    for (std::size_t i = 0; i < n; ++i) {
      row.x[i] += weights[k] * nodes[i].x;
      row.y[i] += weights[k] * nodes[i].y;
    }
  }
  return row;
}

void ResamplePositions::row(std::size_t y, std::size_t x0, std::size_t n, double* x,
                            double* y_to) const {
  const std::size_t down = y - box_.y0, across = x0 - box_.x0;
  const std::size_t first = across / cell_, last = (across + n - 1) / cell_;
  const NodeRow nodes = nodes_at(static_cast<double>(down), first, last - first + 4);
  const double step = 1 / static_cast<double>(cell_);
  for (std::size_t cell = first; cell <= last; ++cell) {
    const std::size_t begin = std::max(across, cell * cell_),
                      end = std::min(across + n, (cell + 1) * cell_);
    const auto singly =
        cells_.empty() ? cells_.end() : cells_.find(down / cell_ * n_cell_x_ + cell);
    if (singly != cells_.end()) {
      const fits::Pixel* places = &singly->second[down % cell_ * cell_];
      for (std::size_t i = begin; i < end; ++i) {
        x[i - across] = places[i - cell * cell_].x;
        y_to[i - across] = places[i - cell * cell_].y;
      }
      continue;
    }
    const Cubic along_x = through(&nodes.x[cell - first]),
                along_y = through(&nodes.y[cell - first]);
    for (std::size_t i = begin; i < end; ++i) {
      const double t = static_cast<double>(static_cast<int>(i - cell * cell_)) * step;
      x[i - across] = along_x.at(t);
      y_to[i - across] = along_y.at(t);
    }
  }
}

}  // namespace contimg::mosaic
