// SPDX-License-Identifier: GPL-3.0-or-later
// What is told of calibration: sets with tables and history, tables, what a group was calibrated with.
#include "base/clock.h"
#include "queue/report.h"
#include "status/answers.h"

namespace contimg::status {
namespace {

Json utc_of_mjd(const Statement& row, int column) {
  return row.is_null(column) ? Json() : utc_text((row.real(column) - kUnixEpoch_mjd) * kDay_s);
}

constexpr const char* kSetColumns =
    "SELECT id, name, version, state, state_reason, solved_mjd, valid_from_mjd, valid_until_mjd,"
    " dec_deg, calibrator, flux_jy, refant, verdict, quality, created_at, activated_at, group_id,"
    " invalid FROM calibration_set ";

Json set_row(const Statement& row) {
  const auto text = [&](int column) {
    return row.is_null(column) ? Json() : Json(row.text(column));
  };
  return {{"id", row.integer(0)},
          {"name", row.text(1)},
          {"version", row.integer(2)},
          {"state", row.text(3)},
          {"state_reason", row.text(4)},
          {"solved_at", utc_of_mjd(row, 5)},
          {"valid_from", utc_of_mjd(row, 6)},
          {"valid_until", utc_of_mjd(row, 7)},
          {"dec_deg", finite(row.real(8))},
          {"calibrator", text(9)},
          {"flux_jy", finite(row.real(10))},
          {"refant", text(11)},
          {"verdict", text(12)},
          {"quality", Json::parse(row.text(13), nullptr, false)},
          {"created_at", utc_text(row.real(14))},
          {"activated_at", row.is_null(15) ? Json() : utc_text(row.real(15))},
          {"group_id", text(16)},
          {"invalid", row.integer(17) != 0}};
}

}  // namespace

Json calibration_sets(Reader& reader, const std::string& state, int limit) {
  Statement& rows = reader.prepared(std::string(kSetColumns) +
                                    "WHERE ?1 = '' OR state = ?1 ORDER BY id DESC LIMIT ?2");
  rows.bind(1, state).bind(2, limit);
  Json list = Json::array();
  while (rows.step()) list.push_back(set_row(rows));
  return list;
}

Json calibration_set(Reader& reader, std::int64_t id) {
  Statement& row = reader.prepared(std::string(kSetColumns) + "WHERE id = ?1");
  if (!row.bind(1, id).step()) throw Refused(404, "there is no such calibration set", "id");
  Json set = set_row(row);
  row.reset();
  Statement& tables = reader.prepared(
      "SELECT order_index, table_type, path FROM calibration_table WHERE set_id = ?1"
      " ORDER BY order_index");
  tables.bind(1, id);
  set["tables"] = queue::rows(tables);
  Statement& past = reader.prepared(
      "SELECT \"from\", \"to\", at, actor, reason FROM calibration_history WHERE set_id = ?1"
      " ORDER BY id");
  past.bind(1, id);
  set["history"] = Json::array();
  while (past.step())
    set["history"].push_back({{"from", past.is_null(0) ? Json() : Json(past.text(0))},
                              {"to", past.text(1)},
                              {"at", utc_text(past.real(2))},
                              {"actor", past.text(3)},
                              {"reason", past.is_null(4) ? Json() : Json(past.text(4))}});
  Statement& uses = reader.prepared("SELECT count(*) FROM calibration_use WHERE set_id = ?1");
  uses.bind(1, id).step();
  set["n_group"] = uses.integer(0);
  uses.reset();
  return set;
}

Json calibration_table(Reader& reader, const std::string& path) {
  Statement& row = reader.prepared(
      "SELECT path, table_type, set_name, cal_field, refant, created_at, source_ms_path, status,"
      " notes, set_id FROM caltables WHERE path = ?1 OR path = '/' || ?1 ORDER BY created_at DESC"
      " LIMIT 1");
  if (!row.bind(1, path).step())
    throw Refused(404, "no calibration table of this path is recorded", "path");
  const auto text = [&](int column) {
    return row.is_null(column) ? Json() : Json(row.text(column));
  };
  Json table = {{"path", row.text(0)},       {"table_type", row.text(1)},
                {"set_name", row.text(2)},   {"cal_field", text(3)},
                {"refant", text(4)},         {"created_at", utc_text(row.real(5))},
                {"source_ms_path", text(6)}, {"status", row.text(7)},
                {"notes", text(8)},          {"set_id", row.integer(9)}};
  row.reset();
  return table;
}

Json calibration_applied(Reader& reader, const std::string& group_id) {
  Statement& row = reader.prepared(
      "SELECT u.set_id, s.name, s.version, s.state, u.applied_at, u.quality, u.success, u.ms_path"
      " FROM calibration_use u LEFT JOIN calibration_set s ON s.id = u.set_id WHERE u.group_id = "
      "?1");
  if (!row.bind(1, group_id).step())
    throw Refused(404, group_id + ": no calibration of this group is recorded", "group_id");
  Json use = {{"group_id", group_id},
              {"set_id", row.is_null(0) ? Json() : Json(row.integer(0))},
              {"set_name", row.is_null(1) ? Json() : Json(row.text(1))},
              {"set_version", row.is_null(2) ? Json() : Json(row.integer(2))},
              {"set_state", row.is_null(3) ? Json() : Json(row.text(3))},
              {"applied_at", utc_text(row.real(4))},
              {"quality", row.text(5)},
              {"success", row.integer(6) != 0},
              {"ms_path", row.is_null(7) ? Json() : Json(row.text(7))}};
  row.reset();
  return use;
}

std::string calibration_picture(Reader& reader, std::int64_t id) {
  Statement& row = reader.prepared(
      "SELECT path FROM calibration_table WHERE set_id = ?1 ORDER BY order_index LIMIT 1");
  if (!row.bind(1, id).step()) throw Refused(404, "there is no such calibration set", "id");
  const std::string path = row.text(0);
  row.reset();
  const std::size_t dot = path.rfind('.');
  return (dot == std::string::npos ? path : path.substr(0, dot)) + ".png";
}

}  // namespace contimg::status
