// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "base/lightcurve_settings.h"
#include "lightcurve/points.h"
#include "variability/candidate.h"

namespace contimg::lightcurve {

/// Keeps the table of candidates in step. The caller holds the transaction.
class Judge {
 public:
  Judge(Database& db, const LightcurveSettings& settings);

  /// Judges a source by its points where its figures make that worthwhile, or it is a candidate, and
  /// where there is anything new to be found: the new point is one of the extremes, or there are 2 %
  /// more points than the last time. Any source is judged when there are 10 % more, and at least 200.
  /// So a point costs the same whatever the number of epochs.
  /// Given: its standing, whose n_judged is set; as it was `before` the new point; null: only the
  /// figures, and whether it is a candidate, decide. Returned: whether the source is a candidate.
  /// `epoch_id`: of the new point; 0: of none.
  bool judge(std::int64_t source_id, Standing& standing, const variability::Figures& figures,
             const Standing* before, std::int64_t epoch_id, Points& points);

 private:
  bool due(const Standing& standing, const Standing& before, bool prompted) const;
  void replace(std::int64_t source_id, const std::vector<variability::Candidate>& found,
               std::int64_t epoch_id);

  LightcurveSettings settings_;
  variability::CandidateSettings limits_;
  Statement is_candidate_, kinds_, upsert_, delete_, delete_all_;
};

/// The thresholds among the settings.
variability::CandidateSettings candidate_settings(const LightcurveSettings& settings);
/// A source's usable points in order of time.
std::vector<variability::Point> curve_points(const std::vector<Points::Row>& rows,
                                             const LightcurveSettings& settings);

}  // namespace contimg::lightcurve
