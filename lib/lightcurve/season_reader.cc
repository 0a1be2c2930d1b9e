// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/season_reader.h"

namespace contimg::lightcurve {
namespace {

const std::string kPoints =
    "SELECT source_id, epoch_id, kind, flux_jy, error_jy, limit_jy, flags FROM point WHERE season "
    "= "
    "?1 ";

void visit_all(Statement& points, const SeasonReader::Visit& visit) {
  while (points.step()) visit(points.integer(0), points.integer(1), point_from(points, 2));
  points.reset();
}

}  // namespace

SeasonReader::SeasonReader(Database& db)
    : all_(db, kPoints + "ORDER BY source_id, epoch_id"),
      of_source_(db, kPoints + "AND source_id = ?2 ORDER BY epoch_id") {
  Statement epochs(db,
                   "SELECT id, season, mid_mjd, gain, gain_error, gain_reason FROM epoch WHERE"
                   " state = 'joined'");
  while (epochs.step())
    epochs_[epochs.integer(0)] = {scale_from(epochs, 2), static_cast<int>(epochs.integer(1))};
  Statement seasons(db, "SELECT season FROM season ORDER BY season");
  while (seasons.step()) seasons_.push_back(static_cast<int>(seasons.integer(0)));
}

void SeasonReader::each(int season, const Visit& visit) { visit_all(all_.bind(1, season), visit); }

void SeasonReader::each_of(int season, std::int64_t source_id, const Visit& visit) {
  visit_all(of_source_.bind(1, season).bind(2, source_id), visit);
}

}  // namespace contimg::lightcurve
