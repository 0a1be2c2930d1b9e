// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "caltable/calibration.h"
#include "ms/corrected.h"
#include "ms/reader.h"

namespace contimg::caltable {

struct BlockSettings {
  std::size_t n_thread = 2;        ///< The caller's, which reads and consumes, among them.
  std::size_t rows_at_once = 256;  ///< Tiles of DATA hold 16 rows: a multiple reads none twice.
};

/// What was seen on the way.
struct BlockCounts {
  std::size_t n_visibility = 0;      ///< [row, channel, correlation]
  std::size_t n_flagged_before = 0;  ///< Of them, as the set was before it was calibrated.
  std::size_t n_flagged_after = 0;   ///< With those that have no solution.
};

/// Calibrates a set and hands its rows to `consumer`, in the order of the file, as they would be in
/// CORRECTED_DATA, FLAG, WEIGHT and WEIGHT_SPECTRUM, without writing anything. Bit for bit what
/// apply_set() writes.
///
/// Given:
///   set_path, set  the set and its reader
///   calibration    made for set.description(); without tables the data as they are
///   consumer       called on the caller's thread, so that it may use the reader (or casacore);
///                  the block it is given is gone when it returns. What it throws ends the work.
///
/// Each visibility is read once; at most n_thread + 2 blocks are in memory. Flags are those from
/// before a calibration (ms::StartingFlags) and those of failed solutions; weights come from SIGMA
/// (SIGMA_SPECTRUM, or else the inverse root of WEIGHT_SPECTRUM, where there is such a column).
BlockCounts for_each_corrected_block(const std::string& set_path, const ms::Reader& set,
                                     const Calibration& calibration, const BlockSettings& settings,
                                     const std::function<void(const ms::CorrectedRows&)>& consumer);

}  // namespace contimg::caltable
