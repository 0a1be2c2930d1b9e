// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// The step from version 6 of the schema to version 7: notices for people, what was removed by
/// retention, what ticks did, and commands that were asked for from outside.
/// Once released never edited; docs/formats/queue.md says what each column means.
extern const char* const kVersion7;

}  // namespace contimg::queue
