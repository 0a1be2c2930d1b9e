// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// The step from version 1 of the schema to version 2: what flag-ms found. Released, so never
/// edited; docs/formats/queue.md says what each column means.
extern const char* const kVersion2;

}  // namespace contimg::queue
