// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// SHA-256 of some bytes, as 64 hexadecimal digits. Source: FIPS 180-4, section 6.2.
std::string sha256(const std::string& bytes);

/// The same of a file's content, as sha256sum prints it. Throws TemporaryError when the file cannot
/// be read.
std::string sha256_of_file(const std::string& path);

}  // namespace contimg
