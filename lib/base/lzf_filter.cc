// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/lzf_filter.h"

#include <hdf5.h>
#include <liblzf/lzf.h>

#include <cerrno>
#include <cstdlib>

namespace contimg::hdf5 {
namespace {

constexpr H5Z_filter_t kLzf = 32000;

// HDF5 hands over a malloc'ed buffer and takes one back; hence malloc and free here.
std::size_t filter(unsigned flags, std::size_t n_parameter, const unsigned* parameters,
                   std::size_t n_byte, std::size_t* buffer_size, void** buffer) {
  const bool decompress = flags & H5Z_FLAG_REVERSE;
  // h5py stores the chunk's uncompressed size as the third parameter.
  std::size_t capacity =
      decompress ? (n_parameter >= 3 && parameters[2] ? parameters[2] : *buffer_size) : n_byte;
  for (;;) {
    void* out = std::malloc(capacity);
    if (!out) return 0;
    const unsigned size = decompress ? lzf_decompress(*buffer, static_cast<unsigned>(n_byte), out,
                                                      static_cast<unsigned>(capacity))
                                     : lzf_compress(*buffer, static_cast<unsigned>(n_byte), out,
                                                    static_cast<unsigned>(capacity));
    if (size != 0) {
      std::free(*buffer);
      *buffer = out;
      *buffer_size = capacity;
      return size;
    }
    std::free(out);
    // Damaged input (EINVAL) ends here; too small a buffer (E2BIG) is tried again up to 1 GiB.
    if (!decompress || errno != E2BIG || capacity > (std::size_t{1} << 30)) return 0;
    capacity *= 2;
  }
}

// The parameters that h5py stores: filter revision, LZF version, chunk size in bytes.
herr_t set_parameters(hid_t list, hid_t type, hid_t space) {
  (void)space;
  hsize_t dimensions[H5S_MAX_RANK];
  const int rank = H5Pget_chunk(list, H5S_MAX_RANK, dimensions);
  if (rank < 0) return -1;
  std::size_t size = H5Tget_size(type);
  for (int i = 0; i < rank; ++i) size *= dimensions[i];
  const unsigned parameters[3] = {4, LZF_VERSION, static_cast<unsigned>(size)};
  return H5Pmodify_filter(list, kLzf, H5Z_FLAG_OPTIONAL, 3, parameters);
}

}  // namespace

void register_lzf_filter() {
  static const H5Z_class2_t description = {H5Z_CLASS_T_VERS, kLzf,           1,     1, "lzf",
                                           nullptr,          set_parameters, filter};
  H5Zregister(&description);
}

}  // namespace contimg::hdf5
