// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/mosaic_setting_rows.h"

#include "base/derived_setting.h"

namespace contimg {

std::vector<Setting> mosaic_rows() {
  return {
      derived_setting("mosaic", "min_members", "N", &Settings::min_members,
                      "Tiles that a mosaic has at least.", 1, 10000),
      derived_setting("mosaic", "max_members", "N", &Settings::max_members,
                      "Tiles that a mosaic has at most.", 1, 100000),
      derived_setting("mosaic", "strip_tolerance_deg", "DEG", &Settings::strip_tolerance_deg,
                      "Largest difference in declination of a mosaic's tiles, in degrees.", 0, 90),
      derived_setting("mosaic", "mosaic_beam_floor", "RESPONSE", &Settings::mosaic_beam_floor,
                      "Leave out of a tile what its primary beam sees with less than this.", 0.01,
                      1),
  };
}

}  // namespace contimg
