// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>
#include <vector>

#include "convert/plan.h"

namespace contimg::convert {

/// The integrations and baselines of a group: the union over its files.
struct Timeline {
  std::vector<double> time_mjd_s;          ///< [time] mid, ascending
  std::vector<double> integration_time_s;  ///< [time]
  std::vector<std::pair<std::int32_t, std::int32_t>>
      baseline;  ///< [baseline] stations, first <= second, sorted
};

/// Finds the integrations and baselines of all files; times that differ by less than a quarter
/// of an integration are one.
Timeline join_timeline(const std::vector<subband::Header>& headers, bool keep_autocorrelations);

/// Index of the integration that `time_mjd_s` belongs to: within a quarter of an integration of its
/// middle. The number of integrations when it belongs to none.
std::size_t integration_at(const Timeline& timeline, double time_mjd_s);

/// Finds each (time, baseline) in one file. Throws DataError when the file has one twice.
std::vector<RowSource> find_rows(const subband::Header& header, const Timeline& timeline);

}  // namespace contimg::convert
