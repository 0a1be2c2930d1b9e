// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg::fuzz {

/// Reads a subband file as the tools do: summary, header, uvw, rows of visibilities, flags and counts;
/// and holds what is accepted to what the readers promise.
void read_subband(const std::string& path);

}  // namespace contimg::fuzz
