// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/rows.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace contimg::registry {

const char* const kSetColumns =
    "s.id, s.name, s.version, s.state, s.state_reason, s.invalid, s.group_id, s.ms_path,"
    " s.solved_mjd, s.solved_from_mjd, s.solved_until_mjd, s.valid_from_mjd, s.valid_until_mjd,"
    " s.dec_deg, s.calibrator, s.flux_jy, s.frequency_hz, s.flux_source, s.refant, s.antennas,"
    " s.software_version, s.verdict, s.quality, s.override_reason, s.created_at,"
    " s.low_edge_hz, s.high_edge_hz, s.n_channel";

CalibrationSet read_set(const Statement& row) {
  CalibrationSet set;
  set.id = row.integer(0);
  set.name = row.text(1);
  set.version = static_cast<int>(row.integer(2));
  set.state = state_from(row.text(3));
  set.state_reason = row.text(4);
  set.invalid = row.integer(5) != 0;
  set.group_id = row.text(6);
  set.ms_path = row.text(7);
  set.solved_mjd = row.real(8);
  set.solved_from_mjd = row.real(9);
  set.solved_until_mjd = row.real(10);
  set.valid_from_mjd = row.real(11);
  set.valid_until_mjd = row.real(12);
  set.dec_deg = row.real(13);
  set.calibrator = row.text(14);
  set.flux_jy = row.is_null(15) ? 0 : row.real(15);
  set.frequency_hz = row.is_null(16) ? 0 : row.real(16);
  set.flux_source = row.text(17);
  set.refant = row.text(18);
  set.antennas = nlohmann::json::parse(row.text(19)).get<std::vector<std::string>>();
  set.software_version = row.text(20);
  set.verdict = row.text(21);
  set.quality = row.text(22);
  set.override_reason = row.text(23);
  set.created_at_unix_s = row.real(24);
  set.low_edge_hz = row.real(25);
  set.high_edge_hz = row.real(26);
  set.n_channel = static_cast<int>(row.integer(27));
  return set;
}

void read_table_paths(Database& db, CalibrationSet& set) {
  set.tables.clear();
  for (auto& [path, sum] : recorded_tables(db, set.id)) set.tables.push_back(path);
}

std::vector<std::pair<std::string, std::string>> recorded_tables(Database& db,
                                                                 std::int64_t set_id) {
  Statement query(
      db, "SELECT path, fingerprint FROM calibration_table WHERE set_id = ? ORDER BY order_index");
  query.bind(1, set_id);
  std::vector<std::pair<std::string, std::string>> tables;
  while (query.step()) tables.emplace_back(query.text(0), query.text(1));
  return tables;
}

std::vector<CalibrationSet> select_sets(Database& db, const std::string& where,
                                        const std::optional<std::string>& value) {
  Statement query(db, std::string("SELECT ") + kSetColumns + " FROM calibration_set s WHERE " +
                          where + " ORDER BY s.solved_mjd, s.id");
  if (value) query.bind(1, *value);
  std::vector<CalibrationSet> sets;
  while (query.step()) sets.push_back(read_set(query));
  for (CalibrationSet& set : sets) read_table_paths(db, set);
  return sets;
}

std::string fixed(double value, int decimals) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

}  // namespace contimg::registry
