// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lightcurve/associate.h"
#include "lightcurve/ensemble.h"
#include "lightcurve/judge.h"
#include "lightcurve/update.h"

namespace contimg::lightcurve {

/// Joins epochs to light curves, replaces them, and takes them out. Its statements are prepared once;
/// the caller holds the transaction.
class Joiner {
 public:
  Joiner(Database& db, const UpdateSettings& settings);
  Joiner(const Joiner&) = delete;  // its parts point at each other
  Joiner& operator=(const Joiner&) = delete;

  /// Joins an epoch; one that is joined in this version, or withdrawn, stays as it is. `restore`: joins
  /// a withdrawn one.
  EpochReport join(const MeasuredEpoch& epoch, Measurements& measurements, bool restore);
  /// Takes an epoch's points out.
  EpochReport withdraw(const MeasuredEpoch& epoch, const std::string& why);

 private:
  struct Recorded {
    std::int64_t change_id = 0;
    int season = 0;
    std::string state, reason;
  };
  std::optional<Recorded> recorded(std::int64_t epoch_id);
  std::vector<std::int64_t> take_out(std::int64_t epoch_id, const Recorded& old);
  void put_in(const MeasuredEpoch& epoch, Measurements& measurements, int version,
              EpochReport& report, std::vector<NewPoint>& points);
  void write(const MeasuredEpoch& epoch, const std::string& state, const std::string& reason,
             const EpochReport& report, const variability::EpochGain& gain, int version);
  void write_place(const MeasuredEpoch& epoch);
  std::size_t advance(const std::vector<NewPoint>& points, const Scale& scale,
                      std::int64_t epoch_id);
  std::size_t rebuild(std::vector<std::int64_t> ids, std::int64_t epoch_id);

  LightcurveSettings limits_;
  Sources sources_;
  Points points_;
  Standings standings_;
  Ensembles ensembles_;
  Associator associator_;
  Judge judge_;
  Statement recorded_, write_, footprint_, place_, set_change_;
};

}  // namespace contimg::lightcurve
