// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// Copies the bytes of a file to `to`, which is replaced, from one filesystem to another too.
/// Ends early on TERM (Stopped). Throws TemporaryError naming the side that failed and why; what
/// was copied by then stays behind.
void copy_file(const std::string& from, const std::string& to);

}  // namespace contimg
