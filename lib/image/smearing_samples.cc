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

void add_samples(const ImagingSet& set, std::size_t i, const ImagedWeights& weights,
                 const SmearingSample& like, std::vector<SmearingSample>& samples) {
  const std::size_t n = set.frequency_hz.size(), n_part = std::min(n, kSamplesOfRow);
  const float* const weight = set.weight.data() + i * n;
  const double u = like.uvw_m[0] / astro::kSpeedOfLight, v = like.uvw_m[1] / astro::kSpeedOfLight;
  for (std::size_t part = 0; part < n_part; ++part) {
    SmearingSample sample = like;
    double moment = 0;
    for (std::size_t c = part * n / n_part; c < (part + 1) * n / n_part; ++c) {
      const double f = set.frequency_hz[c];
      const double w = static_cast<double>(weight[c]) * weights.factor(u * f, v * f);
      sample.weight += w;
      moment += w * f;
    }
    if (!(sample.weight > 0)) continue;
    sample.frequency_hz = moment / sample.weight;
    samples.push_back(sample);
  }
}

// Returns the sum of a row's imaging weights.
double add_row(const ImagingSet& set, std::size_t i, const ImagedWeights& weights,
               std::vector<double>& by_channel) {
  const std::size_t n = set.frequency_hz.size();
  const double u = set.rows[i].uvw_m[0] / astro::kSpeedOfLight;
  const double v = set.rows[i].uvw_m[1] / astro::kSpeedOfLight;
  double total = 0;
  for (std::size_t c = 0; c < n; ++c) {
    const double f = set.frequency_hz[c];
    const double w = static_cast<double>(set.weight[i * n + c]) * weights.factor(u * f, v * f);
    by_channel[c] += w;
    total += w;
  }
  return total;
}

}  // namespace

ImagedWeights::ImagedWeights(const ImagingSets& sets, const SmearingMapSettings& settings)
    : settings_(settings), cells_per_lambda_(settings.field_rad * settings.padding) {
  if (settings.beam) {
    settings_.weighting = DensityWeighting::uniform;
    const fits::Beam& beam = *settings.beam;
    const double factor = astro::kPi * astro::kPi / (4 * std::log(2.0));
    const double a = factor * beam.major_rad * beam.major_rad;
    const double b = factor * beam.minor_rad * beam.minor_rad;
    const double east = std::sin(beam.position_angle_rad),
                 north = std::cos(beam.position_angle_rad);
    uu_ = a * east * east + b * north * north;
    uv_ = (a - b) * east * north;
    vv_ = a * north * north + b * east * east;
  }
  if (settings_.weighting == DensityWeighting::natural) return;
  const double reach = std::ceil(sets.longest_uv_lambda * cells_per_lambda_) + 2;
  // Finer cells than a computer holds are those of nearly no neighbours.
  if (reach > kMostCells) cells_per_lambda_ *= kMostCells / reach;
  n_v_ = static_cast<std::size_t>(std::min(reach, kMostCells)) + 1;
  n_u_ = 2 * n_v_;
  weight_.assign(n_u_ * n_v_, 0);
  for (const ImagingSet& set : sets.sets) count(set);
  summarise();
}

double ImagedWeights::factor(double u, double v) const {
  if (settings_.weighting == DensityWeighting::natural) return 1;
  const double dense = static_cast<double>(weight_[cell(u, v)]);
  if (settings_.weighting == DensityWeighting::briggs) return 1 / (1 + dense * scale_);
  if (!(dense > 0)) return 0;
  if (!settings_.beam) return 1 / dense;
  return std::exp(-(uu_ * u * u + 2 * uv_ * u * v + vv_ * v * v)) / dense;
}

std::size_t ImagedWeights::cell(double u, double v) const {
  const double side = v < 0 ? -cells_per_lambda_ : cells_per_lambda_;
  return static_cast<std::size_t>(v * side) * n_u_ +
         static_cast<std::size_t>(u * side + static_cast<double>(n_v_));
}

void ImagedWeights::count(const ImagingSet& set) {
  const std::size_t n = set.frequency_hz.size();
  for (std::size_t i = 0; i < set.rows.size(); ++i) {
    const double u = set.rows[i].uvw_m[0] / astro::kSpeedOfLight;
    const double v = set.rows[i].uvw_m[1] / astro::kSpeedOfLight;
    const float* const weight = set.weight.data() + i * n;
    for (std::size_t c = 0; c < n; ++c)
      weight_[cell(u * set.frequency_hz[c], v * set.frequency_hz[c])] += weight[c];
  }
}

void ImagedWeights::summarise() {
  double sum = 0, squares = 0;
  for (const float w : weight_) {
    sum += static_cast<double>(w);
    squares += static_cast<double>(w) * static_cast<double>(w);
  }
  const double root = 5 * std::pow(10.0, -settings_.robust);
  scale_ = squares > 0 ? root * root * sum / squares : 0;
}

std::vector<SmearingSample> smearing_samples(const ImagingSets& sets,
                                             const SmearingMapSettings& settings) {
  const ImagedWeights weights(sets, settings);
  const StoppedDirections stopped(sets);
  std::vector<SmearingSample> samples;
  for (const ImagingSet& set : sets.sets)
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
      SmearingSample like;
      like.uvw_m = set.rows[i].uvw_m;
      like.stopped = stopped.at(set.rows[i].time_mjd_s);
      like.n_channel = set.channel_factor;
      like.n_integration = set.rows[i].n_integration;
      add_samples(set, i, weights, like, samples);
    }
  return samples;
}

void weigh_as_imaged(ImagingSets& sets, const SmearingMapSettings& settings) {
  const ImagedWeights weights(sets, settings);
  std::vector<double> by_integration(sets.integration_weight.size(), 0);
  std::vector<ImagingSets::Channel> channels;
  for (const ImagingSet& set : sets.sets) {
    const std::size_t n = set.frequency_hz.size();
    std::vector<double> by_channel(n, 0);
    for (std::size_t i = 0; i < set.rows.size(); ++i) {
      const AveragedRow& row = set.rows[i];
      const double of_row = add_row(set, i, weights, by_channel);
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
