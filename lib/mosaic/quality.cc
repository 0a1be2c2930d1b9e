// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/quality.h"

#include <cmath>

#include "astro/constants.h"
#include "base/median.h"

namespace contimg::mosaic {
namespace {

constexpr double kReference = 20, kShouldBeSeen = 7, kSeen = 5;
constexpr std::size_t kFewestReferences = 3, kFewestExpected = 5;
constexpr double kNoise_warn = 0.15, kNoise_fail = 0.5;  // from 1
constexpr double kScatter_warn = 0.1, kScatter_fail = 0.3;
constexpr double kBlank_warn = 0.7, kBlank_fail = 0.95;
constexpr double kSpread_warn = 1.2, kSpread_fail = 1.5;

nlohmann::ordered_json known(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::optional<double> median_of_finite(const std::vector<float>& pixels) {
  std::vector<float> values;
  for (const float value : pixels)
    if (std::isfinite(value)) values.push_back(value);
  if (values.empty()) return std::nullopt;
  return median(values);
}

bool is_reference(const OverlapSource& source) {
  return source.measured() && source.isolated && source.flags().empty() && source.reason.empty() &&
         source.snr >= kReference && source.catalogue_flux_jy > 0 && std::isfinite(source.east_rad);
}

void compare(const std::vector<OverlapSource>& sources, MosaicFigures& figures) {
  std::vector<double> ratio, east, north;
  for (const OverlapSource& source : sources) {
    if (!is_reference(source)) continue;
    ratio.push_back(source.flux_jy / source.catalogue_flux_jy);
    east.push_back(source.east_rad / astro::kArcsec);
    north.push_back(source.north_rad / astro::kArcsec);
  }
  figures.n_reference = static_cast<int>(ratio.size());
  if (ratio.size() < kFewestReferences) return;
  figures.flux_ratio = median(ratio);
  for (double& value : ratio) value = std::abs(value - *figures.flux_ratio);
  figures.flux_scatter = kSigmaOfMad * median(ratio);
  figures.east_arcsec = median(east);
  figures.north_arcsec = median(north);
  figures.astrometry_arcsec = std::hypot(*figures.east_arcsec, *figures.north_arcsec);
}

void count(const std::vector<OverlapSource>& sources, MosaicFigures& figures) {
  std::size_t expected = 0, seen = 0;
  for (const OverlapSource& source : sources) {
    // What shares its flux density with a neighbour is not missing.
    if (!source.measured() || source.blended) continue;
    if (!(source.catalogue_flux_jy >= kShouldBeSeen * source.error_jy)) continue;
    ++expected;
    if (source.snr >= kSeen) ++seen;
  }
  figures.n_should_be_seen = static_cast<int>(expected);
  if (expected >= kFewestExpected)
    figures.completeness = static_cast<double>(seen) / static_cast<double>(expected);
}

}  // namespace

MosaicFigures measure_quality(const CoaddReport& report, double n_grid_pixel, double beam_spread,
                              const std::vector<OverlapSource>& sources) {
  MosaicFigures figures;
  if (report.noise_ratio > 0) figures.noise_ratio = report.noise_ratio;
  figures.median_rms_jy = median_of_finite(report.overview_rms.pixels);
  figures.blank_fraction = 1 - static_cast<double>(report.n_pixel) / n_grid_pixel;
  figures.beam_spread = beam_spread;
  figures.n_source = static_cast<int>(sources.size());
  compare(sources, figures);
  count(sources, figures);
  return figures;
}

quality::Verdict judge(const MosaicFigures& figures, const Settings& settings) {
  using quality::Better;
  return quality::judge({
      {"noise_ratio", figures.noise_ratio, kNoise_warn, kNoise_fail, Better::nearer_one},
      {"blank_fraction", figures.blank_fraction, kBlank_warn, kBlank_fail, Better::lower},
      {"beam_spread", figures.beam_spread, kSpread_warn, kSpread_fail, Better::lower},
      {"flux_ratio", figures.flux_ratio, settings.flux_ratio_warn, settings.flux_ratio_fail,
       Better::nearer_one, false},
      {"flux_scatter", figures.flux_scatter, kScatter_warn, kScatter_fail, Better::lower, false},
      {"astrometry_arcsec", figures.astrometry_arcsec, settings.astrometry_warn_arcsec,
       settings.astrometry_fail_arcsec, Better::lower, false},
      {"completeness", figures.completeness, settings.completeness_warn, settings.completeness_fail,
       Better::higher, false},
  });
}

nlohmann::ordered_json MosaicFigures::json() const {
  return {{"noise_ratio", known(noise_ratio)},
          {"median_rms_jy", known(median_rms_jy)},
          {"blank_fraction", known(blank_fraction)},
          {"beam_spread", beam_spread},
          {"flux_ratio", known(flux_ratio)},
          {"flux_scatter", known(flux_scatter)},
          {"offset_east_arcsec", known(east_arcsec)},
          {"offset_north_arcsec", known(north_arcsec)},
          {"astrometry_arcsec", known(astrometry_arcsec)},
          {"n_reference", n_reference},
          {"completeness", known(completeness)},
          {"n_should_be_seen", n_should_be_seen},
          {"n_source", n_source}};
}

}  // namespace contimg::mosaic
