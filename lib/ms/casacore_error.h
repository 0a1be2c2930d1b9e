// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <casacore/casa/Arrays/ArrayError.h>
#include <casacore/casa/Exceptions/Error.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/last_resort.h"

namespace contimg::ms {

/// Runs `work` and turns casacore's exceptions into ours, naming `path`. casacore does not always
/// tell a full disk from a damaged table, so the disk is asked too.
template <typename Work>
auto with_casacore_errors(const std::string& path, Work&& work) -> decltype(work()) {
  errno = 0;
  try {
    return work();
  } catch (const casacore::AipsError& error) {
    // casacore takes what cannot be read for what is not there: errno is left from the call.
    if (errno == EIO)
      throw TemporaryError(path + ": " + error.what() + " (" + std::strerror(EIO) +
                           "); check its disk");
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

/// The same for a table that `work` makes anew: what is wrong with it then is the disk's fault, whatever
/// casacore says.
template <typename Work>
auto with_errors_of_making(const std::string& path, Work&& work) -> decltype(work()) {
  try {
    return with_casacore_errors(path, std::forward<Work>(work));
  } catch (const DataError& error) {
    throw TemporaryError(std::string(error.what()) + "; check its disk");
  }
}

/// A full disk is found before it is written to: casacore may meet it in a destructor, which ends
/// the process (base/last_resort.h). Throws TemporaryError where `needed_byte` and some headers
/// have no room beside `path`.
inline void require_room(const std::string& path, std::uint64_t needed_byte) {
  constexpr std::uint64_t kHeaders_byte = 4'000'000;
  const std::uint64_t free_byte = free_bytes(path);
  if (free_byte >= needed_byte + kHeaders_byte) return;
  throw TemporaryError(path + ": the disk is full; free some space (" +
                       std::to_string(free_byte >> 20) + " MB are free, expected " +
                       std::to_string((needed_byte + kHeaders_byte) >> 20) + " MB)");
}

}  // namespace contimg::ms
