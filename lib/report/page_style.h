// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::report {

/// The style of the report of a night; classes as svg.h and night_page.cc name them.
extern const char* const kPageStyle;

}  // namespace contimg::report
