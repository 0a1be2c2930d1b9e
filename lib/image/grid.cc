// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/grid.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/error.h"

namespace contimg::image {
namespace {

constexpr double kPixelsPerBeam = 4, kOfNyquist = 0.9, kMargin = 1.02;
constexpr double kPixelStep_rad = 0.1 * astro::kArcsec;

astro::Direction offset_from(const astro::Direction& centre, double l, double m) {
  const double n = std::sqrt(1 - l * l - m * m);
  const double sin_dec = std::sin(centre.dec_rad), cos_dec = std::cos(centre.dec_rad);
  const double sin_ra = std::sin(centre.ra_rad), cos_ra = std::cos(centre.ra_rad);
  const double x = n * cos_dec - m * sin_dec;
  return astro::direction_from(
      {x * cos_ra - l * sin_ra, x * sin_ra + l * cos_ra, n * sin_dec + m * cos_dec});
}

// Mean response; a handful of frequencies stand for all channels (the beam's second derivative
// over a band of 15 % moves the mean by less than 1e-4 between 8 of them).
double mean_response(const SetLayout& layout, const astro::Direction& place) {
  constexpr int kBandSamples = 8;
  const double low = layout.frequency_hz.front() - layout.channel_width_hz / 2;
  double sum = 0;
  for (const ms::Pointing& pointing : layout.description.pointings) {
    const double away = astro::separation_rad(place, pointing.direction);
    for (int f = 0; f < kBandSamples; ++f)
      sum += astro::airy_power(away, low + layout.bandwidth_hz() * (f + 0.5) / kBandSamples,
                               layout.dish_diameter_m);
  }
  return sum / static_cast<double>(layout.description.pointings.size() * kBandSamples);
}

// Cells of the (u, v) half plane v >= 0 that hold the weights in them.
class WeightGrid {
 public:
  WeightGrid(double longest_lambda, double field_rad)
      : cells_per_lambda_(field_rad),
        half_(static_cast<std::ptrdiff_t>(longest_lambda * field_rad) + 2),
        cells_(static_cast<std::size_t>((2 * half_ + 1) * (half_ + 1))) {}

  double& at(double u, double v) {
    if (v < 0) u = -u, v = -v;
    const auto x = static_cast<std::ptrdiff_t>(std::floor(u * cells_per_lambda_ + 0.5)) + half_;
    const auto y = static_cast<std::ptrdiff_t>(std::floor(v * cells_per_lambda_ + 0.5));
    return cells_[static_cast<std::size_t>(y * (2 * half_ + 1) + x)];
  }
  double sum_of_squares() const {
    double sum = 0;
    for (const double w : cells_) sum += w * w;
    return sum;
  }

 private:
  double cells_per_lambda_;
  std::ptrdiff_t half_;
  std::vector<double> cells_;
};

void for_each_sample(const ImagingSets& sets,
                     const std::function<void(double u, double v, double weight)>& use) {
  for (const ImagingSet& set : sets.sets) {
    const std::size_t n_channel = set.frequency_hz.size();
    for (std::size_t row = 0; row < set.rows.size(); ++row)
      for (std::size_t c = 0; c < n_channel; ++c) {
        const double weight = static_cast<double>(set.weight[row * n_channel + c]);
        if (!(weight > 0)) continue;
        const double per_m = set.frequency_hz[c] / astro::kSpeedOfLight;
        use(set.rows[row].uvw_m[0] * per_m, set.rows[row].uvw_m[1] * per_m, weight);
      }
  }
}

struct Moments {
  double weight = 0, uu = 0, uv = 0, vv = 0;

  void add(double u, double v, double w) {
    weight += w;
    uu += w * u * u;
    uv += w * u * v;
    vv += w * v * v;
  }
  ForeseenBeam beam() const {
    const double middle = (uu + vv) / (2 * weight);
    const double away = std::hypot((uu - vv) / 2, uv) / weight;
    const double factor = std::sqrt(2 * std::log(2.0)) / astro::kPi;
    // All on one line: the beam is a fan, as wide as the sky.
    const double least = std::max(middle - away, 1e-6 * (middle + away));
    return {factor / std::sqrt(least), factor / std::sqrt(middle + away)};
  }
};

double chosen_pixel_rad(const ImagingSets& sets, const ForeseenBeam& beam, bool coarse) {
  double pixel =
      std::min(beam.minor_rad / kPixelsPerBeam, kOfNyquist / (2 * sets.longest_uv_lambda));
  if (coarse) pixel *= 2;
  return pixel > kPixelStep_rad ? std::floor(pixel / kPixelStep_rad) * kPixelStep_rad : pixel;
}

}  // namespace

std::string Weighting::text() const {
  if (kind == Kind::natural) return "natural";
  if (kind == Kind::uniform) return "uniform";
  std::ostringstream out;
  out << "briggs " << robustness;
  return out.str();
}

Weighting weighting_from(const std::string& text) {
  std::string words = text;
  std::replace(words.begin(), words.end(), ':', ' ');
  std::istringstream in(words);
  std::string kind, rest;
  Weighting weighting;
  in >> kind;
  if (kind == "natural")
    weighting.kind = Weighting::Kind::natural;
  else if (kind == "uniform")
    weighting.kind = Weighting::Kind::uniform;
  else if (kind != "briggs" || !(in >> weighting.robustness) || std::abs(weighting.robustness) > 5)
    kind.clear();
  if (kind.empty() || in >> rest)
    throw UsageError("--weighting " + text + ": expected natural, uniform or 'briggs R', R from " +
                     "-5 to 5");
  return weighting;
}

std::size_t fft_friendly(std::size_t n) {
  for (std::size_t size = std::max<std::size_t>(2, n + n % 2);; size += 2) {
    std::size_t rest = size;
    for (const std::size_t prime : {2u, 3u, 5u, 7u})
      while (rest % prime == 0) rest /= prime;
    if (rest == 1) return size;
  }
}

double beam_extent_rad(const SetLayout& layout, double cut) {
  if (!(layout.dish_diameter_m > 0))
    throw DataError(layout.path +
                    ": the dishes have no diameter (ANTENNA DISH_DIAMETER), expected " +
                    "one for the primary beam");
  if (layout.description.pointings.empty())
    throw DataError(layout.path + ": POINTING is empty, expected where the dishes pointed");
  const auto response = [&](double l, double m) {
    return mean_response(layout, offset_from(layout.phase_centre, l, m));
  };
  if (response(0, 0) < cut)
    throw DataError(layout.path + ": the primary beam is below --pb-cut at the phase centre, " +
                    "expected pointings near it");
  double extent = 0;
  for (const auto& [east, north] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
    // Outwards until it is below the cut, for sidelobes of one pointing fill the nulls of others.
    double inside = 0, outside = 0.002;
    while (outside < 0.9 && response(east * outside, north * outside) >= cut) {
      inside = outside;
      outside += 0.002;
    }
    for (int step = 0; step < 20; ++step) {
      const double middle = (inside + outside) / 2;
      (response(east * middle, north * middle) >= cut ? inside : outside) = middle;
    }
    extent = std::max(extent, inside);
  }
  return extent;
}

ForeseenBeam foreseen_beam(const ImagingSets& sets, const Weighting& weighting, double field_rad) {
  Moments moments;
  if (weighting.kind == Weighting::Kind::natural) {
    for_each_sample(sets, [&](double u, double v, double w) { moments.add(u, v, w); });
    return moments.beam();
  }
  WeightGrid grid(sets.longest_uv_lambda, field_rad);
  double sum = 0;
  for_each_sample(sets, [&](double u, double v, double w) {
    grid.at(u, v) += w;
    sum += w;
  });
  const bool uniform = weighting.kind == Weighting::Kind::uniform;
  const double scale =
      std::pow(5 * std::pow(10, -weighting.robustness), 2) / (grid.sum_of_squares() / sum);
  for_each_sample(sets, [&](double u, double v, double w) {
    const double cell = grid.at(u, v);
    moments.add(u, v, uniform ? w / cell : w / (1 + cell * scale));
  });
  return moments.beam();
}

double field_radius_rad(const SetLayout& layout, const GridSettings& settings) {
  if (settings.size > 0 && settings.pixel_rad > 0)
    return static_cast<double>(settings.size) * settings.pixel_rad / 2;
  return beam_extent_rad(layout, settings.pb_cut);
}

double image_half_width(double field_radius_rad) { return kMargin * std::sin(field_radius_rad); }

Grid choose_grid(const ImagingSets& sets, const GridSettings& settings, double radius_rad) {
  Grid grid;
  const double field_rad = 2 * image_half_width(radius_rad);
  grid.beam = foreseen_beam(sets, settings.weighting, field_rad);
  grid.pixel_rad = settings.pixel_rad > 0 ? settings.pixel_rad
                                          : chosen_pixel_rad(sets, grid.beam, settings.coarse);
  const auto needed = static_cast<std::size_t>(std::ceil(field_rad / grid.pixel_rad));
  grid.n_pixel = fft_friendly(settings.size > 0 ? settings.size : needed);
  return grid;
}

}  // namespace contimg::image
