// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "fits/image.h"

namespace contimg::fits {

/// Part of an image: pixels x0 <= x < x0 + n_x, y0 <= y < y0 + n_y.
struct Box {
  std::size_t x0 = 0, y0 = 0, n_x = 0, n_y = 0;
};

/// An image too large for memory, written piece by piece into a product that the caller commits.
/// Pixels that were never written are NaN in the file.
class ImageWriter {
 public:
  /// Begins the file. `header` says everything but pixels: n_x, n_y, axes, beam, unit, cards, history.
  ImageWriter(const AtomicOutput& product, const Image& header);
  ~ImageWriter();
  ImageWriter(const ImageWriter&) = delete;
  ImageWriter& operator=(const ImageWriter&) = delete;

  /// Given: pixels [y, x] of the box. Throws TemporaryError for the disk.
  void write(const Box& box, const std::vector<float>& pixels);
  /// DATAMIN, DATAMAX, checksums; closes. Throws as write().
  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The header alone: an Image without pixels. Throws as read_image().
Image read_header(const std::string& path);

}  // namespace contimg::fits
