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
  int niter = 1000, nterms = 1;
  double mgain = 0.9, auto_mask = 5, auto_threshold = 1;
  std::string threshold;  ///< "5mJy"; empty: none.
  double min_uv_l = 0;
  double max_smearing = 0.01, pb_cut = 0.2;
  double image_timeout_s = 1800, image_stall_timeout_s = 300;
  double image_memory_gb = 3;  ///< That WSClean may use.
};

}  // namespace contimg
