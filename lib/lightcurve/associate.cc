// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/associate.h"

#include <spdlog/spdlog.h>

#include <cmath>
#include <cstdio>

#include "astro/constants.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;

std::string name_at(const std::string& name, const astro::Direction& place) {
  char text[64];
  std::snprintf(text, sizeof text, "@%.4f%+.4f", place.ra_rad / kDegree, place.dec_rad / kDegree);
  return name + text;
}

std::string reason_of(const MeasuredEpoch& epoch, bool discovered) {
  char search[64] = "no blind search";
  if (std::isfinite(epoch.detection_sigma))
    std::snprintf(search, sizeof search, "not detected by the blind search above %g sigma",
                  epoch.detection_sigma);
  if (discovered)
    return (std::isfinite(epoch.detection_sigma) ? "" : "not measured: ") + std::string(search);
  return std::string("not measured: ") +
         (epoch.catalogue.empty() ? "no catalogue" : "not in the catalogue of this epoch") + "; " +
         search;
}

}  // namespace

Associator::Associator(Database& db, Sources& sources, double de_ruiter,
                       double min_separation_beams)
    : sources_(sources),
      de_ruiter_(de_ruiter),
      min_separation_beams_(min_separation_beams),
      record_(db,
              "INSERT INTO association (epoch_id, kind, source_id, other_id, separation_arcsec,"
              " de_ruiter) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      forget_(db, "DELETE FROM association WHERE epoch_id = ?1"),
      set_flux_(db,
                "UPDATE source SET catalogue_flux_jy = ?2 WHERE id = ?1 AND catalogue_flux_jy IS"
                " NULL") {}

void Associator::forget(std::int64_t epoch_id) { forget_.bind(1, epoch_id).run(); }

void Associator::record(const char* kind, std::int64_t id, const Fit* fit, std::int64_t other_id) {
  record_.bind(1, epoch_->id).bind(2, kind).bind(3, id).bind_null(4);
  if (other_id != 0) record_.bind(4, other_id);
  record_.bind(5, fit != nullptr ? fit->separation_rad / kArcsec : kUnknown);
  record_.bind(6, fit != nullptr ? fit->de_ruiter : kUnknown).run();
}

Associated Associator::associate(const MeasuredEpoch& epoch, const std::vector<MeasuredRow>& rows) {
  epoch_ = &epoch;
  result_ = {};
  taken_.clear();
  std::vector<Unseen> unseen;
  std::vector<const MeasuredRow*> blind;
  for (const MeasuredRow& row : rows)
    if (row.forced)
      join_named(row, unseen);
    else
      blind.push_back(&row);
  join_unseen(unseen);
  join_blind(blind);
  return std::move(result_);
}

void Associator::take(std::int64_t id, const MeasuredRow& row) {
  taken_.insert(id);
  NewPoint point;
  point.source_id = id;
  point.raw.kind = row.forced ? PointKind::forced : PointKind::blind;
  point.raw.flux_jy = row.flux_jy;
  point.raw.error_jy = row.error_jy;
  point.raw.limit_jy = row.limit_jy;
  point.raw.flags = row.flags;
  point.reason = row.reason;
  result_.points.push_back(point);
}

void Associator::join_named(const MeasuredRow& row, std::vector<Unseen>& unseen) {
  std::string name = row.name;
  std::optional<KnownSource> source = sources_.named(name);
  if (source && astro::separation_rad(source->place.direction, row.place.direction) >
                    epoch_->major_arcsec * kArcsec) {
    name = name_at(name, row.place.direction);
    source = sources_.named(name);
  }
  if (!source) {
    unseen.push_back({&row, name});
    return;
  }
  if (taken_.count(source->id) != 0) {
    spdlog::warn("{}: {} is a second measurement of source {} in one epoch, left out",
                 epoch_->group_id, row.name, source->id);
    record("merge", source->id, nullptr, 0);
    return;
  }
  take(source->id, row);
  // A detection at a discovered source's place improves that, as blind ones do.
  if (source->discovered && std::isfinite(row.east_rad) && std::isfinite(row.north_rad)) {
    Place seen = row.place;
    seen.direction = moved(row.place.direction, {row.east_rad, row.north_rad});
    sources_.see(source->id, epoch_->id, seen);
  }
}

std::vector<Fit> Associator::fits_of(std::size_t detection, const Place& place,
                                     bool discovered_only) {
  std::vector<Fit> fits;
  const double reach_rad = min_separation_beams_ * epoch_->major_arcsec * kArcsec;
  for (const KnownSource& source : sources_.near(place.direction, reach_rad, true)) {
    if (discovered_only && !source.discovered) continue;
    const double radius = de_ruiter_radius(place, source.place);
    if (radius < de_ruiter_)
      fits.push_back({detection, source.id,
                      astro::separation_rad(place.direction, source.place.direction), radius});
  }
  return fits;
}

void Associator::join_unseen(const std::vector<Unseen>& unseen) {
  std::vector<Fit> fits;
  for (std::size_t i = 0; i < unseen.size(); ++i)
    for (const Fit& fit : fits_of(i, unseen[i].row->place, true)) fits.push_back(fit);
  const std::vector<Match> matches =
      pair_up(fits, {taken_.begin(), taken_.end()}, std::vector<bool>(unseen.size()));
  for (std::size_t i = 0; i < unseen.size(); ++i) {
    const MeasuredRow& row = *unseen[i].row;
    if (const auto& fit = matches[i].fit) {
      sources_.add_name(fit->source_id, unseen[i].name);
      set_flux_.bind(1, fit->source_id).bind(2, row.catalogue_flux_jy).run();
      record("adopted", fit->source_id, &*fit, 0);
      take(fit->source_id, row);
    } else {
      take(sources_.open(row, unseen[i].name, epoch_->id), row);
      ++result_.n_new;
    }
  }
}

void Associator::join_blind(const std::vector<const MeasuredRow*>& rows) {
  std::vector<Fit> fits;
  std::vector<bool> doubtful;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const Fit& fit : fits_of(i, rows[i]->place, false)) fits.push_back(fit);
    doubtful.push_back((rows[i]->flags & kUnreliable) != 0);
  }
  const std::vector<Match> matches = pair_up(fits, {taken_.begin(), taken_.end()}, doubtful);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto& fit = matches[i].fit) {
      take(fit->source_id, *rows[i]);
      if (!doubtful[i]) sources_.see(fit->source_id, epoch_->id, rows[i]->place);
      if (matches[i].other) record("merge", fit->source_id, &*fit, matches[i].other->source_id);
    } else if (!doubtful[i]) {
      open_blind(*rows[i], matches[i]);
    }
  }
}

void Associator::open_blind(const MeasuredRow& row, const Match& match) {
  const std::int64_t id = sources_.open(row, row.name, epoch_->id);
  ++result_.n_new;
  sources_.see(id, epoch_->id, row.place);
  take(id, row);
  if (match.other)
    record("split", id, &*match.other, match.other->source_id);
  else
    record("opened", id, nullptr, 0);
}

std::vector<NewPoint> Associator::missing(const MeasuredEpoch& epoch,
                                          const std::vector<NewPoint>& points) {
  std::vector<NewPoint> missing;
  const Footprint& footprint = epoch.footprint;
  if (!footprint.known()) return missing;
  std::unordered_set<std::int64_t> seen;
  for (const NewPoint& point : points) seen.insert(point.source_id);
  for (const KnownSource& source : sources_.near(epoch.centre, footprint.radius_rad(), false)) {
    if (seen.count(source.id) != 0) continue;
    const double response = footprint.response_at(source.place.direction);
    if (!footprint.covers(response)) continue;
    NewPoint point;
    point.source_id = source.id;
    point.raw.kind = PointKind::missing;
    // Unknown without a blind search: what nobody looked for may be bright.
    point.raw.limit_jy = epoch.detection_sigma * epoch.rms_jy / response;
    point.reason = reason_of(epoch, source.discovered);
    missing.push_back(point);
  }
  return missing;
}

}  // namespace contimg::lightcurve
