// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// The step from version 4 of the schema to version 5: mosaics, their members and their quality.
/// Released, so never edited; docs/formats/queue.md says what each column means.
extern const char* const kVersion5;

}  // namespace contimg::queue
