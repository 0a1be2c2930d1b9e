// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/form_groups.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "astro/epoch.h"
#include "group/former.h"
#include "group/matching.h"

namespace contimg::group {
namespace {

using queue::FileRecord;

std::string missing_text(const std::vector<int>& missing) {
  std::string text;
  for (const int subband : missing)
    text += (text.empty() ? "sb" : ", sb") + std::string(subband < 10 ? "0" : "") +
            std::to_string(subband);
  return text;
}

}  // namespace

std::string incomplete_reason(const Assessment& assessment) {
  std::string text = "missing subbands: " + missing_text(assessment.missing);
  for (const Member& member : assessment.files) {
    if (member.role != Role::bad) continue;
    const std::string& path = member.file.path;
    const bool named = member.reason.find(path) != std::string::npos;
    text += "; " + (named ? member.reason : path + ": " + member.reason);
  }
  return text;
}

std::vector<CalibratorMatch> classify(const Assessment& assessment, const FormSettings& settings,
                                      const astro::EarthOrientation& earth) {
  Pointing pointing;
  double low_hz = std::numeric_limits<double>::max();
  double high_hz = 0;
  for (const Member& member : assessment.files) {
    if (member.role != Role::member) continue;
    low_hz = std::min(low_hz, member.file.low_edge_hz);
    high_hz = std::max(high_hz, member.file.high_edge_hz);
    if (member.file.n_time > pointing.header.n_time) pointing.header = member.file;
  }
  if (high_hz <= 0) return {};
  pointing.centre_frequency_hz = 0.5 * (low_hz + high_hz);
  return match_calibrators(pointing, skymodel::primary_calibrators(), earth, settings.classify);
}

void log_odd_files(const Assessment& assessment) {
  for (const Member& member : assessment.files)
    if (member.role != Role::member)
      spdlog::warn("{}: {} is {}: {}", assessment.group_id, member.file.path,
                   role_name(member.role), member.reason);
}

namespace {

/// Numbers files whose names and frequencies do not say which subband they are: the highest is 0.
void number_by_frequency(std::vector<FileRecord>& files) {
  for (const FileRecord& file : files)
    if (file.subband >= 0) return;
  std::stable_sort(files.begin(), files.end(), [](const FileRecord& a, const FileRecord& b) {
    return a.centre_hz() > b.centre_hz();
  });
  int subband = 0;
  for (FileRecord& file : files)
    if (file.has_header) file.subband = subband++;
}

}  // namespace

FormReport form_groups(queue::GroupLedger& ledger, const FormSettings& settings,
                       const astro::EarthOrientation& earth, double now_unix_s) {
  Former former(ledger, settings, earth, now_unix_s);
  while (former.group_batch()) {
  }
  former.settle_waiting();
  return former.take_report();
}

std::vector<GroupReport> group_files(const std::vector<FileRecord>& files,
                                     const FormSettings& settings,
                                     const astro::EarthOrientation& earth) {
  const auto assignment = match_files(files, {}, std::numeric_limits<double>::infinity());
  std::map<std::size_t, std::vector<FileRecord>> members;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (assignment[i])
      members[*assignment[i]].push_back(files[i]);
    else
      spdlog::warn("{}: belongs to no group: {}", files[i].path, files[i].reason);
  }
  std::vector<GroupReport> reports;
  for (auto& [index, group] : members) {
    number_by_frequency(group);
    GroupReport report;
    report.assessment = assess(std::move(group), settings.expected_subbands);
    if (report.assessment.group_id.empty())
      report.assessment.group_id =
          astro::format_stamp(astro::mjd_s_from_unix_s(report.assessment.first_time_unix_s));
    log_odd_files(report.assessment);
    report.calibrators = classify(report.assessment, settings, earth);
    report.state = report.assessment.complete() ? "pending" : "collecting";
    if (!report.assessment.complete()) report.reason = incomplete_reason(report.assessment);
    reports.push_back(std::move(report));
  }
  std::sort(reports.begin(), reports.end(), [](const GroupReport& a, const GroupReport& b) {
    return std::tie(a.assessment.first_time_unix_s, a.assessment.group_id) <
           std::tie(b.assessment.first_time_unix_s, b.assessment.group_id);
  });
  return reports;
}

std::string to_json(const GroupReport& report) {
  const Assessment& assessment = report.assessment;
  nlohmann::json files = nlohmann::json::array();
  nlohmann::json duplicates = nlohmann::json::array();
  for (const Member& member : assessment.files) {
    files.push_back({{"path", member.file.path},
                     {"subband", member.file.subband},
                     {"role", role_name(member.role)},
                     {"reason", member.reason}});
    if (member.role == Role::duplicate) duplicates.push_back(member.file.path);
  }
  const nlohmann::json object = {
      {"stage", "form-groups"},
      {"group_id", assessment.group_id},
      {"state", report.state},
      {"n_subbands", assessment.n_subband()},
      {"missing", assessment.missing},
      {"duplicates", duplicates},
      {"files", files},
      {"first_time", astro::format_time(astro::mjd_s_from_unix_s(assessment.first_time_unix_s))},
      {"has_calibrator", !report.calibrators.empty()},
      {"calibrators", nlohmann::json::parse(calibrators_json(report.calibrators))},
      {"reason", report.reason}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_json(const LateFile& late) {
  const nlohmann::json object = {{"stage", "form-groups"},
                                 {"group_id", late.group_id},
                                 {"late_file", late.path},
                                 {"reason", late.reason}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace contimg::group
