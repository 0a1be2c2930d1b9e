// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fits/image_stream.h"

namespace contimg::fits {

/// An image of which only parts are read, for those too large for memory. One thread at a time.
class BoxReader {
 public:
  /// Throws DataError naming the file as read_image() does.
  explicit BoxReader(const std::string& path);
  ~BoxReader();
  BoxReader(const BoxReader&) = delete;
  BoxReader& operator=(const BoxReader&) = delete;

  const Image& header() const;  ///< Without pixels.
  /// Pixels [y, x] of a box; NaN where blank. Throws DataError naming the file when they cannot be
  /// read, std::invalid_argument for a box that is not in the image.
  std::vector<float> read(const Box& box) const;
  /// The pixel nearest to a place; NaN outside the image.
  float nearest(const astro::Direction& place) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace contimg::fits
