// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::queue {

/// The step from version 2 of the schema to version 3: calibration sets, which group was
/// calibrated with which, and where the telescope pointed. Released, so never edited;
/// docs/formats/queue.md says what each column means.
extern const char* const kVersion3;

}  // namespace contimg::queue
