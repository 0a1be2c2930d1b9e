// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/recorded.h"

#include <boost/filesystem.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/sha256.h"
#include "caltable/reader.h"
#include "ms/corrected.h"

namespace contimg::caltable {

namespace fs = boost::filesystem;

std::string fingerprint(const std::string& path) {
  if (!fs::is_directory(path))
    throw DataError(path + ": no such table, expected the folder of a calibration table");
  std::map<std::string, std::string> files;  // sorted: the order of a folder is anything
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    if (!fs::is_regular_file(entry.path()) || entry.path().filename() == "table.lock") continue;
    const std::string name = fs::relative(entry.path(), path).string();
    files[name] = sha256_of_file(entry.path().string());
  }
  std::string all;
  for (const auto& [name, sum] : files) all.append(sum).append("  ").append(name).append("\n");
  return sha256(all);
}

std::vector<NamedTable> read_caltables(const std::vector<std::string>& paths) {
  std::vector<NamedTable> tables;
  for (const std::string& path : paths) tables.push_back({path, read_caltable(path)});
  return tables;
}

Recorded recorded(const ms::Reader& set) {
  const std::string text = set.keyword(ms::kAppliedKeyword);
  Recorded record;
  if (text.empty()) return record;
  try {
    const nlohmann::json said = nlohmann::json::parse(text);
    record.known = true;
    record.calibrated = said.value("calibrated", false);
    record.in_memory = said.value("in_memory", false);
    record.set_name = said.value("set", "");
    record.why = said.value("why", "");
    for (const auto& table : said.value("tables", nlohmann::json::array())) {
      record.tables.push_back(table.at("path"));
      record.fingerprints.push_back(table.at("sha256"));
    }
  } catch (const nlohmann::json::exception& error) {
    throw DataError(set.path() + ": keyword " + ms::kAppliedKeyword + " is broken (" +
                    error.what() + "), expected what calibrate-ms writes; run it again");
  }
  return record;
}

Calibration recorded_calibration(const ms::Reader& set) {
  const Recorded record = recorded(set);
  if (!record.calibrated)
    throw DataError(set.path() +
                    ": not calibrated, expected what calibrate-ms records; run it first");
  for (std::size_t i = 0; i < record.tables.size(); ++i)
    if (fingerprint(record.tables[i]) != record.fingerprints[i])
      throw DataError(record.tables[i] + ": has changed since " + set.path() +
                      " was calibrated, expected the same table; run calibrate-ms again");
  return Calibration(read_caltables(record.tables), set.description());
}

}  // namespace contimg::caltable
