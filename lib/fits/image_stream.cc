// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/image_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "fits/header.h"

namespace contimg::fits {
namespace {

constexpr int kLaterCards = 4;  // DATAMIN, DATAMAX, CHECKSUM, DATASUM

// The bytes of FITS: big end first.
std::uint32_t swapped(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return __builtin_bswap32(bits);
}

// Columns of a row that no box covers.
std::vector<std::pair<std::size_t, std::size_t>> gaps(const std::vector<Box>& boxes, std::size_t y,
                                                      std::size_t n_x) {
  std::vector<std::pair<std::size_t, std::size_t>> covered, free;
  for (const Box& box : boxes)
    if (y >= box.y0 && y < box.y0 + box.n_y) covered.emplace_back(box.x0, box.x0 + box.n_x);
  std::sort(covered.begin(), covered.end());
  std::size_t next = 0;
  for (const auto& [begin, end] : covered) {
    if (begin > next) free.emplace_back(next, begin);
    next = std::max(next, end);
  }
  if (next < n_x) free.emplace_back(next, n_x);
  return free;
}

}  // namespace

// CFITSIO writes the header and the checksums. Pixels go past it: pieces of rows by way of its
// buffers of 2880 bytes would be read before they are written.
class ImageWriter::Implementation {
 public:
  Implementation(const AtomicOutput& product, const Image& header)
      : path_(product.path()),
        shown_(product.final_path()),
        n_x_(header.n_x),
        n_y_(header.n_y),
        row_(header.n_x) {
    if (n_x_ == 0 || n_y_ == 0) throw std::invalid_argument("an image of no pixels");
    begin_file(header);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("cannot be opened");
  }
  ~Implementation() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  void write(const Box& box, const std::vector<float>& pixels) {
    if (box.x0 + box.n_x > n_x_ || box.y0 + box.n_y > n_y_ || pixels.size() != box.n_x * box.n_y)
      throw std::invalid_argument("a box that is not in the image");
    for (std::size_t y = 0; y < box.n_y; ++y) {
      const float* from = pixels.data() + y * box.n_x;
      std::transform(from, from + box.n_x, row_.begin(), swapped);
      write_row(box.x0, box.y0 + y, box.n_x);
    }
    extrema_.include(pixels);
    boxes_.push_back(box);
  }

  void finish() {
    std::fill(row_.begin(), row_.end(), swapped(std::numeric_limits<float>::quiet_NaN()));
    for (std::size_t y = 0; y < n_y_; ++y)
      for (const auto& [begin, end] : gaps(boxes_, y, n_x_)) write_row(begin, y, end - begin);
    if (::close(std::exchange(descriptor_, -1)) != 0) fail("cannot be closed");
    File file = File::reopen(path_, shown_);
    write_extrema(file, extrema_);
    int status = 0;
    fits_write_chksum(file.raw(), &status);
    file.check(status, "its checksums cannot be written");
    file.close();
  }

 private:
  void begin_file(const Image& header) {
    File file = File::create(path_, shown_);
    create_image(file, header);
    int status = 0;
    fits_set_hdrsize(file.raw(), kLaterCards, &status);
    write_header(file, header, {});
    fits_set_hdrsize(file.raw(), kLaterCards, &status);
    LONGLONG begin = 0, data = 0, end = 0;
    fits_flush_file(file.raw(), &status);
    fits_get_hduaddrll(file.raw(), &begin, &data, &end, &status);
    file.check(status, "its header cannot be written");
    data_ = static_cast<off_t>(data);
    file.close();
  }

  // Columns x <= . < x + n of row y, from row_.
  void write_row(std::size_t x, std::size_t y, std::size_t n) {
    const char* bytes = reinterpret_cast<const char*>(row_.data());
    std::size_t left = n * sizeof(std::uint32_t);
    off_t at = data_ + static_cast<off_t>((y * n_x_ + x) * sizeof(std::uint32_t));
    while (left > 0) {
      const ssize_t written = ::pwrite(descriptor_, bytes, left, at);
      if (written < 0 && errno != EINTR) fail("cannot be written");
      if (written <= 0) continue;
      bytes += written;
      left -= static_cast<std::size_t>(written);
      at += written;
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw TemporaryError(shown_ + ": " + what + ", " + std::generic_category().message(errno) +
                         "; check the folder and the room on its disk");
  }

  std::string path_, shown_;
  std::size_t n_x_, n_y_;
  std::vector<std::uint32_t> row_;
  Extrema extrema_;
  std::vector<Box> boxes_;
  off_t data_ = 0;
  int descriptor_ = -1;
};

ImageWriter::ImageWriter(const AtomicOutput& product, const Image& header)
    : implementation_(std::make_unique<Implementation>(product, header)) {}
ImageWriter::~ImageWriter() = default;

void ImageWriter::write(const Box& box, const std::vector<float>& pixels) {
  implementation_->write(box, pixels);
}
void ImageWriter::finish() { implementation_->finish(); }

Image read_header(const std::string& path) { return read_header(File::open(path), path); }

}  // namespace contimg::fits
