// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/file_record.h"

#include "base/error.h"

namespace contimg::queue {
namespace {

constexpr const char* kNames[] = {"growing", "valid", "invalid", "unreadable", "vanished"};

}  // namespace

const char* file_state_name(FileState state) { return kNames[static_cast<int>(state)]; }

FileState file_state_from(const std::string& name) {
  for (int i = 0; i < 5; ++i)
    if (name == kNames[i]) return static_cast<FileState>(i);
  throw DataError(name + ": unknown state of a file; the queue is damaged or of another version");
}

}  // namespace contimg::queue
