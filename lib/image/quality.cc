// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/quality.h"

#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "base/median.h"
#include "photometry/background.h"
#include "photometry/local_peak.h"

namespace contimg::image {
namespace {

constexpr double kReference = 20;     // of local rms, for flux densities and places
constexpr double kMinResponse = 0.5;  // a beam that is a little wrong is not seen above this
constexpr std::size_t kFewestReferences = 3, kFewestExpected = 5;
constexpr double kShouldBeSeen_jy = 0.05, kShouldBeSeen = 7, kSeen = 5;
constexpr double kIsolation_beam = 3, kNeighbour = 0.1;
constexpr double kWorstShare = 0.95;
constexpr double kFewPixels_warn = 3, kFewPixels_fail = 2;  // across the beam: Nyquist is 2

std::vector<std::string> defects_of(const fits::Image& image) {
  std::vector<std::string> defects;
  const bool some = std::any_of(image.pixels.begin(), image.pixels.end(),
                                [](float value) { return std::isfinite(value); });
  const bool signal = std::any_of(image.pixels.begin(), image.pixels.end(), [](float value) {
    return std::isfinite(value) && std::abs(value) > 0;
  });
  if (!some)
    defects.push_back("every pixel is blank, expected an image");
  else if (!signal)
    defects.push_back("every pixel is 0, expected an image of calibrated data");
  if (!image.beam) defects.push_back("no restoring beam, expected BMAJ, BMIN and BPA");
  if (!image.wcs.pixel_of(image.wcs.centre()))
    defects.push_back("no celestial axes, expected right ascension and declination");
  if (image.unit != "Jy/beam")
    defects.push_back("its unit is '" + image.unit + "', expected 'Jy/beam'");
  return defects;
}

struct Found {
  const ExpectedSource* source;
  fits::Pixel place;
  std::optional<photometry::LocalPeak> peak;
  double rms_jy;
  bool seen() const { return peak && peak->value_jy >= kSeen * rms_jy; }
};

std::vector<Found> look_for(const QualityInput& input) {
  const fits::Image& image = input.image;
  const double radius = image.beam->major_rad / image.wcs.pixel_rad();
  std::vector<Found> found;
  for (const ExpectedSource& source : input.expected) {
    const auto place = image.wcs.pixel_of(source.position);
    if (!place || !(place->x >= 1 && place->y >= 1)) continue;
    if (place->x > static_cast<double>(image.n_x) - 2 ||
        place->y > static_cast<double>(image.n_y) - 2)
      continue;
    const auto rms = photometry::rms_around(image, *place);
    if (rms && *rms > 0)
      found.push_back({&source, *place, photometry::peak_near(image, *place, radius), *rms});
  }
  return found;
}

bool isolated(const Found& one, const std::vector<Found>& all, double distance_pixel) {
  return std::none_of(all.begin(), all.end(), [&](const Found& other) {
    return &other != &one && other.source->apparent_jy > kNeighbour * one.source->apparent_jy &&
           std::hypot(other.place.x - one.place.x, other.place.y - one.place.y) < distance_pixel;
  });
}

void compare_references(const QualityInput& input, const std::vector<Found>& all,
                        QualityFigures& figures) {
  const fits::Image& image = input.image;
  const double distance = kIsolation_beam * image.beam->major_rad / image.wcs.pixel_rad();
  std::vector<double> ratio, east, north;
  double sum = 0;
  for (const Found& found : all) {
    const ExpectedSource& source = *found.source;
    if (!found.seen() || source.apparent_jy < kReference * found.rms_jy) continue;
    if (source.response < kMinResponse || !isolated(found, all, distance)) continue;
    const auto place = image.wcs.direction_at(found.peak->place);
    if (!place) continue;
    ratio.push_back(found.peak->value_jy / source.apparent_jy);
    const double turn = std::remainder(place->ra_rad - source.position.ra_rad, 2 * astro::kPi);
    east.push_back(turn * std::cos(source.position.dec_rad) / astro::kArcsec);
    north.push_back((place->dec_rad - source.position.dec_rad) / astro::kArcsec);
    sum += east.back() * east.back() + north.back() * north.back();
  }
  figures.n_reference = static_cast<int>(ratio.size());
  if (ratio.size() < kFewestReferences) return;
  figures.flux_ratio = median(ratio);
  figures.astrometry_arcsec = std::sqrt(sum / static_cast<double>(ratio.size()));
  figures.offset_east_arcsec = median(east);
  figures.offset_north_arcsec = median(north);
}

void count_seen(const QualityInput& input, const std::vector<Found>& all, QualityFigures& figures) {
  std::size_t expected = 0, seen = 0;
  for (const Found& found : all) {
    if (found.seen())
      if (const auto place = input.image.wcs.direction_at(found.peak->place))
        figures.seen.push_back(*place);
    const double apparent_jy = found.source->apparent_jy;
    if (apparent_jy < kShouldBeSeen_jy && apparent_jy < kShouldBeSeen * found.rms_jy) continue;
    ++expected;
    if (found.seen()) ++seen;
  }
  figures.n_should_be_seen = static_cast<int>(expected);
  if (expected >= kFewestExpected)
    figures.completeness = static_cast<double>(seen) / static_cast<double>(expected);
}

void measure_noise(const QualityInput& input, QualityFigures& figures) {
  const fits::Image& image = input.image;
  figures.global_rms_jy = photometry::global_rms(image);
  std::vector<double> mesh;
  if (image.beam)
    mesh =
        photometry::Background(photometry::Plane(image), photometry::beam_of(image)).square_rms();
  if (mesh.empty()) mesh.push_back(*figures.global_rms_jy);
  figures.local_rms_jy = median(mesh);
  figures.worst_local_rms_jy =
      mesh[static_cast<std::size_t>(kWorstShare * static_cast<double>(mesh.size() - 1))];
  float peak = -std::numeric_limits<float>::infinity();
  for (const float value : image.pixels)
    if (std::isfinite(value)) peak = std::max(peak, value);
  figures.peak_jy = static_cast<double>(peak);
  if (*figures.local_rms_jy > 0) figures.dynamic_range = *figures.peak_jy / *figures.local_rms_jy;
  if (input.strip_rms_jy && *input.strip_rms_jy > 0)
    figures.rms_over_strip = *figures.local_rms_jy / *input.strip_rms_jy;
}

void describe_beam(const QualityInput& input, QualityFigures& figures) {
  const fits::Beam& beam = *input.image.beam;
  figures.beam_major_rad = beam.major_rad;
  figures.beam_minor_rad = beam.minor_rad;
  figures.beam_axis_ratio = beam.major_rad / beam.minor_rad;
  figures.pixels_per_beam = beam.minor_rad / input.image.wcs.pixel_rad();
  if (input.expected_beam_rad && *input.expected_beam_rad > 0)
    figures.beam_over_expected =
        std::sqrt(beam.major_rad * beam.minor_rad) / *input.expected_beam_rad;
}

double blank_share(const fits::Image& image) {
  const auto blank = std::count_if(image.pixels.begin(), image.pixels.end(),
                                   [](float value) { return !std::isfinite(value); });
  return static_cast<double>(blank) / static_cast<double>(image.pixels.size());
}

nlohmann::ordered_json scaled(const std::optional<double>& value, double unit) {
  return value ? nlohmann::ordered_json(*value / unit) : nlohmann::ordered_json(nullptr);
}

}  // namespace

QualityFigures measure_quality(const QualityInput& input) {
  QualityFigures figures;
  figures.defects = defects_of(input.image);
  figures.nan_fraction = blank_share(input.image);
  figures.flagged_share = input.flagged_share;
  figures.theoretical_rms_jy = input.theoretical_rms_jy;
  if (!figures.defects.empty()) return figures;
  measure_noise(input, figures);
  describe_beam(input, figures);
  const std::vector<Found> found = look_for(input);
  compare_references(input, found, figures);
  count_seen(input, found, figures);
  return figures;
}

QualityLimits quality_limits(const Settings& settings) {
  QualityLimits limits;
  limits.rms_warn = settings.rms_warn;
  limits.rms_fail = settings.rms_fail;
  limits.dynamic_range_warn = settings.dynamic_range_warn;
  limits.dynamic_range_fail = settings.dynamic_range_fail;
  limits.flux_ratio_warn = settings.flux_ratio_warn;
  limits.flux_ratio_fail = settings.flux_ratio_fail;
  limits.completeness_warn = settings.completeness_warn;
  limits.completeness_fail = settings.completeness_fail;
  limits.astrometry_warn_arcsec = settings.astrometry_warn_arcsec;
  limits.astrometry_fail_arcsec = settings.astrometry_fail_arcsec;
  limits.blank_warn = settings.blank_warn;
  limits.blank_fail = settings.blank_fail;
  limits.flagged_warn = settings.data_flagged_warn;
  limits.flagged_fail = settings.data_flagged_fail;
  limits.axis_ratio_warn = settings.axis_ratio_warn;
  limits.axis_ratio_fail = settings.axis_ratio_fail;
  return limits;
}

const std::vector<std::string>& quality_options() {
  static const std::vector<std::string> options = {"--rms-warn",
                                                   "--rms-fail",
                                                   "--dynamic-range-warn",
                                                   "--dynamic-range-fail",
                                                   "--flux-ratio-warn",
                                                   "--flux-ratio-fail",
                                                   "--completeness-warn",
                                                   "--completeness-fail",
                                                   "--astrometry-warn-arcsec",
                                                   "--astrometry-fail-arcsec",
                                                   "--blank-warn",
                                                   "--blank-fail",
                                                   "--data-flagged-warn",
                                                   "--data-flagged-fail",
                                                   "--axis-ratio-warn",
                                                   "--axis-ratio-fail"};
  return options;
}

quality::Verdict judge(const QualityFigures& figures, const QualityLimits& limits) {
  using quality::Better;
  // In the order of docs/formats/image.md; false: passed over when not known.
  quality::Verdict verdict = quality::judge({
      {"nan_fraction", figures.nan_fraction, limits.blank_warn, limits.blank_fail, Better::lower},
      {"dynamic_range", figures.dynamic_range, limits.dynamic_range_warn, limits.dynamic_range_fail,
       Better::higher},
      {"rms_over_strip", figures.rms_over_strip, limits.rms_warn, limits.rms_fail, Better::lower,
       false},
      {"flux_ratio", figures.flux_ratio, limits.flux_ratio_warn, limits.flux_ratio_fail,
       Better::nearer_one, false},
      {"completeness", figures.completeness, limits.completeness_warn, limits.completeness_fail,
       Better::higher, false},
      {"astrometry_arcsec", figures.astrometry_arcsec, limits.astrometry_warn_arcsec,
       limits.astrometry_fail_arcsec, Better::lower, false},
      {"flagged_share", figures.flagged_share, limits.flagged_warn, limits.flagged_fail,
       Better::lower, false},
      {"beam_axis_ratio", figures.beam_axis_ratio, limits.axis_ratio_warn, limits.axis_ratio_fail,
       Better::lower},
      {"pixels_per_beam", figures.pixels_per_beam, kFewPixels_warn, kFewPixels_fail,
       Better::higher},
  });
  if (figures.defects.empty()) return verdict;
  // What could not be measured is no second reason.
  for (quality::GateResult& gate : verdict.gates)
    if (gate.grade == quality::Grade::unknown) gate.reason.clear();
  for (const std::string& defect : figures.defects) {
    quality::GateResult result;
    result.gate = "image";
    result.grade = verdict.grade = quality::Grade::fail;
    result.reason = defect;
    verdict.gates.push_back(result);
  }
  return verdict;
}

nlohmann::ordered_json QualityFigures::json() const {
  nlohmann::ordered_json report;
  report["defects"] = defects;
  report["global_rms_jy"] = scaled(global_rms_jy, 1);
  report["local_rms_jy"] = scaled(local_rms_jy, 1);
  report["worst_local_rms_jy"] = scaled(worst_local_rms_jy, 1);
  report["rms_over_strip"] = scaled(rms_over_strip, 1);
  report["theoretical_rms_jy"] = scaled(theoretical_rms_jy, 1);
  const bool both = local_rms_jy && theoretical_rms_jy && *theoretical_rms_jy > 0;
  report["rms_over_theoretical"] = both ? scaled(local_rms_jy, *theoretical_rms_jy) : nullptr;
  report["peak_jy"] = scaled(peak_jy, 1);
  report["dynamic_range"] = scaled(dynamic_range, 1);
  report["beam_major_arcsec"] = scaled(beam_major_rad, astro::kArcsec);
  report["beam_minor_arcsec"] = scaled(beam_minor_rad, astro::kArcsec);
  report["beam_axis_ratio"] = scaled(beam_axis_ratio, 1);
  report["beam_over_expected"] = scaled(beam_over_expected, 1);
  report["pixels_per_beam"] = scaled(pixels_per_beam, 1);
  report["nan_fraction"] = scaled(nan_fraction, 1);
  report["flagged_share"] = scaled(flagged_share, 1);
  report["n_reference"] = n_reference;
  report["flux_ratio"] = scaled(flux_ratio, 1);
  report["astrometry_arcsec"] = scaled(astrometry_arcsec, 1);
  report["offset_east_arcsec"] = scaled(offset_east_arcsec, 1);
  report["offset_north_arcsec"] = scaled(offset_north_arcsec, 1);
  report["n_should_be_seen"] = n_should_be_seen;
  report["completeness"] = scaled(completeness, 1);
  return report;
}

double radiometer_rms_jy(double sefd_jy, double efficiency, double bandwidth_time_hz_s) {
  return sefd_jy / (efficiency * std::sqrt(2 * bandwidth_time_hz_s));
}

}  // namespace contimg::image
