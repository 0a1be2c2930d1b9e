// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unordered_set>
#include <vector>

#include "lightcurve/association.h"
#include "lightcurve/points.h"
#include "lightcurve/sources.h"

namespace contimg::lightcurve {

/// What became of an epoch's rows.
struct Associated {
  std::vector<NewPoint> points;
  std::size_t n_new = 0;  ///< Sources that were opened.
};

/// Turns an epoch's rows into points of sources, opens sources, and records what was not plain. The
/// caller holds the transaction.
///
///   forced  by name; a name never seen belongs to the discovered source at its place ("adopted"), or
///           opens a catalogue's source
///   blind   by place (association.h); what fits none opens a discovered source ("opened", or "split"
///           when the source that it fits has another detection), unless it is unreliable
///
/// A name whose source is farther than a beam is another source's: it gets its place as a suffix.
class Associator {
 public:
  Associator(Database& db, Sources& sources, double de_ruiter, double min_separation_beams);

  Associated associate(const MeasuredEpoch& epoch, const std::vector<MeasuredRow>& rows);
  /// Every known source that the epoch covers and that has no point in it, as points with a reason.
  std::vector<NewPoint> missing(const MeasuredEpoch& epoch, const std::vector<NewPoint>& points);
  /// Forgets what was recorded of an epoch.
  void forget(std::int64_t epoch_id);

 private:
  struct Unseen {
    const MeasuredRow* row;
    std::string name;
  };
  void join_named(const MeasuredRow& row, std::vector<Unseen>& unseen);
  void join_unseen(const std::vector<Unseen>& unseen);
  void join_blind(const std::vector<const MeasuredRow*>& rows);
  void open_blind(const MeasuredRow& row, const Match& match);
  void take(std::int64_t id, const MeasuredRow& row);
  std::vector<Fit> fits_of(std::size_t detection, const Place& place, bool discovered_only);
  void record(const char* kind, std::int64_t id, const Fit* fit, std::int64_t other_id);

  Sources& sources_;
  double de_ruiter_, min_separation_beams_;
  Statement record_, forget_, set_flux_;
  const MeasuredEpoch* epoch_ = nullptr;
  Associated result_;
  std::unordered_set<std::int64_t> taken_;
};

}  // namespace contimg::lightcurve
