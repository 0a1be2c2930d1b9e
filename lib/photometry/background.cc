// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/background.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/median.h"
#include "photometry/bands.h"

namespace contimg::photometry {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr int kRounds = 5;
constexpr std::size_t kLeastStep = 16, kLeastSamples = 32;
// Neighbouring pixels say the same, so this many samples of a beam's area tell all.
constexpr double kSamplesPerBeam = 4;

// MAD over sigma of a normal distribution that was cut at +- clip sigma: the half-way point of what
// is left, by bisection.
double sigma_of_clipped_mad(double clip) {
  const double half = 0.5 * std::erf(clip / std::sqrt(2.0));
  double low = 0, high = clip;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (std::erf(middle / std::sqrt(2.0)) < half ? low : high) = middle;
  }
  return 1 / low;
}

float middle_of(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double mad(const std::vector<float>& values, float level, std::vector<float>& work) {
  work.resize(values.size());
  std::transform(values.begin(), values.end(), work.begin(),
                 [&](float v) { return std::abs(v - level); });
  return static_cast<double>(middle_of(work));
}

// Where a pixel lies between the middles of squares.
struct Between {
  std::size_t first, second;
  float share;
};

Between between_nodes(double pixel, std::size_t step, std::size_t count) {
  const double place = (pixel + 0.5) / static_cast<double>(step) - 0.5;
  const double held = std::clamp(place, 0.0, static_cast<double>(count - 1));
  const auto first = static_cast<std::size_t>(held);
  return {first, std::min(first + 1, count - 1),
          static_cast<float>(held - static_cast<double>(first))};
}

}  // namespace

Background::Background(const Plane& plane, const Ellipse& beam, const BackgroundSettings& settings)
    : n_x_(plane.n_x), n_y_(plane.n_y) {
  step_ =
      std::max(kLeastStep, static_cast<std::size_t>(settings.window_beams * beam.mean_px() / 2));
  stride_ = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::sqrt(beam.area_px() / kSamplesPerBeam)));
  // A last square that is less than half inside is left to its neighbour.
  columns_ = std::max<std::size_t>(1, (n_x_ + step_ / 2) / step_);
  rows_ = std::max<std::size_t>(1, (n_y_ + step_ / 2) / step_);
  level_.assign(columns_ * rows_, kNaN);
  rms_.assign(columns_ * rows_, kNaN);
  for_each_index(columns_ * rows_, settings.n_thread, [&](std::size_t node) {
    const Node found = measure(plane, node % columns_, node / columns_, settings.clip_sigma);
    level_[node] = static_cast<float>(found.level);
    rms_[node] = static_cast<float>(found.rms);
  });
  fill(level_);
  fill(rms_);
  known_ = !rms_.empty() && std::isfinite(rms_[0]);
  if (!known_ || *std::min_element(rms_.begin(), rms_.end()) > 0) return;
  float largest = 0;
  for (std::size_t i = 0; i < n_x_ * n_y_; ++i)
    if (std::isfinite(plane.pixels[i])) largest = std::max(largest, std::abs(plane.pixels[i]));
  const float least = largest > 0 ? 1e-6F * largest : 1e-6F;
  for (float& value : rms_) value = std::max(value, least);
}

Background::Node Background::measure(const Plane& plane, std::size_t column, std::size_t row,
                                     double clip_sigma) const {
  static thread_local std::vector<float> values, work;
  values.clear();
  const auto begin = [&](std::size_t node) {
    return node * step_ - std::min(node * step_, step_ / 2);
  };
  const auto end = [&](std::size_t node, std::size_t count, std::size_t n) {
    return node + 1 == count ? n : std::min(n, node * step_ + step_ + step_ / 2);
  };
  std::size_t n_seen = 0;
  for (std::size_t y = begin(row); y < end(row, rows_, n_y_); y += stride_)
    for (std::size_t x = begin(column); x < end(column, columns_, n_x_); x += stride_) {
      ++n_seen;
      if (std::isfinite(plane.at(x, y))) values.push_back(plane.at(x, y));
    }
  if (values.size() < kLeastSamples || 4 * values.size() < n_seen) return {kNaN, kNaN};
  float level = middle_of(values);
  double rms = kSigmaOfMad * mad(values, level, work);
  const double clipped_factor = sigma_of_clipped_mad(clip_sigma);
  for (int round = 0; round < kRounds && rms > 0; ++round) {
    const auto limit = static_cast<float>(clip_sigma * rms);
    const auto kept = std::remove_if(values.begin(), values.end(),
                                     [&](float v) { return std::abs(v - level) > limit; });
    if (kept == values.end()) break;
    values.erase(kept, values.end());
    level = middle_of(values);
    const double now = clipped_factor * mad(values, level, work);
    const bool settled = std::abs(now - rms) < 0.003 * rms;
    rms = now;
    if (settled) break;
  }
  return {static_cast<double>(level), rms};
}

// Each round gives a value to the squares next to one that has one.
void Background::fill(std::vector<float>& values) const {
  for (std::size_t round = 0; round < columns_ + rows_; ++round) {
    const std::vector<float> before = values;
    bool missing = false;
    for (std::size_t node = 0; node < values.size(); ++node) {
      if (std::isfinite(before[node])) continue;
      missing = true;
      const std::size_t x = node % columns_, y = node / columns_;
      float sum = 0, count = 0;
      for (std::size_t v = y - std::min<std::size_t>(y, 1); v < std::min(rows_, y + 2); ++v)
        for (std::size_t u = x - std::min<std::size_t>(x, 1); u < std::min(columns_, x + 2); ++u)
          if (std::isfinite(before[v * columns_ + u])) {
            sum += before[v * columns_ + u];
            ++count;
          }
      if (count > 0) values[node] = sum / count;
    }
    if (!missing) return;
  }
}

double Background::between(const std::vector<float>& nodes, double x, double y) const {
  const Between across = between_nodes(x, step_, columns_), up = between_nodes(y, step_, rows_);
  const auto along = [&](std::size_t row) {
    return (1 - across.share) * nodes[row * columns_ + across.first] +
           across.share * nodes[row * columns_ + across.second];
  };
  return static_cast<double>((1 - up.share) * along(up.first) + up.share * along(up.second));
}

void Background::row(const std::vector<float>& nodes, std::size_t y, float* out) const {
  const Between up = between_nodes(static_cast<double>(y), step_, rows_);
  std::vector<float> here(columns_);
  for (std::size_t column = 0; column < columns_; ++column)
    here[column] = (1 - up.share) * nodes[up.first * columns_ + column] +
                   up.share * nodes[up.second * columns_ + column];
  const double scale = 1 / static_cast<double>(step_);
  const auto last = static_cast<double>(columns_ - 1);
  std::size_t x = 0;
  // Between two middles the values lie on a straight line.
  for (std::size_t column = 0; column <= columns_ && x < n_x_; ++column) {
    const std::size_t left = column == 0 ? 0 : column - 1;
    const std::size_t right = std::min(column, columns_ - 1);
    const double place = (static_cast<double>(x) + 0.5) * scale - 0.5;
    const std::size_t end =
        column == columns_
            ? n_x_
            : std::min(n_x_, static_cast<std::size_t>(std::ceil(
                                 (static_cast<double>(column) + 0.5) * static_cast<double>(step_) -
                                 0.5)));
    const bool flat = left == right || place >= last;
    const auto slope = flat ? 0.0F : static_cast<float>(scale) * (here[right] - here[left]);
    const float start =
        flat ? here[right]
             : here[left] + (here[right] - here[left]) *
                                static_cast<float>(place - static_cast<double>(left));
    for (std::size_t i = x; i < end; ++i) out[i] = start + slope * static_cast<float>(i - x);
    x = std::max(x, end);
  }
}

std::vector<float> Background::rms_map(std::size_t n_thread) const {
  std::vector<float> map(n_x_ * n_y_);
  for_each_band(n_y_, n_thread, [&](std::size_t first, std::size_t last) {
    for (std::size_t y = first; y < last; ++y) rms_row(y, map.data() + y * n_x_);
  });
  return map;
}

std::vector<double> Background::square_rms() const {
  std::vector<double> result;
  if (known_) result.assign(rms_.begin(), rms_.end());
  std::sort(result.begin(), result.end());
  return result;
}

double Background::median_rms() const { return known_ ? median(rms_) : static_cast<double>(kNaN); }

}  // namespace contimg::photometry
