// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "fits/image.h"
#include "quality/verdict.h"

/// Whether an image may be believed: its figures against limits. The table of gates, with the
/// source of each limit, is in docs/formats/image.md.
namespace contimg::image {

/// A source of the catalogue as the image should show it.
struct ExpectedSource {
  astro::Direction position;  ///< ICRS.
  double apparent_jy = 0;     ///< Catalogue's flux density times beam times what smearing leaves.
  double response = 1;        ///< Of the primary beam there.
};

/// What a figure is computed from. What is not known is left out, and so are its figures.
struct QualityInput {
  const fits::Image& image;              ///< Not corrected for the primary beam, Jy/beam.
  std::vector<ExpectedSource> expected;  ///< Empty: no catalogue.
  std::optional<double> strip_rms_jy;  ///< Rolling median of the rms of this declination's images.
  std::optional<double> theoretical_rms_jy;  ///< radiometer_rms_jy(), or from weights.
  std::optional<double> expected_beam_rad;   ///< sqrt(major minor) foreseen from the uv coverage.
  std::optional<double> flagged_share;       ///< Of the data that were imaged, live antennas.
};

/// What is known of an image; nothing where it is not. All flux densities are Jy/beam.
struct QualityFigures {
  std::vector<std::string> defects;          ///< Why it is no image at all; then nothing else.
  std::optional<double> global_rms_jy;       ///< 1.4826 MAD of the pixels.
  std::optional<double> local_rms_jy;        ///< Median of the same over a mesh of squares.
  std::optional<double> worst_local_rms_jy;  ///< 95th percentile over that mesh.
  std::optional<double> rms_over_strip;      ///< Local rms over the rolling median.
  std::optional<double> theoretical_rms_jy;  ///< A number beside the measured one, never a gate.
  std::optional<double> peak_jy, dynamic_range;  ///< Peak over local rms.
  std::optional<double> beam_major_rad, beam_minor_rad, beam_axis_ratio, beam_over_expected;
  std::optional<double> pixels_per_beam;  ///< Across the minor axis.
  std::optional<double> nan_fraction, flagged_share;
  /// Of isolated sources that are seen, with 20 local rms and half the beam's response or more: the median of
  /// measured over expected, the rms of measured minus catalogue places, and its median parts.
  std::optional<double> flux_ratio, astrometry_arcsec, offset_east_arcsec, offset_north_arcsec;
  int n_reference = 0;  ///< So many; none of these figures with less than 3.
  /// Share seen at 5 local rms, of sources that should be at 50 mJy or at 7 rms; nothing for less
  /// than 5 of them.
  std::optional<double> completeness;
  int n_should_be_seen = 0;
  std::vector<astro::Direction> seen;  ///< Places of those seen, as measured.

  /// Every figure by name, null where not known; "rms_over_theoretical" too.
  nlohmann::ordered_json json() const;
};

/// Measures. An image that cannot be judged (all blank, all zero, no beam, no celestial axes, not in
/// Jy/beam) has defects, which make the verdict FAIL.
QualityFigures measure_quality(const QualityInput& input);

/// The limits in force: the gates among the `image.*` settings.
struct QualityLimits {
  double rms_warn = 1.5, rms_fail = 3;  ///< Over the rolling median.
  double dynamic_range_warn = 100, dynamic_range_fail = 30;
  double flux_ratio_warn = 0.15, flux_ratio_fail = 0.2;  ///< From 1.
  double completeness_warn = 0.7, completeness_fail = 0.6;
  double astrometry_warn_arcsec = 2.5, astrometry_fail_arcsec = 5;
  double blank_warn = 0.5, blank_fail = 0.9;
  double flagged_warn = 0.2, flagged_fail = 0.5;
  double axis_ratio_warn = 3, axis_ratio_fail = 10;
};

QualityLimits quality_limits(const Settings& settings);
/// The settings that it reads, for cli::add_settings().
const std::vector<std::string>& quality_options();

/// Holds figures to limits. A figure that is not known because nothing to compare with was given
/// is passed over.
quality::Verdict judge(const QualityFigures& figures, const QualityLimits& limits = {});

/// Noise of a naturally weighted image of Stokes I by the radiometer equation:
/// SEFD / (efficiency sqrt(2 sum)), where `bandwidth_time_hz_s` is the sum of channel width times
/// integration over all visibilities that are not flagged, XX and YY counted each, without
/// autocorrelations. Other weightings are noisier. Source: Thompson, Moran & Swenson 2017, 6.2; the
/// mean of real parts whose rms is SEFD / (efficiency sqrt(2 bandwidth time)) each.
double radiometer_rms_jy(double sefd_jy, double efficiency, double bandwidth_time_hz_s);

}  // namespace contimg::image
