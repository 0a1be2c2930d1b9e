// SPDX-License-Identifier: GPL-3.0-or-later
// What Slurm shows of tasks (lib/queue/parcel_status).
#include "harness.h"
#include "queue/parcel_status.h"

using namespace contimg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string path = fuzz::write_file("view", bytes);
  fuzz::accepts(path, [&] {
    for (const auto& [task, shown] : queue::read_scheduler_view(path))
      fuzz::require(task.first.find_first_of("|\n") == std::string::npos &&
                        shown.state.find_first_of("|\n") == std::string::npos,
                    "parts have no separators");
  });
  return 0;
}
