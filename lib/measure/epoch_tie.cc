// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/epoch_tie.h"

#include <algorithm>
#include <cmath>

#include "base/median.h"

namespace contimg::measure {
namespace {

constexpr double kHuber = 1.5, kClip = 5;
constexpr int kIterations = 50;

struct Sums {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0;
  double determinant() const { return w * xx - x * x; }
};

Sums sums_of(const std::vector<double>& x, const std::vector<double>& y,
             const std::vector<double>& weight) {
  Sums s;
  for (std::size_t i = 0; i < x.size(); ++i) {
    s.w += weight[i];
    s.x += weight[i] * x[i];
    s.y += weight[i] * y[i];
    s.xx += weight[i] * x[i] * x[i];
    s.xy += weight[i] * x[i] * y[i];
  }
  return s;
}

std::vector<double> residuals(const Line& line, const std::vector<double>& x,
                              const std::vector<double>& y, const std::vector<double>& sigma) {
  std::vector<double> z(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    z[i] = (y[i] - line.slope * x[i] - line.offset) / sigma[i];
  return z;
}

double robust_scatter(std::vector<double> z) {
  for (double& value : z) value = std::abs(value);
  return kSigmaOfMad * median(z);
}

// Weights are 1 / sigma^2, less for what lies beyond kHuber sigma.
Line huber(const std::vector<double>& x, const std::vector<double>& y,
           const std::vector<double>& sigma) {
  Line line;
  std::vector<double> weight(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) weight[i] = 1 / (sigma[i] * sigma[i]);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const Sums s = sums_of(x, y, weight);
    if (!(s.determinant() > 1e-12 * s.w * s.xx)) return line;
    const double slope = (s.w * s.xy - s.x * s.y) / s.determinant();
    const double offset = (s.y - slope * s.x) / s.w;
    const bool rests = line.fitted && std::abs(slope - line.slope) < 1e-9 * std::abs(slope);
    line = {slope,    offset, std::sqrt(s.w / s.determinant()), std::sqrt(s.xx / s.determinant()),
            x.size(), true};
    if (rests) break;
    const std::vector<double> z = residuals(line, x, y, sigma);
    const double scale = std::max(1.0, robust_scatter(z));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double size = std::abs(z[i]) / scale;
      weight[i] = (size > kHuber ? kHuber / size : 1) / (sigma[i] * sigma[i]);
    }
  }
  return line;
}

bool is_reference(const Measurement& source, const TieSettings& settings) {
  constexpr std::uint32_t kUnfit = kEdge | kBlended | kNearBright | kExtended;
  return source.kind == Kind::forced && source.detected() && source.snr >= settings.min_snr &&
         source.catalogue_flux_jy > 0 && source.beam_response >= settings.min_beam &&
         (source.flags & kUnfit) == 0;
}

bool is_alone(const Measurement& source, const std::vector<Measurement>& sources,
              const TieSettings& settings) {
  return std::none_of(sources.begin(), sources.end(), [&](const Measurement& other) {
    return &other != &source &&
           std::abs(other.position.dec_rad - source.position.dec_rad) < settings.isolation_rad &&
           astro::separation_rad(other.position, source.position) < settings.isolation_rad;
  });
}

void tie_positions(const std::vector<const Measurement*>& references, EpochTie& tie) {
  std::vector<double> east, north;
  for (const Measurement* source : references) {
    if (!std::isfinite(source->offset_east_rad) || !std::isfinite(source->offset_north_rad))
      continue;
    east.push_back(source->offset_east_rad);
    north.push_back(source->offset_north_rad);
  }
  if (east.empty()) return;
  tie.east_rad = median(east);
  tie.north_rad = median(north);
  for (double& value : east) value = std::abs(value - tie.east_rad);
  for (double& value : north) value = std::abs(value - tie.north_rad);
  tie.position_rms_rad = kSigmaOfMad * std::hypot(median(east), median(north));
}

}  // namespace

Line fit_line(const std::vector<double>& x, const std::vector<double>& y,
              const std::vector<double>& sigma) {
  Line line = huber(x, y, sigma);
  if (!line.fitted) return line;
  const std::vector<double> z = residuals(line, x, y, sigma);
  const double limit = kClip * std::max(1.0, robust_scatter(z));
  std::vector<double> kept_x, kept_y, kept_sigma;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(z[i]) > limit) continue;
    kept_x.push_back(x[i]);
    kept_y.push_back(y[i]);
    kept_sigma.push_back(sigma[i]);
  }
  line = huber(kept_x, kept_y, kept_sigma);
  if (!line.fitted) return line;
  const double scale = std::max(1.0, robust_scatter(residuals(line, kept_x, kept_y, kept_sigma)));
  line.slope_error *= scale;
  line.offset_error *= scale;
  return line;
}

EpochTie tie_epoch(const std::vector<Measurement>& sources, const TieSettings& settings) {
  std::vector<const Measurement*> references;
  for (const Measurement& source : sources)
    if (is_reference(source, settings) && is_alone(source, sources, settings))
      references.push_back(&source);
  EpochTie tie;
  tie.n_source = references.size();
  tie_positions(references, tie);
  if (references.size() < settings.min_sources) {
    tie.reason = std::to_string(references.size()) + " reference sources, expected at least " +
                 std::to_string(settings.min_sources);
    return tie;
  }
  std::vector<double> x, y, sigma;
  for (const Measurement* source : references) {
    x.push_back(source->catalogue_flux_jy);
    y.push_back(source->flux_jy);
    sigma.push_back(std::hypot(source->error_jy, settings.flux_scatter * source->flux_jy));
  }
  const Line line = fit_line(x, y, sigma);
  tie.n_source = line.n_used;
  if (!line.fitted || line.n_used < settings.min_sources || std::abs(line.slope - 1) >= 0.5) {
    tie.reason = line.fitted ? "slope " + std::to_string(line.slope) + " from " +
                                   std::to_string(line.n_used) + " sources, expected 0.5 to 1.5"
                             : "reference sources are all of one flux density";
    return tie;
  }
  tie.slope = line.slope;
  tie.slope_error = line.slope_error;
  tie.offset_jy = line.offset;
  tie.offset_error_jy = line.offset_error;
  return tie;
}

}  // namespace contimg::measure
