// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/hdf5_fault.h"

#include <hdf5.h>

#include "base/error.h"
#include "base/last_resort.h"

namespace contimg::hdf5 {
namespace {

herr_t keep_deepest(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

std::string complaint() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_deepest, &reason);
  H5Eclear2(H5E_DEFAULT);
  return reason;
}

void require_sound_disk(const std::string& label, const std::string& reason) {
  if (is_of_the_disk(reason))
    throw TemporaryError(
        label + ": the disk failed, expected a sound one with room (HDF5: " + reason + ")");
}

void fail(const std::string& label, const std::string& what) {
  const std::string reason = complaint();
  require_sound_disk(label, reason);
  throw DataError(label + ": " + what + (reason.empty() ? "" : " (HDF5: " + reason + ")"));
}

}  // namespace contimg::hdf5
