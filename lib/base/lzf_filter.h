// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::hdf5 {

/// Tells HDF5 how to read and write chunks compressed with LZF (filter 32000), which h5py and
/// pyuvdata write by default and the C library does not know. Idempotent.
void register_lzf_filter();

}  // namespace contimg::hdf5
