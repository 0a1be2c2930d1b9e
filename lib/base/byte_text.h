// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// "12.3 GB", of bytes: powers of 1000, three digits.
std::string gigabytes(double byte);

}  // namespace contimg
