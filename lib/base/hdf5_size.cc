// SPDX-License-Identifier: GPL-3.0-or-later
// How many elements a dataset has, and whether room may be made for them.
#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/hdf5.h"

namespace contimg::hdf5 {

std::size_t Dataset::size() const {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  if (std::find(shape_.begin(), shape_.end(), hsize_t{0}) != shape_.end()) return 0;
  std::size_t n = 1;
  for (const hsize_t size : shape_) n = size > kMost / n ? kMost : n * size;
  return n;
}

std::size_t Dataset::readable_size() const {
  constexpr std::size_t kAlways_byte = std::size_t{1} << 24;
  constexpr std::size_t kMostPacked = 1032;  // deflate at its best
  const Handle file(H5Iget_file_id(handle_.get()));
  hsize_t file_byte = 0;
  if (H5Fget_filesize(file.get(), &file_byte) < 0)
    throw DataError(label_ + ": the size of its file is not known, expected a whole file");
  const std::size_t most_byte = std::max(kAlways_byte, kMostPacked * std::size_t{file_byte});
  const std::size_t n = size();
  if (n > most_byte / std::max(element_size(), sizeof(double)))
    throw DataError(label_ + ": claims " + std::to_string(n) +
                    " elements, expected no more than its file can hold; it is damaged");
  return n;
}

}  // namespace contimg::hdf5
