// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "image/averaging.h"

namespace contimg::image {

/// Which visibilities go into which average.
struct AveragingPlan {
  struct Row {
    std::uint32_t set = 0, row = 0;  ///< Where it stands.
    std::int32_t antenna1 = 0, antenna2 = 0;
    std::uint32_t first_integration = 0, n_integration = 0;
  };
  std::vector<std::size_t> channel_factors;  ///< [set], descending.
  std::vector<std::size_t> n_row;            ///< [set]
  std::vector<Row> rows;                     ///< Averaged rows, of all sets.
  std::vector<std::int32_t> row_of;          ///< [row of the data] in `rows`; -1: left out.
  double largest_loss = 0;                   ///< SmearingBound::loss() of the worst baseline.
};

/// Runs of integrations that follow each other without a gap: [first, last).
struct IntegrationRun {
  std::size_t first, last;
};
std::vector<IntegrationRun> runs_of(const SetLayout& layout);

/// Chooses how far each baseline is averaged: the channel factors (divisors of a window's channels)
/// and numbers of integrations that leave fewest visibilities, each further set paid for with
/// `set_cost_visibilities`.
AveragingPlan plan_averaging(const SetLayout& layout, const AveragingSettings& settings);

}  // namespace contimg::image
