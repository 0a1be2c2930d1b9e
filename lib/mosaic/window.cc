// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/window.h"

#include <algorithm>

namespace contimg::mosaic {

fits::Box shared(const fits::Box& a, const fits::Box& b) {
  fits::Box both;
  both.x0 = std::max(a.x0, b.x0);
  both.y0 = std::max(a.y0, b.y0);
  const std::size_t right = std::min(a.x0 + a.n_x, b.x0 + b.n_x),
                    top = std::min(a.y0 + a.n_y, b.y0 + b.n_y);
  if (right <= both.x0 || top <= both.y0) return {};
  both.n_x = right - both.x0;
  both.n_y = top - both.y0;
  return both;
}

std::vector<WindowBlock*> Window::touched(const fits::Box& box) {
  std::vector<WindowBlock*> result;
  if (box.n_x == 0 || box.n_y == 0) return result;
  for (std::size_t i = box.x0 / kSide; i <= (box.x0 + box.n_x - 1) / kSide; ++i)
    for (std::size_t j = box.y0 / kSide; j <= (box.y0 + box.n_y - 1) / kSide; ++j) {
      const auto [at, made] = blocks_.try_emplace({i, j});
      WindowBlock& block = at->second;
      if (made) {
        block.box = {i * kSide, j * kSide, std::min(kSide, n_x_ - i * kSide),
                     std::min(kSide, n_y_ - j * kSide)};
        const std::size_t n = block.box.n_x * block.box.n_y;
        block.weight.assign(n, 0);
        block.weighted.assign(n, 0);
        n_pixel_ += n;
      }
      result.push_back(&block);
    }
  return result;
}

std::vector<WindowBlock> Window::finished(const std::vector<fits::Box>& to_come) {
  std::vector<WindowBlock> result;
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    const bool wanted = std::any_of(to_come.begin(), to_come.end(), [&](const fits::Box& box) {
      return shared(box, at->second.box).n_x > 0;
    });
    if (wanted) {
      ++at;
      continue;
    }
    n_pixel_ -= at->second.weight.size();
    result.push_back(std::move(at->second));
    at = blocks_.erase(at);
  }
  return result;
}

}  // namespace contimg::mosaic
