// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "ms/reader.h"
#include "rfi/observation.h"

namespace contimg::flag {

/// Which row of a Measurement Set holds which part of an observation. Spectral windows follow
/// each other along the observation's channels, so that a set of one window and one of 16 are
/// flagged alike. Rows may be in any order, and may be missing.
class SetGrid {
 public:
  /// Throws DataError when two rows are of the same time, window and baseline, or when rows are so
  /// scattered over times and baselines that most of the grid would be empty.
  explicit SetGrid(const ms::Reader& set);

  const rfi::Observation& observation() const { return observation_; }

  /// Neighbouring rows of the set that lie beside each other in a block too.
  struct Run {
    std::size_t first_row = 0, n_row = 0;
    std::size_t time = 0, window = 0, baseline = 0;  ///< Of the first row.
  };
  /// The rows of some neighbouring baselines, by time and window.
  std::vector<Run> runs(std::size_t first_baseline, std::size_t n_baseline) const;

  std::size_t n_window() const { return n_window_; }
  std::size_t n_window_channel() const { return n_window_channel_; }

  /// Reads the visibilities of some baselines; `data` is [time, baseline, channel, correlation],
  /// 0 for rows that the set has not.
  void read(const ms::Reader& set, std::size_t first_baseline, std::size_t n_baseline,
            std::vector<std::complex<float>>& data) const;

 private:
  void index(const ms::RowKeys& keys);
  void describe(const ms::Reader& set);

  rfi::Observation observation_;
  std::size_t n_window_ = 0, n_window_channel_ = 0;
  std::vector<std::int64_t> row_;  // [time, window, baseline]; -1: none
};

}  // namespace contimg::flag
