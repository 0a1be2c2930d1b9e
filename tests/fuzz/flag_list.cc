// SPDX-License-Identifier: GPL-3.0-or-later
// Lists of what is known to be bad (lib/rfi/flag_list).
#include "rfi/flag_list.h"

#include "harness.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string path =
      fuzz::write_file("flags.csv", std::string(reinterpret_cast<const char*>(data), size));
  fuzz::accepts(path, [&] {
    for (const rfi::FlagEntry& entry : rfi::read_flag_list(path)) {
      fuzz::require(entry.low_hz <= entry.high_hz, "low_hz is not above high_hz");
      fuzz::require(entry.from_mjd_s < entry.until_mjd_s, "from is before until");
      fuzz::require(entry.antenna2.empty() || !entry.antenna1.empty(), "a baseline has two names");
    }
  });
  return 0;
}
