// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// Version of contimg, as `--version` prints it and every product records it. Each build asks git for it
/// (cmake/version.cmake): 0.1.0 at the commit with that tag, else with the number of commits and the commit's name.
extern const char* const kVersion;

}  // namespace contimg
