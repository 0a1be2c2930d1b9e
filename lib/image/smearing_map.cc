// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/smearing_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "astro/constants.h"
#include "astro/sinc.h"
#include "base/vectors.h"
#include "image/smearing.h"
#include "image/smearing_samples.h"

namespace contimg::image {
namespace {

constexpr std::size_t kNodes = 13;  // per side
constexpr std::size_t kPadded = (kNodes * kNodes + 15) / 16 * 16;

// Where the sum is made.
struct Nodes {
  std::array<double, kNodes> along{};  // l or m
  alignas(64) std::array<float, kPadded> l{}, m{}, n_less_1{};
};

Nodes nodes_over(double field_rad) {
  Nodes nodes;
  for (std::size_t i = 0; i < kNodes; ++i)
    nodes.along[i] = field_rad / 2 *
                     std::cos(astro::kPi * (static_cast<double>(i) + 0.5) / kNodes) /
                     std::cos(astro::kPi * 0.5 / kNodes);
  for (std::size_t j = 0; j < kNodes; ++j)
    for (std::size_t i = 0; i < kNodes; ++i) {
      const double l = nodes.along[i], m = nodes.along[j];
      const std::size_t at = j * kNodes + i;
      nodes.l[at] = static_cast<float>(l);
      nodes.m[at] = static_cast<float>(m);
      nodes.n_less_1[at] = static_cast<float>(std::sqrt(std::max(0.0, 1 - l * l - m * m)) - 1);
    }
  return nodes;
}

// sin(x) / x as its series in q = x^2, good to 1e-8 up to |x| = 3.
constexpr double kSeriesEnds = 3;
constexpr std::array<float, 8> kSeries = {1.0F / (16 * 17), 1.0F / (14 * 15), 1.0F / (12 * 13),
                                          1.0F / (10 * 11), 1.0F / (8 * 9),   1.0F / (6 * 7),
                                          1.0F / (4 * 5),   1.0F / (2 * 3)};
inline float sinc_of_square(float q) {
  float sum = 1;
  for (const float term : kSeries) sum = 1 - q * term * sum;
  return sum;
}

// Half the phases at a node: of the delay across a channel (frequency) and of its change in an
// integration (time), and what the direction of the correlator's fringe has of them.
struct Phases {
  std::array<float, 3> frequency{}, time{};
  float stopped_frequency = 0, stopped_time = 0;
  float n_channel = 1, n_integration = 1, weight = 0;
};

CONTIMG_AVX2 void add_small(const Phases& p, const Nodes& nodes, float* __restrict sum) {
  for (std::size_t k = 0; k < kPadded; ++k) {
    const float l = nodes.l[k], m = nodes.m[k], n = nodes.n_less_1[k];
    const float f = p.frequency[0] * l + p.frequency[1] * m + p.frequency[2] * n;
    const float t = p.time[0] * l + p.time[1] * m + p.time[2] * n;
    const float own_f = f - p.stopped_frequency, own_t = t - p.stopped_time;
    const float wide_f = p.n_channel * f, wide_t = p.n_integration * t;
    sum[k] += p.weight * sinc_of_square(own_f * own_f) * sinc_of_square(own_t * own_t) *
              sinc_of_square(wide_f * wide_f) * sinc_of_square(wide_t * wide_t) /
              (sinc_of_square(f * f) * sinc_of_square(t * t));
  }
}

void add_large(const Phases& p, const Nodes& nodes, float* sum) {
  for (std::size_t k = 0; k < kNodes * kNodes; ++k) {
    const auto on = [&](const std::array<float, 3>& v) {
      return static_cast<double>(v[0] * nodes.l[k] + v[1] * nodes.m[k] + v[2] * nodes.n_less_1[k]);
    };
    const double f = on(p.frequency), t = on(p.time);
    const double left = astro::sinc(f - static_cast<double>(p.stopped_frequency)) *
                        astro::sinc(t - static_cast<double>(p.stopped_time)) *
                        dirichlet(static_cast<std::size_t>(p.n_channel), f) *
                        dirichlet(static_cast<std::size_t>(p.n_integration), t);
    sum[k] += p.weight * static_cast<float>(left);
  }
}

Phases phases_of(const SmearingSample& sample, const ImagingSets& sets) {
  const double channel = astro::kPi * sets.channel_width_hz / astro::kSpeedOfLight;
  const double integration =
      astro::kPi * sample.frequency_hz * sets.integration_s / astro::kSpeedOfLight;
  const astro::Vector3 rate = uvw_rate_m_s(sample.uvw_m, sets.phase_centre.dec_rad);
  Phases p;
  double stopped_f = 0, stopped_t = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    p.frequency[axis] = static_cast<float>(channel * sample.uvw_m[axis]);
    p.time[axis] = static_cast<float>(integration * rate[axis]);
    stopped_f += channel * sample.uvw_m[axis] * sample.stopped[axis];
    stopped_t += integration * rate[axis] * sample.stopped[axis];
  }
  p.stopped_frequency = static_cast<float>(stopped_f);
  p.stopped_time = static_cast<float>(stopped_t);
  p.n_channel = static_cast<float>(sample.n_channel);
  p.n_integration = static_cast<float>(sample.n_integration);
  p.weight = static_cast<float>(sample.weight);
  return p;
}

// Whether every argument stays where the series is good.
bool is_small(const Phases& p, double half_field) {
  const auto most = [&](const std::array<float, 3>& v) {
    return half_field * (std::abs(static_cast<double>(v[0])) + std::abs(static_cast<double>(v[1])) +
                         half_field * std::abs(static_cast<double>(v[2])));
  };
  const double f = most(p.frequency), t = most(p.time);
  return std::max({f * static_cast<double>(p.n_channel), t * static_cast<double>(p.n_integration),
                   f + std::abs(static_cast<double>(p.stopped_frequency)),
                   t + std::abs(static_cast<double>(p.stopped_time))}) < kSeriesEnds;
}

using Sum = std::array<double, kNodes * kNodes>;

// Some of the samples; float sums of a few at a time.
Sum sum_of(const std::vector<SmearingSample>& samples, const ImagingSets& sets, const Nodes& nodes,
           std::size_t first, std::size_t step) {
  constexpr std::size_t kAtOnce = 64;
  Sum total{};
  alignas(64) std::array<float, kPadded> part{};
  std::size_t n_in_part = 0;
  const auto flush = [&] {
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += static_cast<double>(part[k]);
    part.fill(0);
    n_in_part = 0;
  };
  for (std::size_t i = first; i < samples.size(); i += step) {
    const Phases phases = phases_of(samples[i], sets);
    if (is_small(phases, nodes.along[0]))
      add_small(phases, nodes, part.data());
    else
      add_large(phases, nodes, part.data());
    if (++n_in_part == kAtOnce) flush();
  }
  flush();
  return total;
}

// Weights of the nodes' values in the value at x: Lagrange's polynomials.
std::array<double, kNodes> interpolation_weights(const Nodes& nodes, double x) {
  std::array<double, kNodes> weights{};
  for (std::size_t i = 0; i < kNodes; ++i) {
    weights[i] = 1;
    for (std::size_t j = 0; j < kNodes; ++j)
      if (j != i) weights[i] *= (x - nodes.along[j]) / (nodes.along[i] - nodes.along[j]);
  }
  return weights;
}

}  // namespace

fits::Image smearing_map(const ImagingSets& sets, const SmearingMapSettings& settings) {
  const Nodes nodes = nodes_over(settings.field_rad);
  const std::vector<SmearingSample> samples = smearing_samples(sets, settings);
  const std::size_t n_thread = std::max<std::size_t>(1, settings.n_thread);
  std::vector<Sum> sums(n_thread);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < n_thread; ++i)
    threads.emplace_back([&, i] { sums[i] = sum_of(samples, sets, nodes, i, n_thread); });
  for (std::thread& thread : threads) thread.join();
  double weight = 0;
  for (const SmearingSample& sample : samples) weight += sample.weight;
  Sum mean{};
  for (const Sum& sum : sums)
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += sum[k] / weight;

  fits::Image map;
  const std::size_t n = settings.n_pixel;
  const double pixel_rad = settings.field_rad / static_cast<double>(n - 1);
  map.n_x = map.n_y = n;
  map.pixels.resize(n * n);
  map.wcs = fits::Wcs::orthographic(sets.phase_centre, n, n, pixel_rad);
  map.frequency_hz = sets.middle_frequency_hz;
  map.bandwidth_hz = sets.bandwidth_hz;
  std::vector<std::array<double, kNodes>> weights;
  const std::size_t middle = n / 2;
  for (std::size_t i = 0; i < n; ++i)
    weights.push_back(interpolation_weights(
        nodes, (static_cast<double>(i) - static_cast<double>(middle)) * pixel_rad));
  for (std::size_t y = 0; y < n; ++y)
    for (std::size_t x = 0; x < n; ++x) {
      double value = 0;  // l grows with falling x
      for (std::size_t j = 0; j < kNodes; ++j)
        for (std::size_t i = 0; i < kNodes; ++i)
          value += weights[y][j] * weights[n - 1 - x][i] * mean[j * kNodes + i];
      map.at(x, y) = static_cast<float>(std::min(1.0, std::max(0.0, value)));
    }
  return map;
}

}  // namespace contimg::image
