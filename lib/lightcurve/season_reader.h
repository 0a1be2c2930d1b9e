// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "lightcurve/points.h"

namespace contimg::lightcurve {

/// An epoch whose points are read.
struct EpochState {
  Scale scale;
  int season = 0;
};

/// All joined epochs, and their points season by season.
class SeasonReader {
 public:
  explicit SeasonReader(Database& db);

  std::unordered_map<std::int64_t, EpochState>& epochs() { return epochs_; }
  const std::vector<int>& seasons() const { return seasons_; }
  using Visit = std::function<void(std::int64_t source_id, std::int64_t epoch_id, const RawPoint&)>;
  /// All points of a season, by source, then epoch.
  void each(int season, const Visit& visit);
  /// Those of one source.
  void each_of(int season, std::int64_t source_id, const Visit& visit);

 private:
  Statement all_, of_source_;
  std::unordered_map<std::int64_t, EpochState> epochs_;
  std::vector<int> seasons_;
};

}  // namespace contimg::lightcurve
