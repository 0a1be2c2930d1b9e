// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/apply_set.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "ms/in_place.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;
using Json = nlohmann::ordered_json;

const std::string kApplication = std::string("contimg calibrate-ms ") + kVersion;

// The part of the record that says whether the same was applied before.
Json tables_of(const ApplyReport& report) {
  Json tables = Json::array();
  for (std::size_t i = 0; i < report.tables.size(); ++i)
    tables.push_back({{"path", report.tables[i]}, {"sha256", report.fingerprints[i]}});
  return tables;
}

bool says_the_same(const std::string& record, const ApplyReport& report, bool in_memory) {
  const Json said = Json::parse(record, nullptr, false);
  return said.is_object() && said.value("set", "") == report.set_name &&
         said.value("in_memory", false) == in_memory &&
         said.value("tables", Json()) == tables_of(report);
}

std::string absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

ms::AppliedRecord record_of(const ApplyReport& report, const ApplySettings& settings) {
  Json keyword = {{"calibrated", true},
                  {"set", report.set_name},
                  {"tables", tables_of(report)},
                  {"in_memory", settings.in_memory},
                  {"version", kVersion}};
  if (report.counts.n_visibility > 0) {
    const auto total = static_cast<double>(report.counts.n_visibility);
    keyword["flagged_before"] = static_cast<double>(report.counts.n_flagged_before) / total;
    keyword["flagged_after"] = static_cast<double>(report.counts.n_flagged_after) / total;
  }
  keyword.update(Json::parse(settings.details));
  ms::AppliedRecord record{keyword.dump(), kApplication, settings.command_line, {}};
  const std::string name = report.set_name.empty() ? "tables by hand" : "set " + report.set_name;
  record.history.push_back("calibration_applied: " + name + " " + settings.details);
  for (std::size_t i = 0; i < report.tables.size(); ++i)
    record.history.push_back("calibration_applied: table " + report.tables[i] + " sha256 " +
                             report.fingerprints[i]);
  return record;
}

void refuse_other_stage(const std::string& path, const std::string& unfinished) {
  if (unfinished.empty() || unfinished == kStage) return;
  throw DataError(path + ": the stage '" + unfinished +
                  "' was killed while it changed this set, expected a finished one; run that "
                  "stage again first");
}

// One run of apply_set().
class Application {
 public:
  Application(const std::string& path, const ApplySettings& settings)
      : path_(path), settings_(settings), lock_(path) {
    report_.ms_path = path;
    report_.set_name = settings.set_name;
  }

  ApplyReport run() {
    const Clock::time_point begin = Clock::now();
    {
      const ms::Reader set(path_, ms::Unfinished::accept);
      refuse_other_stage(path_, set.unfinished_stage());
      report_.repaired = !set.unfinished_stage().empty();
      report_.n_row = set.n_row();
      name_tables();
      report_.already_applied =
          !report_.repaired && !settings_.force &&
          says_the_same(set.keyword(ms::kAppliedKeyword), report_, settings_.in_memory);
      if (!report_.already_applied) apply(set);
    }
    report_.total_s = seconds_since(begin);
    return report_;
  }

 private:
  void name_tables() {
    if (settings_.tables.empty())
      throw UsageError(path_ + ": no calibration tables to apply, expected at least one");
    for (const std::string& table : settings_.tables) {
      report_.tables.push_back(absolute(table));
      report_.fingerprints.push_back(caltable::fingerprint(table));
    }
  }

  void apply(const ms::Reader& set) {
    const caltable::Calibration calibration(caltable::read_caltables(settings_.tables),
                                            set.description());
    report_.missing_antennas = calibration.missing_antennas();
    require_solutions(set, calibration);
    if (settings_.check) settings_.check();
    if (settings_.in_memory) return record_only();
    ms::keep_starting_flags(path_, set);
    ms::keep_sigma_spectrum(path_, kStage);
    const Clock::time_point begin = Clock::now();
    ms::CorrectedWriter writer(path_, kStage);
    caltable::BlockSettings blocks;
    blocks.n_thread = settings_.n_thread;
    report_.counts = caltable::for_each_corrected_block(
        path_, set, calibration, blocks,
        [&](const ms::CorrectedRows& rows) { write(writer, rows); });
    report_.read_s = seconds_since(begin) - report_.write_s;
    const Clock::time_point finish = Clock::now();
    writer.finish(record_of(report_, settings_));
    report_.write_s += seconds_since(finish);
  }

  // Of a table whose solutions all failed nothing would be left.
  void require_solutions(const ms::Reader& set, const caltable::Calibration& calibration) const {
    const ms::RowKeys keys = set.keys();
    if (keys.time_mjd_s.empty()) throw DataError(path_ + ": has no rows, expected some");
    const double middle_mjd_s = keys.time_mjd_s[keys.time_mjd_s.size() / 2];
    for (std::size_t w = 0; w < set.description().spectral_windows.size(); ++w) {
      const std::vector<std::uint8_t> flagged = calibration.at(middle_mjd_s, w).flagged;
      if (std::find(flagged.begin(), flagged.end(), 0) != flagged.end()) return;
    }
    throw DataError(path_ + ": no antenna has a solution in all of " + joined(report_.tables) +
                    ", expected some; solve again");
  }

  // Columns that a killed run left half changed would be taken for good ones.
  void record_only() {
    if (report_.repaired)
      throw DataError(path_ +
                      ": an earlier run was killed while it wrote CORRECTED_DATA, expected "
                      "a whole set; run calibrate-ms without --in-memory once");
    ms::record_applied(path_, kStage, record_of(report_, settings_));
  }

  void write(ms::CorrectedWriter& writer, const ms::CorrectedRows& rows) {
    const Clock::time_point begin = Clock::now();
    writer.put(rows);
    report_.write_s += seconds_since(begin);
    if (settings_.progress) settings_.progress(rows.first_row + rows.n_row, report_.n_row);
  }

  std::string path_;
  const ApplySettings& settings_;
  ms::SetLock lock_;
  ApplyReport report_;
};

}  // namespace

ApplyReport apply_set(const std::string& ms_path, const ApplySettings& settings) {
  return Application(ms_path, settings).run();
}

void mark_uncalibrated(const std::string& ms_path, const std::string& why,
                       const std::string& command_line) {
  const ms::SetLock lock(ms_path);
  refuse_other_stage(ms_path, ms::Reader(ms_path, ms::Unfinished::accept).unfinished_stage());
  const Json keyword = {
      {"calibrated", false}, {"science", false}, {"why", why}, {"version", kVersion}};
  ms::record_applied(ms_path, kStage,
                     {keyword.dump(),
                      kApplication,
                      command_line,
                      {"calibration_applied: none, not for science: " + why}});
}

std::string applied_record(const std::string& ms_path) {
  return ms::Reader(ms_path).keyword(ms::kAppliedKeyword);
}

bool is_applied(const std::string& ms_path, const std::string& set_name,
                const std::vector<std::string>& tables, bool in_memory) {
  const ms::Reader set(ms_path, ms::Unfinished::accept);
  if (!set.unfinished_stage().empty()) return false;
  const Json said = Json::parse(set.keyword(ms::kAppliedKeyword), nullptr, false);
  if (!said.is_object() || !said.value("calibrated", false) || said.value("set", "") != set_name ||
      said.value("in_memory", false) != in_memory || said["tables"].size() < tables.size())
    return false;
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (said["tables"][i]["path"] != absolute(tables[i])) return false;
  for (const Json& table : said["tables"]) {
    const std::string path = table["path"];
    if (!fs::is_directory(path) || caltable::fingerprint(path) != table["sha256"]) return false;
  }
  return true;
}

}  // namespace contimg::calibrate
