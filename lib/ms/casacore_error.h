// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/casa/Arrays/ArrayError.h>
#include <casacore/casa/Exceptions/Error.h>

#include <string>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/last_resort.h"

namespace contimg::ms {

/// Runs `work` and turns casacore's exceptions into ours, naming `path`. casacore does not always
/// tell a full disk from a damaged table, so the disk is asked too.
template <typename Work>
auto with_casacore_errors(const std::string& path, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const casacore::AipsError& error) {
    if (is_of_the_disk(error.what()))
      throw TemporaryError(path + ": " + error.what() + "; free some space, or check the disk");
    constexpr std::uint64_t kNothingLeft = 1 << 20;
    if (free_bytes(path) < kNothingLeft)
      throw TemporaryError(path + ": the disk is full; free some space (" + error.what() + ")");
    throw DataError(path + ": " + error.what());
  } catch (const casacore::ArrayError& error) {
    // No AipsError: thrown where a damaged table says that an array has another size.
    throw DataError(path + ": " + error.what());
  }
}

}  // namespace contimg::ms
