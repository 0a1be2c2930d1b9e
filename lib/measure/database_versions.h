// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::measure {

/// What each version of the schema adds to the one before (docs/formats/measurements.md).
extern const char* const kVersion1;
extern const char* const kVersion2;
extern const char* const kVersion3;

}  // namespace contimg::measure
