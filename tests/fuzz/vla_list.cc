// SPDX-License-Identifier: GPL-3.0-or-later
// The VLA calibrator list (lib/skymodel/vla_list).
#include "catalogue.h"
#include "harness.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string path = fuzz::write_file("list.vla", bytes);
  const bool accepted =
      fuzz::accepts(path, [&] { fuzz::check_sources(skymodel::read_vla_list(path)); });
  if (accepted && size % 8 == 0) fuzz::import_list("vla", bytes);
  return 0;
}
