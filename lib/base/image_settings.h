// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// What an operator can set of [image], a part of Settings (base/settings.h).
struct ImageSettings {
  std::string tier = "science";
  int image_size = 0;       ///< Pixels on a side; 0: from pb_cut.
  std::string image_scale;  ///< "3arcsec"; empty: from the longest baseline.
  std::string weighting = "briggs 0.5";
  int niter = 20000, nterms = 1;
  double mgain = 0.9, auto_mask = 5, auto_threshold = 1.5;
  std::string threshold;  ///< "5mJy"; empty: none.
  double min_uv_l = 0;
  double accuracy = 0.01;  ///< Of WSClean's gridding.
  double max_smearing = 0.01, pb_cut = 0.2;
  int steady_sources = 40;  ///< Whose drift through the beam is taken out, at most.
  double image_timeout_s = 1800, image_stall_timeout_s = 300;
  double image_memory_gb = 3;           ///< That WSClean may use.
  double rms_warn = 1.5, rms_fail = 3;  ///< This and the rest are gates: image/quality.h.
  double dynamic_range_warn = 100, dynamic_range_fail = 30;
  double flux_ratio_warn = 0.15, flux_ratio_fail = 0.2;
  double completeness_warn = 0.7, completeness_fail = 0.6;
  double astrometry_warn_arcsec = 2.5, astrometry_fail_arcsec = 5;
  double blank_warn = 0.5, blank_fail = 0.9;
  double data_flagged_warn = 0.2, data_flagged_fail = 0.5;
  double axis_ratio_warn = 3, axis_ratio_fail = 10;
};

}  // namespace contimg
