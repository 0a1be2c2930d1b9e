// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"

namespace contimg::queue {

/// A row of `images`: one FITS file that shows the sky.
struct ImageRow {
  std::string path, ms_path;
  std::string type;    ///< "image" or "image_pbcor".
  bool pbcor = false;  ///< Corrected for the primary beam.
  std::string tier;
  bool science = true;
  std::string field_name;
  double center_ra_deg = 0, center_dec_deg = 0;
  std::int64_t imsize_x = 0, imsize_y = 0;
  double cellsize_arcsec = 0;
  double beam_major_arcsec = 0, beam_minor_arcsec = 0, beam_pa_deg = 0;
  std::optional<double> noise_jy, dynamic_range;
  double freq_ghz = 0, bandwidth_mhz = 0, integration_sec = 0, mid_mjd = 0;
  std::string calibration_set;  ///< Empty: not calibrated.
  double smearing_max = 0;
  std::string verdict;
};

/// A row of `image_qa`: whether an image may be believed.
struct ImageQualityRow {
  std::string image_path;
  std::string verdict, reasons;
  std::optional<double> global_rms_jy, local_rms_jy, theoretical_rms_jy, rms_over_strip, peak_jy,
      dynamic_range, beam_axis_ratio, flux_ratio, completeness, astrometry_arcsec, nan_fraction,
      flagged_share;
  std::int64_t n_reference = 0;
  std::string figures, gates, engine;  ///< JSON.
};

/// What a group's imaging left behind. The first image is the set's `imagename`.
struct ImagesOutcome {
  std::vector<ImageRow> images;
  ImageQualityRow quality;
};

/// Replaces what is known of a group's images. Inside the caller's transaction.
void record_images(Database& db, const std::string& group_id, const ImagesOutcome& outcome,
                   double now_unix_s);

/// The median noise of the latest images for science whose centres lie within 1 degree of a
/// declination, at most 50 of them, without those that failed and those of `group_id`; nothing with
/// less than 5.
std::optional<double> strip_rms_jy(Database& db, double dec_deg, const std::string& group_id);

}  // namespace contimg::queue
