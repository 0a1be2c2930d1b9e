// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mosaic/strip.h"

namespace contimg::mosaic {

/// A tile that may become part of a mosaic: what its header and its file say.
struct Candidate {
  TileHeader tile;
  std::string tier, verdict;
  std::string calibration_set;  ///< Empty: uncalibrated.
  bool science = true;
  double made_unix_s = 0;      ///< When its image was written.
  std::int64_t size_byte = 0;  ///< Of its image.
  bool in_window = true;       ///< False: beside the time asked for.
};

/// A tile that takes no part, and why.
struct LeftOut {
  std::string group_id, image_path, reason;
};

/// Reads the header of `<stem>-image.fits`. Throws DataError, naming the file and what to do, when it
/// is no such image, has no group or no time, or `-pb.fits` or `-rms.fits` are not beside it.
Candidate read_candidate(const std::string& image_path);

/// `<stem>-<kind>.fits` beside `<stem>-image.fits`.
std::string beside(const std::string& image_path, const std::string& kind);

/// What tells this choice of tiles from another: groups, and size and time of their images' files.
/// 16 hexadecimal digits.
std::string fingerprint_of(const std::vector<Candidate>& members, double beam_floor);

}  // namespace contimg::mosaic
