// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "astro/direction.h"

/// What measure-sources says of one tile; docs/formats/sources.md.
namespace contimg::measure {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

/// How a row came about.
enum class Kind {
  forced,  ///< Measured at a known place, a catalogue's or a discovered source's, whatever is there.
  blind,   ///< Found in the image; in no known place that was measured.
};

/// Why a flux density is to be taken with care; a set of bits.
enum Flag : std::uint32_t {
  kEdge = 1,               ///< Part of the fitted area is blank or outside the image.
  kBlended = 2,            ///< A neighbour within 1.5 beams was measured together with it.
  kLowBeam = 4,            ///< The primary beam is below half of its best.
  kNearBright = 8,         ///< Near a much brighter source, whose artefacts may be what is seen.
  kExtended = 16,          ///< Larger than the restoring beam by more than its error.
  kSmeared = 32,           ///< Time and bandwidth averages take more than 5 % of the peak.
  kPoorFit = 64,           ///< The fit leaves more than the noise.
  kNoCatalogueFlux = 128,  ///< The catalogue has no flux density at this frequency.
  kUnreliable = 256,       ///< Too likely to be a peak of the noise.
};
/// "blended low_beam"; empty for none.
std::string flag_names(std::uint32_t flags);

/// One source in one epoch. Flux densities are the sky's: divided by primary beam and smearing, not
/// by the epoch's flux scale.
struct Measurement {
  std::string name;  ///< The catalogue's, or "JHHMMSS.s+DDMMSS" of what was found.
  Kind kind = Kind::forced;
  astro::Direction position;  ///< ICRS; the catalogue's, or the fitted one.
  double ra_error_rad = kUnknown, dec_error_rad = kUnknown;  ///< On the sky (ra times cos dec).
  /// Peak flux density of a point source; measured also where it is no detection.
  double flux_jy = kUnknown;
  double error_jy = kUnknown;      ///< Its error: noise and calibration.
  double noise_jy = kUnknown;      ///< What of the error is noise: another epoch's has none of it.
  double limit_jy = kUnknown;      ///< Upper limit, where the flux density is not above it.
  std::string reason;              ///< Why there is a limit or no number; empty: detected.
  double snr = kUnknown;           ///< flux_jy / noise_jy
  double local_rms_jy = kUnknown;  ///< Noise of the image there, before the primary beam, Jy/beam.
  double beam_response = kUnknown, smearing = kUnknown;  ///< What flux_jy was divided by.
  double integrated_jy = kUnknown;                       ///< Of a fitted Gaussian (blind).
  double major_rad = kUnknown, minor_rad = kUnknown, position_angle_rad = kUnknown;  ///< Fitted.
  std::uint32_t flags = 0;
  double catalogue_flux_jy = kUnknown;  ///< At this image's frequency.
  /// Of what is seen from the catalogue's place, where it is bright enough to say.
  double offset_east_rad = kUnknown, offset_north_rad = kUnknown;

  bool detected() const { return reason.empty(); }
};

/// How an epoch's flux densities and places compare with the reference catalogue: kept beside the
/// raw values, which stay as they are.
struct EpochTie {
  std::size_t n_source = 0;                         ///< Reference sources that were used.
  double slope = kUnknown, slope_error = kUnknown;  ///< measured = slope catalogue + offset
  double offset_jy = kUnknown, offset_error_jy = kUnknown;
  double east_rad = kUnknown, north_rad = kUnknown;  ///< Median of measured minus catalogue.
  double position_rms_rad = kUnknown;                ///< Robust scatter about it.
  std::string reason;                                ///< Why there is none; empty: tied.
};

/// Where the image sees how much of a source: primary beam times what smearing leaves.
struct Footprint {
  static constexpr std::size_t kSide = 21;

  double min_beam = kUnknown;  ///< Least response of the beam at which places were measured.
  double step_rad = kUnknown;  ///< Of the grid: orthographic about the phase centre, equal steps.
  /// [y, x], y northwards, x westwards as in images, the phase centre in the middle; NaN outside the
  /// image.
  std::vector<float> response;

  bool known() const { return response.size() == kSide * kSide; }
};

/// What is known of the image that was measured.
struct Epoch {
  std::string group_id, image_path;
  double mid_mjd = kUnknown;
  astro::Direction centre;
  double frequency_hz = kUnknown;
  double major_rad = kUnknown, minor_rad = kUnknown, position_angle_rad = kUnknown;  ///< Beam.
  double rms_jy = kUnknown;  ///< Of the image's middle.
  std::string verdict, calibration_set, tier;
  bool science = true;
  std::string catalogue;  ///< Path; empty: none.
  EpochTie tie;
  double reliability = kUnknown;      ///< Of the blind search, from the negative image.
  double detection_sigma = kUnknown;  ///< Of the blind search; unknown: there was none.
  Footprint footprint;
};

/// One tile, measured.
struct Tile {
  Epoch epoch;
  std::vector<Measurement> sources;  ///< Forced ones first, then blind ones.
};

}  // namespace contimg::measure
