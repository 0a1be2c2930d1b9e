// SPDX-License-Identifier: GPL-3.0-or-later
// Subband files whose bytes were damaged (lib/base/hdf5, lib/subband). The HDF5 library has faults of
// its own in damaged files; they are told apart: harness.h, isolated().
#include "harness.h"
#include "header_check.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path =
      fuzz::write_file("subband.hdf5", std::string(reinterpret_cast<const char*>(data), size));
  fuzz::isolated("libhdf5", data, size, [&] { fuzz::read_subband(path); });
  return 0;
}
