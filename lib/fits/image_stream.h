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
/// Pixels that were never written are NaN in the file. One thread at a time.
class ImageWriter {
 public:
  /// Begins the file. `header` says everything but pixels: n_x, n_y, axes, beam, unit, cards, history.
  /// Throws TemporaryError for the disk, std::invalid_argument for an image of no size.
  ImageWriter(const AtomicOutput& product, const Image& header);
  ~ImageWriter();
  ImageWriter(const ImageWriter&) = delete;
  ImageWriter& operator=(const ImageWriter&) = delete;

  /// Given: pixels [y, x] of the box, which lies in the image, else std::invalid_argument; what is
  /// written twice is what was written last. Throws TemporaryError for the disk.
  void write(const Box& box, const std::vector<float>& pixels);
  /// DATAMIN, DATAMAX (of all that was written), checksums; closes. Throws as write(). Once.
  void finish();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// The header alone: an Image without pixels. Throws as read_image().
Image read_header(const std::string& path);

}  // namespace contimg::fits
