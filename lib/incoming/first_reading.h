// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "subband/summary.h"

namespace contimg::incoming {

/// Reads a file's summary in a child process. The HDF5 library has faults that damaged files can set
/// off; there they end the child, not the scan of all files.
/// Returned: empty when the child came to its end, whatever it found; else what ended it:
/// "signal 11 (Segmentation fault)", more than 30 s of processor time included. Only for a process of
/// one thread. Throws TemporaryError when no child can be made.
std::string fault_in_reading(const std::string& path, const subband::SummaryLimits& limits);

}  // namespace contimg::incoming
