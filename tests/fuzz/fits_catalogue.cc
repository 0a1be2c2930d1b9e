// SPDX-License-Identifier: GPL-3.0-or-later
// A FITS table of sources (lib/skymodel/fits_table). Bytes as they are, or lines of a header: fits_text.h.
#include "catalogue.h"
#include "fits_text.h"
#include "harness.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes =
      fuzz::fits_of_text(std::string(reinterpret_cast<const char*>(data), size));
  const std::string path = fuzz::write_file("list.fits", bytes);
  fuzz::isolated("libcfitsio", data, size, [&] {
    const bool accepted =
        fuzz::accepts(path, [&] { fuzz::read_sources(path, *skymodel::open_fits_table(path)); });
    if (accepted && size % 8 == 0) fuzz::import_list("fits", bytes);
  });
  return 0;
}
