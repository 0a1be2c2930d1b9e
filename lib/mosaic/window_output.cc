// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/window_output.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace contimg::mosaic {
namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
constexpr float kBright = 5;  // rms: what is above it is no noise
constexpr std::size_t kBins = 4000;
// Between quartiles of a normal distribution lie so many of its standard deviations.
constexpr double kQuartiles = 1.3489795;

}  // namespace

WindowOutput::WindowOutput(const Grid& grid, const CoaddOutputs& outputs)
    : grid_(grid),
      outputs_(outputs),
      factor_((std::max({grid.n_x, grid.n_y, std::size_t{1}}) + kOverview - 1) / kOverview),
      n_x_((grid.n_x + factor_ - 1) / factor_),
      cells_(n_x_ * ((grid.n_y + factor_ - 1) / factor_)),
      histogram_(kBins) {}

void WindowOutput::write(const WindowBlock& block) {
  const std::size_t n = block.weight.size();
  std::vector<float> image(n, kNothing), rms(n, kNothing), weight(n, kNothing);
  for (std::size_t i = 0; i < n; ++i) {
    if (!(block.weight[i] > 0)) continue;
    image[i] = static_cast<float>(block.weighted[i] / block.weight[i]);
    rms[i] = static_cast<float>(1 / std::sqrt(block.weight[i]));
    weight[i] = static_cast<float>(block.weight[i]);
    count(block.box.x0 + i % block.box.n_x, block.box.y0 + i / block.box.n_x, image[i], rms[i]);
  }
  if (outputs_.image != nullptr) outputs_.image->write(block.box, image);
  if (outputs_.rms != nullptr) outputs_.rms->write(block.box, rms);
  if (outputs_.weight != nullptr) outputs_.weight->write(block.box, weight);
}

void WindowOutput::count(std::size_t x, std::size_t y, float value, float rms) {
  ++n_pixel_;
  const float contrast = value / rms;
  if (std::abs(contrast) < kBright) {
    const double bin = static_cast<double>(contrast / kBright + 1) / 2 * kBins;
    ++histogram_[std::min(static_cast<std::size_t>(bin), kBins - 1)];
    ++n_counted_;
  }
  Cell& cell = cells_[y / factor_ * n_x_ + x / factor_];
  cell.sum += static_cast<double>(value);
  cell.rms += static_cast<double>(rms);
  ++cell.n;
  if (std::abs(contrast) > kBright && std::abs(value) > std::abs(cell.extreme)) {
    cell.extreme = value;
    cell.contrast = contrast;
  }
}

// Of value / rms, within its bin in proportion.
double WindowOutput::quantile(double share) const {
  double left = share * static_cast<double>(n_counted_);
  std::size_t bin = 0;
  while (bin + 1 < kBins && left > static_cast<double>(histogram_[bin]))
    left -= static_cast<double>(histogram_[bin++]);
  const double within = histogram_[bin] == 0 ? 0 : left / static_cast<double>(histogram_[bin]);
  return ((static_cast<double>(bin) + within) / kBins * 2 - 1) * static_cast<double>(kBright);
}

void WindowOutput::report(CoaddReport& report) const {
  report.n_pixel = n_pixel_;
  report.noise_ratio = n_counted_ == 0 ? 0 : (quantile(0.75) - quantile(0.25)) / kQuartiles;
  fits::Image& small = report.overview;
  small.n_x = n_x_;
  small.n_y = cells_.size() / n_x_;
  const double first = static_cast<double>(factor_ - 1) / 2;
  small.wcs = grid_.wcs.on_grid({first, first}, static_cast<double>(factor_));
  small.unit = "Jy/beam";
  small.pixels.clear();
  report.overview_rms = small;
  for (const Cell& cell : cells_) {
    const auto n = static_cast<double>(cell.n);
    const auto mean = static_cast<float>(cell.sum / n);
    const bool bright = std::abs(cell.contrast) > kBright;
    small.pixels.push_back(cell.n == 0 ? kNothing : bright ? cell.extreme : mean);
    report.overview_rms.pixels.push_back(cell.n == 0 ? kNothing : static_cast<float>(cell.rms / n));
  }
}

}  // namespace contimg::mosaic
