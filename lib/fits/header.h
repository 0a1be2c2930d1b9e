// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "base/span.h"
#include "fits/file.h"
#include "fits/image.h"

namespace contimg::fits {

/// The header of an image, read and written, and what its pixels share; for the .cc files of this part only.

/// What DATAMIN and DATAMAX say.
struct Extrema {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();
  /// Values that are not finite do not count.
  void include(Span<const float> values);
};

/// All of an Image but its pixels. Throws DataError naming `path` as read_image() does.
Image read_header(const File& file, const std::string& path);

/// Begins a file's primary unit: axes RA, DEC, FREQ, STOKES, floats, no pixels yet.
void create_image(const File& file, const Image& image);

/// Writes all cards. Throws TemporaryError for the disk, std::invalid_argument for a card that
/// Image has a field for.
void write_header(const File& file, const Image& image, const Extrema& extrema);

/// HISTORY alone: at the end of the header, wrapped, ASCII.
void write_history(const File& file, const std::vector<std::string>& history);

/// DATAMIN and DATAMAX alone; nothing when there was no value.
void write_extrema(const File& file, const Extrema& extrema);

/// Makes infinities NaN: CFITSIO gives them for doubles that no float can hold.
void blank_infinities(Span<float> pixels);

}  // namespace contimg::fits
