// SPDX-License-Identifier: GPL-3.0-or-later
// A table of sources as CSV (lib/skymodel/csv_table, column_mapping, read_table).
#include "catalogue.h"
#include "harness.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string path = fuzz::write_file("list.csv", bytes);
  const bool accepted =
      fuzz::accepts(path, [&] { fuzz::read_sources(path, *skymodel::open_csv_table(path)); });
  if (accepted && size % 8 == 0) fuzz::import_list("csv", bytes);
  return 0;
}
