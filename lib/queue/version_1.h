// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// Version 1 of the schema as SQL: tables and indexes, then views and triggers. Released, so
/// never edited; docs/formats/queue.md says what each column means.
extern const char* const kVersion1Tables;
extern const char* const kVersion1Triggers;

}  // namespace contimg::queue
