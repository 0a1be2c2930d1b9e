// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/curve.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "astro/constants.h"
#include "lightcurve/footprint.h"
#include "lightcurve/place.h"
#include "lightcurve/points.h"
#include "lightcurve/store.h"

namespace contimg::lightcurve {
namespace {

using astro::kArcsec;
using astro::kDegree;

const std::string kSourceColumns =
    "s.id, s.name, s.origin, s.ra_deg, s.dec_deg, s.ra_error_arcsec, s.dec_error_arcsec,"
    " s.catalogue_flux_jy";
constexpr int kAfterSource = 8;

const std::string kEpochColumns =
    "e.id, e.group_id, e.mid_mjd, e.gain, e.gain_error, e.gain_reason, e.image_path, e.verdict,"
    " e.calibration_set";
constexpr int kAfterEpoch = 9;

Source source_from(const Statement& row) {
  Source source;
  source.id = row.integer(0);
  source.name = row.text(1);
  source.origin = row.text(2);
  source.position = {row.real(3) * kDegree, row.real(4) * kDegree};
  source.ra_error_rad = row.real(5) * kArcsec;
  source.dec_error_rad = row.real(6) * kArcsec;
  source.catalogue_flux_jy = row.real(7);
  return source;
}

std::vector<std::string> names_of(Database& db, const Source& source) {
  std::vector<std::string> names = {source.name};
  Statement found(db,
                  "SELECT name FROM source_name WHERE source_id = ?1 AND name <> ?2 ORDER BY name");
  found.bind(1, source.id).bind(2, source.name);
  while (found.step()) names.push_back(found.text(0));
  return names;
}

// What the epoch says of a point.
CurvePoint point_of_epoch(const Statement& row) {
  CurvePoint point;
  point.epoch_id = row.integer(0);
  point.group_id = row.text(1);
  point.mjd = row.real(2);
  point.gain = row.real(3);
  point.gain_error = row.real(4);
  point.gain_reason = row.text(5);
  point.image_path = row.text(6);
  point.verdict = row.text(7);
  point.calibration_set = row.text(8);
  return point;
}

const char* kind_name(PointKind kind) {
  switch (kind) {
    case PointKind::forced:
      return "forced";
    case PointKind::blind:
      return "blind";
    case PointKind::missing:
      break;
  }
  return "missing";
}

void add_points(Database& db, std::int64_t id, const LightcurveSettings& settings,
                std::vector<CurvePoint>& points) {
  Statement found(db,
                  "SELECT " + kEpochColumns +
                      ", p.kind, p.flux_jy, p.error_jy, p.limit_jy, p.flags, r.text FROM season s"
                      " CROSS JOIN point p ON p.season = s.season AND p.source_id = ?1"
                      " CROSS JOIN epoch e ON e.id = p.epoch_id LEFT JOIN reason r ON r.id ="
                      " p.reason_id");
  found.bind(1, id);
  while (found.step()) {
    CurvePoint point = point_of_epoch(found);
    const RawPoint raw = point_from(found, kAfterEpoch);
    const Scale scale = scale_from(found, 2);
    const double gain = std::isfinite(point.gain) ? point.gain : 1;
    point.kind = kind_name(raw.kind);
    point.raw_flux_jy = raw.flux_jy;
    point.raw_error_jy = raw.error_jy;
    point.limit_jy = raw.limit_jy / gain;
    point.flags = raw.flags;
    point.usable = raw.usable();
    point.reason = found.text(kAfterEpoch + 5);
    if (std::isfinite(raw.flux_jy)) {
      const variability::Point normal = normalised(raw, scale, settings);
      point.flux_jy = normal.flux_jy;
      point.error_jy = normal.error_jy;
    }
    points.push_back(point);
  }
}

// Epochs that cover the place and have no point of the source.
void add_before(Database& db, const Source& source, std::vector<CurvePoint>& points) {
  std::unordered_set<std::int64_t> known;
  for (const CurvePoint& point : points) known.insert(point.epoch_id);
  Statement found(db,
                  "SELECT " + kEpochColumns +
                      ", e.ra_deg, e.dec_deg, e.rms_jy, e.detection_sigma FROM epoch_place p CROSS"
                      " JOIN epoch e ON e.id = p.id WHERE " +
                      kInBox + " AND e.state = 'joined'");
  Statement seen(db,
                 "SELECT min_beam, response_step_deg, response FROM footprint WHERE epoch_id = ?1");
  bind_box(found, 1, source.position, 0);
  while (found.step()) {
    CurvePoint point = point_of_epoch(found);
    if (known.count(point.epoch_id) != 0) continue;
    if (!seen.bind(1, point.epoch_id).step()) continue;
    const Footprint footprint(
        {found.real(kAfterEpoch) * kDegree, found.real(kAfterEpoch + 1) * kDegree}, seen.real(0),
        seen.real(1), seen.blob(2), point.group_id);
    seen.reset();
    const double response = footprint.response_at(source.position);
    if (!footprint.covers(response)) continue;
    const double sigma = found.real(kAfterEpoch + 3);
    const double gain = std::isfinite(point.gain) ? point.gain : 1;
    point.kind = "before";
    point.limit_jy = sigma * found.real(kAfterEpoch + 2) / response / gain;
    point.reason = std::isfinite(sigma) ? "joined before the source was known: not detected by the "
                                          "blind search"
                                        : "joined before the source was known: no blind search";
    points.push_back(point);
  }
}

}  // namespace

Curves::Curves(const std::string& path) : database_(open_reading(path)) {}

std::optional<Source> Curves::source(std::int64_t id) {
  Statement found(database_, "SELECT " + kSourceColumns + " FROM source s WHERE s.id = ?1");
  if (!found.bind(1, id).step()) return {};
  Source source = source_from(found);
  source.names = names_of(database_, source);
  return source;
}

std::optional<Source> Curves::find(const std::string& name) {
  Statement found(database_, "SELECT source_id FROM source_name WHERE name = ?1");
  if (found.bind(1, name).step()) return source(found.integer(0));
  const bool by_id = name.size() > 1 && name.size() < 19 && name.front() == '#' &&
                     name.find_first_not_of("0123456789", 1) == std::string::npos;
  if (by_id) return source(std::stoll(name.substr(1)));
  return {};
}

std::vector<SourceMatch> Curves::cone(const astro::Direction& centre, double radius_rad,
                                      std::size_t most) {
  Statement found(database_, "SELECT " + kSourceColumns +
                                 " FROM source_place p CROSS JOIN source s ON s.id = p.id WHERE " +
                                 kInBox);
  bind_box(found, 1, centre, radius_rad);
  std::vector<SourceMatch> matches;
  while (found.step()) {
    SourceMatch match;
    match.source = source_from(found);
    match.separation_rad = astro::separation_rad(match.source.position, centre);
    if (match.separation_rad <= radius_rad) matches.push_back(match);
  }
  std::sort(matches.begin(), matches.end(), [](const SourceMatch& a, const SourceMatch& b) {
    return a.separation_rad < b.separation_rad;
  });
  if (matches.size() > most) matches.resize(most);
  for (SourceMatch& match : matches) match.source.names = names_of(database_, match.source);
  return matches;
}

std::vector<CurvePoint> Curves::curve_of(std::int64_t source_id, bool before) {
  std::vector<CurvePoint> points;
  add_points(database_, source_id, kept_errors(database_, {}), points);
  if (before)
    if (const auto known = source(source_id)) add_before(database_, *known, points);
  std::sort(points.begin(), points.end(),
            [](const CurvePoint& a, const CurvePoint& b) { return a.mjd < b.mjd; });
  return points;
}

variability::Figures Curves::figures(std::int64_t source_id) {
  Statement found(database_, std::string("SELECT ") + kSumsColumns +
                                 " FROM source_statistics WHERE source_id = ?1");
  if (!found.bind(1, source_id).step()) return {};
  return variability::figures_of(sums_from(found, 0));
}

std::vector<RecordedCandidate> Curves::candidates() {
  Statement found(database_,
                  "SELECT " + kSourceColumns +
                      ", c.kind, c.reason, c.significance, c.since_mjd, c.until_mjd, c.depth,"
                      " " +
                      kSumsColumns +
                      " FROM candidate c JOIN source s ON s.id = c.source_id JOIN"
                      " source_statistics t ON t.source_id = s.id ORDER BY c.significance"
                      " DESC, s.id, c.kind");
  std::vector<RecordedCandidate> candidates;
  while (found.step()) {
    RecordedCandidate candidate;
    candidate.source = source_from(found);
    candidate.source.names = names_of(database_, candidate.source);
    candidate.kind = found.text(kAfterSource);
    candidate.reason = found.text(kAfterSource + 1);
    candidate.significance = found.real(kAfterSource + 2);
    candidate.since_mjd = found.real(kAfterSource + 3);
    candidate.until_mjd = found.real(kAfterSource + 4);
    candidate.depth = found.real(kAfterSource + 5);
    candidate.figures = variability::figures_of(sums_from(found, kAfterSource + 6));
    candidates.push_back(candidate);
  }
  return candidates;
}

std::vector<FieldRow> Curves::field(std::size_t min_points) {
  Statement found(database_,
                  "SELECT " + kSourceColumns +
                      ", t.n_missing, t.n_flagged, EXISTS (SELECT 1 FROM candidate c WHERE"
                      " c.source_id = s.id), " +
                      kSumsColumns +
                      " FROM source_statistics t JOIN source s ON s.id = t.source_id"
                      " WHERE t.n >= ?1 ORDER BY s.id");
  found.bind(1, min_points);
  std::vector<FieldRow> rows;
  while (found.step()) {
    FieldRow row;
    row.source = source_from(found);
    row.n_missing = static_cast<std::size_t>(found.integer(kAfterSource));
    row.n_flagged = static_cast<std::size_t>(found.integer(kAfterSource + 1));
    row.candidate = found.integer(kAfterSource + 2) != 0;
    row.figures = variability::figures_of(sums_from(found, kAfterSource + 3));
    rows.push_back(row);
  }
  return rows;
}

}  // namespace contimg::lightcurve
