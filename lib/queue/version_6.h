// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// The step from version 5 of the schema to version 6: when the last subband of a group arrived,
/// where figures come from, what is left out under pressure, and indices for record-metrics.
/// Released, so never edited; docs/formats/queue.md says what each column means.
extern const char* const kVersion6;

}  // namespace contimg::queue
