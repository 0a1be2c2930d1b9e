// SPDX-License-Identifier: GPL-3.0-or-later
// A VOTable of sources (lib/skymodel/votable, column_mapping, read_table).
#include "catalogue.h"
#include "harness.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string path = fuzz::write_file("list.votable", bytes);
  const bool accepted =
      fuzz::accepts(path, [&] { fuzz::read_sources(path, *skymodel::open_votable(path)); });
  if (accepted && size % 8 == 0) fuzz::import_list("votable", bytes);
  return 0;
}
