// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// "2026-01-25T22:26:05Z", of unix seconds; fractions are cut off.
std::string utc_stamp(double unix_s);

/// "20260125T222605Z": the same for names of files.
std::string utc_file_stamp(double unix_s);

}  // namespace contimg
