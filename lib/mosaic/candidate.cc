// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/candidate.h"

#include <boost/filesystem.hpp>
#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/sha256.h"
#include "fits/image_stream.h"

namespace contimg::mosaic {
namespace {

namespace fs = boost::filesystem;

const std::string kSuffix = "-image.fits";

void require_beside(const std::string& image_path, const std::string& kind) {
  const std::string path = beside(image_path, kind);
  if (!fs::exists(path))
    throw DataError(path + ": not there, expected it beside the image; run image-ms again with " +
                    "--overwrite");
}

}  // namespace

std::string beside(const std::string& image_path, const std::string& kind) {
  const bool fitting =
      image_path.size() > kSuffix.size() &&
      image_path.compare(image_path.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0;
  if (!fitting)
    throw DataError(image_path + ": not an image of image-ms, expected a name ending in " +
                    kSuffix + " with -pb.fits and -rms.fits beside it");
  return image_path.substr(0, image_path.size() - kSuffix.size()) + "-" + kind + ".fits";
}

Candidate read_candidate(const std::string& image_path) {
  require_beside(image_path, "pb");
  require_beside(image_path, "rms");
  Candidate candidate;
  TileHeader& tile = candidate.tile;
  tile.image_path = fs::absolute(image_path).lexically_normal().string();
  tile.header = fits::read_header(image_path);
  tile.group_id = tile.header.card_text("GROUPID");
  if (tile.group_id.empty())
    throw DataError(image_path + ": no group (GROUPID), expected an image of image-ms");
  const auto stamp_mjd_s = astro::parse_stamp(tile.group_id);
  tile.mid_mjd = tile.header.start_mjd + tile.header.duration_s / 2 / kDay_s;
  if (!std::isfinite(tile.mid_mjd) && stamp_mjd_s) tile.mid_mjd = *stamp_mjd_s / kDay_s;
  if (!std::isfinite(tile.mid_mjd))
    throw DataError(image_path + ": no time (DATE-OBS), expected an image of image-ms");
  candidate.tier = tile.header.card_text("TIER");
  candidate.verdict = tile.header.card_text("QAVERD");
  candidate.calibration_set = tile.header.card_text("CALSET");
  candidate.science = tile.header.card_text("SCIENCE") != "F";
  candidate.made_unix_s = static_cast<double>(fs::last_write_time(image_path));
  candidate.size_byte = static_cast<std::int64_t>(fs::file_size(image_path));
  return candidate;
}

std::string fingerprint_of(const std::vector<Candidate>& members, double beam_floor) {
  std::string text = "floor " + std::to_string(beam_floor);
  for (const Candidate& member : members)
    text += "\n" + member.tile.group_id + " " + std::to_string(member.size_byte) + " " +
            std::to_string(static_cast<std::int64_t>(member.made_unix_s));
  return sha256(text).substr(0, 16);
}

}  // namespace contimg::mosaic
