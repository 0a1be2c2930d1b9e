// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/sources.h"

#include <cmath>

#include "astro/constants.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;

constexpr std::int64_t kMostSightings = 100;

const std::string kColumns =
    "s.id, s.origin = 'discovered', s.ra_deg, s.dec_deg, s.ra_error_arcsec, s.dec_error_arcsec";

KnownSource known_source_from(const Statement& row) {
  KnownSource source;
  source.id = row.integer(0);
  source.discovered = row.integer(1) != 0;
  source.place.direction = {row.real(2) * kDegree, row.real(3) * kDegree};
  if (!row.is_null(4)) source.place.ra_error_rad = row.real(4) * kArcsec;
  if (!row.is_null(5)) source.place.dec_error_rad = row.real(5) * kArcsec;
  return source;
}

void bind_point(Statement& statement, int first, const astro::Direction& place) {
  bind_box(statement, first, place, 0);
}

}  // namespace

Sources::Sources(Database& db)
    : db_(db),
      named_(db, "SELECT " + kColumns +
                     " FROM source_name n JOIN source s ON s.id = n.source_id WHERE n.name = ?1"),
      near_(db, "SELECT " + kColumns +
                    " FROM source_place p CROSS JOIN source s ON s.id = p.id WHERE " +
                    std::string(kInBox) + " AND s.dormant <= ?7 ORDER BY s.id"),
      insert_(db,
              "INSERT INTO source (name, origin, ra_deg, dec_deg, ra_error_arcsec,"
              " dec_error_arcsec, catalogue_flux_jy, first_epoch_id)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      insert_place_(db, "INSERT INTO source_place VALUES (?7, ?1, ?2, ?3, ?4, ?5, ?6)"),
      insert_name_(db, "INSERT INTO source_name VALUES (?1, ?2)"),
      dormant_(db, "UPDATE source SET dormant = ?2 WHERE id = ?1 AND dormant <> ?2"),
      n_seen_(db, "SELECT n_blind FROM source WHERE id = ?1 AND origin = 'discovered'"),
      see_(db, "INSERT INTO sighting VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      unsee_(db, "DELETE FROM sighting WHERE source_id = ?1 AND epoch_id = ?2"),
      sightings_(db,
                 "SELECT ra_deg, dec_deg, ra_error_arcsec, dec_error_arcsec FROM sighting"
                 " WHERE source_id = ?1 ORDER BY epoch_id"),
      move_(db,
            "UPDATE source SET ra_deg = ?2, dec_deg = ?3, ra_error_arcsec = ?4,"
            " dec_error_arcsec = ?5, n_blind = ?6 WHERE id = ?1"),
      move_place_(db,
                  "UPDATE source_place SET x0 = ?1, x1 = ?2, y0 = ?3, y1 = ?4, z0 = ?5, z1 = ?6"
                  " WHERE id = ?7") {}

std::optional<KnownSource> Sources::named(const std::string& name) {
  std::optional<KnownSource> source;
  if (named_.bind(1, name).step()) source = known_source_from(named_);
  named_.reset();
  return source;
}

std::vector<KnownSource> Sources::near(const astro::Direction& centre, double radius_rad,
                                       bool with_dormant) {
  std::vector<KnownSource> sources;
  bind_box(near_, 1, centre, radius_rad);
  near_.bind(7, with_dormant);
  while (near_.step()) {
    const KnownSource source = known_source_from(near_);
    if (astro::separation_rad(source.place.direction, centre) <= radius_rad)
      sources.push_back(source);
  }
  near_.reset();
  return sources;
}

std::int64_t Sources::open(const MeasuredRow& row, const std::string& name, std::int64_t epoch_id) {
  std::string own = name;
  for (int i = 2; named(own); ++i) own = name + "#" + std::to_string(i);
  const astro::Direction& place = row.place.direction;
  insert_.bind(1, own).bind(2, row.forced ? "catalogue" : "discovered");
  insert_.bind(3, place.ra_rad / kDegree).bind(4, place.dec_rad / kDegree);
  insert_.bind(5, row.forced ? kUnknown : row.place.ra_error_rad / kArcsec);
  insert_.bind(6, row.forced ? kUnknown : row.place.dec_error_rad / kArcsec);
  insert_.bind(7, row.catalogue_flux_jy).bind(8, epoch_id).run();
  const std::int64_t id = db_.last_insert_rowid();
  bind_point(insert_place_, 1, place);
  insert_place_.bind(7, id).run();
  add_name(id, own);
  return id;
}

void Sources::add_name(std::int64_t id, const std::string& name) {
  insert_name_.bind(1, name).bind(2, id).run();
}

void Sources::set_dormant(std::int64_t id, bool dormant) {
  dormant_.bind(1, id).bind(2, dormant).run();
}

void Sources::see(std::int64_t id, std::int64_t epoch_id, const Place& place) {
  const bool counts = n_seen_.bind(1, id).step() && n_seen_.integer(0) < kMostSightings;
  n_seen_.reset();
  if (!counts) return;
  see_.bind(1, id).bind(2, epoch_id).bind(3, place.direction.ra_rad / kDegree);
  see_.bind(4, place.direction.dec_rad / kDegree).bind(5, place.ra_error_rad / kArcsec);
  see_.bind(6, place.dec_error_rad / kArcsec).run();
  improve(id);
}

void Sources::unsee(std::int64_t id, std::int64_t epoch_id) {
  unsee_.bind(1, id).bind(2, epoch_id).run();
  if (db_.changes() > 0) improve(id);
}

// From all sightings each time, so that it does not matter what was taken back in between.
void Sources::improve(std::int64_t id) {
  std::optional<astro::Direction> origin;
  double weight_east = 0, weight_north = 0;
  Offset sum;
  std::int64_t n = 0;
  sightings_.bind(1, id);
  for (; sightings_.step(); ++n) {
    const astro::Direction place = {sightings_.real(0) * kDegree, sightings_.real(1) * kDegree};
    if (!origin) origin = place;
    const Offset offset = offset_between(*origin, place);
    const double east = 1 / std::pow(sightings_.real(2) * kArcsec, 2);
    const double north = 1 / std::pow(sightings_.real(3) * kArcsec, 2);
    sum.east_rad += east * offset.east_rad;
    sum.north_rad += north * offset.north_rad;
    weight_east += east;
    weight_north += north;
  }
  sightings_.reset();
  if (!origin) {
    db_.execute("UPDATE source SET n_blind = 0 WHERE id = " + std::to_string(id));
    return;
  }
  Place mean;
  mean.direction = moved(*origin, {sum.east_rad / weight_east, sum.north_rad / weight_north});
  mean.ra_error_rad = 1 / std::sqrt(weight_east);
  mean.dec_error_rad = 1 / std::sqrt(weight_north);
  move_to(id, mean, n);
}

void Sources::move_to(std::int64_t id, const Place& place, std::int64_t n) {
  move_.bind(1, id).bind(2, place.direction.ra_rad / kDegree);
  move_.bind(3, place.direction.dec_rad / kDegree).bind(4, place.ra_error_rad / kArcsec);
  move_.bind(5, place.dec_error_rad / kArcsec).bind(6, n).run();
  bind_point(move_place_, 1, place.direction);
  move_place_.bind(7, id).run();
}

}  // namespace contimg::lightcurve
