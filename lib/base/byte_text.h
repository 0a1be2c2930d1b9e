// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

inline constexpr double kBytesPerGb = 1e9;

/// "12.3 GB", of bytes: powers of 1000, three digits.
std::string gigabytes(double byte);

}  // namespace contimg
