// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/smearing_samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "astro/constants.h"

namespace contimg::image {
namespace {

constexpr std::size_t kSamplesOfRow = 3;
constexpr double kMostCells = 16384;  // per side

// The weight in the cells of half the uv plane, v >= 0.
class Density {
 public:
  Density(const ImagingSets& sets, const SmearingMapSettings& settings)
      : settings_(settings), cells_per_lambda_(settings.field_rad * settings.padding) {
    if (settings.weighting == DensityWeighting::natural) return;
    const double reach = std::ceil(sets.longest_uv_lambda * cells_per_lambda_) + 2;
    // Finer cells than a computer holds are those of nearly no neighbours.
    if (reach > kMostCells) cells_per_lambda_ *= kMostCells / reach;
    n_v_ = static_cast<std::size_t>(std::min(reach, kMostCells)) + 1;
    n_u_ = 2 * n_v_;
    weight_.assign(n_u_ * n_v_, 0);
    for (const ImagingSet& set : sets.sets) count(set);
    summarise();
  }

  // What a weight is multiplied by at (u, v) metres times frequency / c.
  double factor(double u, double v) const {
    if (settings_.weighting == DensityWeighting::natural) return 1;
    const double dense = static_cast<double>(weight_[cell(u, v)]);
    if (settings_.weighting == DensityWeighting::uniform) return dense > 0 ? 1 / dense : 0;
    return 1 / (1 + dense * scale_);
  }

 private:
  std::size_t cell(double u, double v) const {
    const double side = v < 0 ? -cells_per_lambda_ : cells_per_lambda_;
    return static_cast<std::size_t>(v * side) * n_u_ +
           static_cast<std::size_t>(u * side + static_cast<double>(n_v_));
  }

  void count(const ImagingSet& set) {
    const std::size_t n = set.frequency_hz.size();
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
      const double u = set.rows[i].uvw_m[0] / astro::kSpeedOfLight;
      const double v = set.rows[i].uvw_m[1] / astro::kSpeedOfLight;
      const float* const weight = set.weight.data() + i * n;
      for (std::size_t c = 0; c < n; ++c)
        weight_[cell(u * set.frequency_hz[c], v * set.frequency_hz[c])] += weight[c];
    }
  }

  void summarise() {
    double sum = 0, squares = 0;
    for (const float w : weight_) {
      sum += static_cast<double>(w);
      squares += static_cast<double>(w) * static_cast<double>(w);
    }
    const double root = 5 * std::pow(10.0, -settings_.robust);
    scale_ = squares > 0 ? root * root * sum / squares : 0;
  }

  const SmearingMapSettings& settings_;
  double cells_per_lambda_, scale_ = 0;
  std::size_t n_u_ = 0, n_v_ = 0;
  std::vector<float> weight_;
};

// (l, m, n - 1) of each pointing.
class StoppedDirections {
 public:
  explicit StoppedDirections(const ImagingSets& sets) : pointings_(sets.pointings) {
    const astro::Direction& centre = sets.phase_centre;
    for (const ms::Pointing& pointing : pointings_) {
      const double turn = pointing.direction.ra_rad - centre.ra_rad;
      const double dec = pointing.direction.dec_rad;
      const double l = std::cos(dec) * std::sin(turn);
      const double m = std::sin(dec) * std::cos(centre.dec_rad) -
                       std::cos(dec) * std::sin(centre.dec_rad) * std::cos(turn);
      places_.push_back({l, m, std::sqrt(std::max(0.0, 1 - l * l - m * m)) - 1});
    }
  }

  astro::Vector3 at(double time_mjd_s) const {
    astro::Vector3 nearest{};
    double distance_s = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const double found_s = std::abs(pointings_[i].time_mjd_s - time_mjd_s);
      if (found_s >= distance_s) continue;
      distance_s = found_s;
      nearest = places_[i];
    }
    return nearest;
  }

 private:
  const std::vector<ms::Pointing>& pointings_;
  std::vector<astro::Vector3> places_;
};

void add_samples(const ImagingSet& set, std::size_t i, const Density& density,
                 const SmearingSample& like, std::vector<SmearingSample>& samples) {
  const std::size_t n = set.frequency_hz.size(), n_part = std::min(n, kSamplesOfRow);
  const float* const weight = set.weight.data() + i * n;
  const double u = like.uvw_m[0] / astro::kSpeedOfLight, v = like.uvw_m[1] / astro::kSpeedOfLight;
  for (std::size_t part = 0; part < n_part; ++part) {
    SmearingSample sample = like;
    double moment = 0;
    for (std::size_t c = part * n / n_part; c < (part + 1) * n / n_part; ++c) {
      const double f = set.frequency_hz[c];
      const double w = static_cast<double>(weight[c]) * density.factor(u * f, v * f);
      sample.weight += w;
      moment += w * f;
    }
    if (!(sample.weight > 0)) continue;
    sample.frequency_hz = moment / sample.weight;
    samples.push_back(sample);
  }
}

// Returns the sum of a row's imaging weights.
double add_row(const ImagingSet& set, std::size_t i, const Density& density,
               std::vector<double>& by_channel) {
  const std::size_t n = set.frequency_hz.size();
  const double u = set.rows[i].uvw_m[0] / astro::kSpeedOfLight;
  const double v = set.rows[i].uvw_m[1] / astro::kSpeedOfLight;
  double total = 0;
  for (std::size_t c = 0; c < n; ++c) {
    const double f = set.frequency_hz[c];
    const double w = static_cast<double>(set.weight[i * n + c]) * density.factor(u * f, v * f);
    by_channel[c] += w;
    total += w;
  }
  return total;
}

}  // namespace

std::vector<SmearingSample> smearing_samples(const ImagingSets& sets,
                                             const SmearingMapSettings& settings) {
  const Density density(sets, settings);
  const StoppedDirections stopped(sets);
  std::vector<SmearingSample> samples;
  for (const ImagingSet& set : sets.sets)
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
      SmearingSample like;
      like.uvw_m = set.rows[i].uvw_m;
      like.stopped = stopped.at(set.rows[i].time_mjd_s);
      like.n_channel = set.channel_factor;
      like.n_integration = set.rows[i].n_integration;
      add_samples(set, i, density, like, samples);
    }
  return samples;
}

void weigh_as_imaged(ImagingSets& sets, const SmearingMapSettings& settings) {
  const Density density(sets, settings);
  std::vector<double> by_integration(sets.integration_weight.size(), 0);
  std::vector<ImagingSets::Channel> channels;
  for (const ImagingSet& set : sets.sets) {
    const std::size_t n = set.frequency_hz.size();
    std::vector<double> by_channel(n, 0);
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
      const AveragedRow& row = set.rows[i];
      const double of_row = add_row(set, i, density, by_channel);
      // An averaged row's weight is shared out as the data's is.
      const auto first = sets.integration_weight.begin() + row.first_integration;
      const double shared = std::accumulate(first, first + row.n_integration, 0.0);
      for (std::uint32_t k = 0; k < row.n_integration; ++k)
        by_integration[row.first_integration + k] += of_row * first[k] / shared;
    }
    for (std::size_t c = 0; c < n; ++c) channels.push_back({set.frequency_hz[c], by_channel[c]});
  }
  sets.integration_weight = std::move(by_integration);
  sets.channels = std::move(channels);
}

}  // namespace contimg::image
