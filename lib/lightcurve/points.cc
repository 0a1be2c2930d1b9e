// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/points.h"

#include <unordered_map>

namespace contimg::lightcurve {
namespace {

constexpr unsigned kSevenBits = 0x7f, kMore = 0x80;

}  // namespace

std::string packed(const std::vector<std::int64_t>& rising) {
  std::string bytes;
  std::int64_t last = 0;
  for (const std::int64_t id : rising) {
    auto rest = static_cast<std::uint64_t>(id - last);
    last = id;
    for (; rest > kSevenBits; rest >>= 7)
      bytes.push_back(static_cast<char>((rest & kSevenBits) | kMore));
    bytes.push_back(static_cast<char>(rest));
  }
  return bytes;
}

std::vector<std::int64_t> unpacked(const std::string& bytes) {
  std::vector<std::int64_t> ids;
  std::int64_t last = 0;
  std::uint64_t value = 0;
  int shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    value |= static_cast<std::uint64_t>(byte & kSevenBits) << shift;
    shift += 7;
    if ((byte & kMore) != 0) continue;
    last += static_cast<std::int64_t>(value);
    ids.push_back(last);
    value = 0;
    shift = 0;
  }
  return ids;
}

Scale scale_from(const Statement& row, int first) {
  Scale scale;
  scale.mjd = row.real(first);
  scale.gain.reason = row.text(first + 3);
  if (row.is_null(first + 1)) {
    if (scale.gain.reason.empty()) scale.gain.reason = "not normalised";
    return scale;
  }
  scale.gain.gain = row.real(first + 1);
  scale.gain.error = row.real(first + 2);
  return scale;
}

RawPoint point_from(const Statement& row, int first) {
  RawPoint point;
  point.kind = static_cast<PointKind>(row.integer(first));
  point.flux_jy = row.real(first + 1);
  point.error_jy = row.real(first + 2);
  point.limit_jy = row.real(first + 3);
  point.flags = static_cast<std::uint32_t>(row.integer(first + 4));
  return point;
}

Points::Points(Database& db)
    : db_(db),
      insert_(db, "INSERT INTO point VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      delete_(db, "DELETE FROM point WHERE season = ?1 AND source_id = ?2 AND epoch_id = ?3"),
      season_(db, "INSERT OR IGNORE INTO season VALUES (?1)"),
      of_source_(
          db,
          "SELECT p.epoch_id, p.kind, p.flux_jy, p.error_jy, p.limit_jy, p.flags, e.mid_mjd,"
          " e.gain, e.gain_error, e.gain_reason FROM season s CROSS JOIN point p ON p.season ="
          " s.season AND p.source_id = ?1 CROSS JOIN epoch e ON e.id = p.epoch_id"
          " ORDER BY s.season"),
      sources_(db, "SELECT sources FROM footprint WHERE epoch_id = ?1"),
      set_sources_(db, "UPDATE footprint SET sources = ?2 WHERE epoch_id = ?1"),
      find_reason_(db, "SELECT id FROM reason WHERE text = ?1"),
      add_reason_(db, "INSERT INTO reason (text) VALUES (?1)") {}

std::int64_t Points::reason_id(const std::string& text) {
  find_reason_.bind(1, text);
  const bool known = find_reason_.step();
  std::int64_t id = known ? find_reason_.integer(0) : 0;
  find_reason_.reset();
  if (!known) {
    add_reason_.bind(1, text).run();
    id = db_.last_insert_rowid();
  }
  return id;
}

void Points::insert(std::int64_t epoch_id, int season, const std::vector<NewPoint>& points) {
  season_.bind(1, season).run();
  std::unordered_map<std::string, std::int64_t> reasons;
  std::vector<std::int64_t> ids;
  for (const NewPoint& point : points) {
    insert_.bind(1, season).bind(2, point.source_id).bind(3, epoch_id);
    insert_.bind(4, static_cast<int>(point.raw.kind)).bind(5, point.raw.flux_jy);
    insert_.bind(6, point.raw.error_jy).bind(7, point.raw.limit_jy);
    insert_.bind(8, static_cast<std::int64_t>(point.raw.flags)).bind_null(9);
    if (!point.reason.empty()) {
      const auto [entry, is_new] = reasons.try_emplace(point.reason, 0);
      if (is_new) entry->second = reason_id(point.reason);
      insert_.bind(9, entry->second);
    }
    insert_.run();
    ids.push_back(point.source_id);
  }
  set_sources_.bind(1, epoch_id).bind_blob(2, packed(ids)).run();
}

std::vector<std::int64_t> Points::remove(std::int64_t epoch_id, int season) {
  std::vector<std::int64_t> ids;
  if (sources_.bind(1, epoch_id).step()) ids = unpacked(sources_.blob(0));
  sources_.reset();
  for (const std::int64_t id : ids) delete_.bind(1, season).bind(2, id).bind(3, epoch_id).run();
  set_sources_.bind(1, epoch_id).bind_blob(2, "").run();
  return ids;
}

std::vector<Points::Row> Points::of_source(std::int64_t source_id) {
  std::vector<Row> rows;
  of_source_.bind(1, source_id);
  while (of_source_.step())
    rows.push_back({of_source_.integer(0), point_from(of_source_, 1), scale_from(of_source_, 6)});
  of_source_.reset();
  return rows;
}

}  // namespace contimg::lightcurve
