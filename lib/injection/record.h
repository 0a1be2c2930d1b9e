// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "astro/direction.h"

/// Known faint sources that are put into a tile's visibilities, and what measuring them says of
/// completeness and flux densities. docs/injection.md.
namespace contimg::injection {

/// A source as it was put in.
struct Source {
  std::string name;           ///< "INJ001"
  astro::Direction position;  ///< ICRS.
  double flux_jy = 0;         ///< On the sky, at all frequencies.
  double rms_jy = 0;          ///< The science image's noise there, Jy/beam.
  double snr = 0;             ///< Flux density behind beam and smearing, over that noise.
};

/// What was put into one tile: `<stem>-injected.json` beside the image (docs/formats/measurements.md).
struct Record {
  std::string group_id;
  std::string science_image;  ///< The tile's own, without these sources,
  std::int64_t science_size_byte = 0, science_time_unix_s = 0;  ///< as it was then.
  std::int64_t seed = 0;
  std::vector<Source> sources;
  bool measured = false;  ///< Its rows are in the database; the image may be gone.
};

/// `<folder>/x-image.fits` -> `<folder>/x-injected.json`. Throws DataError for another name.
std::string record_path(const std::string& image_path);
/// Throws DataError when it cannot be read as such.
Record read_record(const std::string& path);
/// Whole or not at all, in place of an older one. Throws TemporaryError for the disk.
void write_record(const std::string& path, const Record& record);

/// Size and time of the science image as they are now, in a record without sources.
Record record_of(const std::string& group_id, const std::string& science_image, std::int64_t seed);
/// Whether the record's image was made from this science image as it is now, with this seed.
bool is_current(const Record& record, const Record& now);

/// Whether a group gets sources: one in `every`, by its place among the slots of 309.24 s since
/// 1970, so that they are spread evenly and the same ones each time. None for 0; for what has no
/// stamp as its id, by a hash of that.
bool is_due(const std::string& group_id, int every);

/// A number that is the same on every machine: FNV-1a of the text, then of the seed.
std::uint64_t hash_of(const std::string& text, std::int64_t seed);

}  // namespace contimg::injection
