// SPDX-License-Identifier: GPL-3.0-or-later
// Feeds files to fuzz targets that are built without libFuzzer: how `make test` keeps what fuzzing
// found. Usage: replay-seeds TARGET FILE-OR-FOLDER...
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "harness.h"

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "targets.inc"
#undef TARGET

namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

const std::map<std::string, Target> targets = {
#define TARGET(name) {#name, fuzz_##name},
#include "targets.inc"
#undef TARGET
};

void replay(Target target, const std::filesystem::path& path) {
  const std::string bytes = contimg::fuzz::read_file(path.string());
  std::fprintf(stderr, "%s\n", path.filename().c_str());
  target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  const auto found = argc < 3 ? targets.end() : targets.find(argv[1]);
  if (found == targets.end()) {
    std::fprintf(stderr, "usage: replay-seeds TARGET FILE-OR-FOLDER...; targets:");
    for (const auto& entry : targets) std::fprintf(stderr, " %s", entry.first.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      replay(found->second, argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
      replay(found->second, entry.path());
  }
  return 0;
}
