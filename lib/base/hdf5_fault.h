// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::hdf5 {

/// What HDF5 complained of first in this thread since it was last asked; empty: of nothing.
std::string complaint();

/// Throws TemporaryError "<label>: ..." when this complaint is of the disk, not of what is in the file.
void require_sound_disk(const std::string& label, const std::string& reason);

/// Throws DataError "<label>: <what>" with HDF5's complaint, or TemporaryError as above.
[[noreturn]] void fail(const std::string& label, const std::string& what);

}  // namespace contimg::hdf5
