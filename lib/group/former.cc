// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/former.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "astro/epoch.h"
#include "base/stop.h"

namespace contimg::group {
namespace {

using queue::FileRecord;
using queue::FileState;
using queue::Group;
using queue::GroupState;

/// One transaction's worth: 256 groups, well under a second.
constexpr int kBatch = 4096;
/// Files further apart than this share no group, whether by header or by stamp.
constexpr double kNeighbourhood_s = 3600;

double time_of(const FileRecord& file) {
  return has_sound_header(file) ? file.first_time_unix_s : file.stamp_unix_s;
}

std::string numbers_text(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

/// Puts what the files say into the group's row.
void describe(const Assessment& assessment, Group& group) {
  group.group_id = assessment.group_id;
  for (const Member& member : assessment.files)
    if (member.role == Role::member) group.pointing_dec_rad = member.file.pointing_dec_rad;
  group.first_time_unix_s = assessment.first_time_unix_s;
  group.last_time_unix_s = assessment.last_time_unix_s;
  group.integration_time_s = assessment.integration_time_s;
  group.n_subbands = assessment.n_subband();
  group.missing_subbands = numbers_text(assessment.missing);
}

std::vector<queue::GroupFile> group_files_of(const Assessment& assessment) {
  std::vector<queue::GroupFile> files;
  for (const Member& member : assessment.files)
    files.push_back({member.file.path, member.file.subband, role_name(member.role), member.reason});
  return files;
}

}  // namespace

std::vector<Group> Former::neighbours(const std::vector<FileRecord>& files) {
  std::vector<double> times;
  for (const FileRecord& file : files)
    if (time_of(file) > 0) times.push_back(time_of(file));
  std::sort(times.begin(), times.end());
  std::vector<Group> rows;
  for (std::size_t i = 0; i < times.size();) {
    std::size_t last = i;
    while (last + 1 < times.size() && times[last + 1] - times[last] <= 2 * kNeighbourhood_s) ++last;
    const auto found = ledger_.between(times[i] - kNeighbourhood_s, times[last] + kNeighbourhood_s);
    rows.insert(rows.end(), found.begin(), found.end());
    i = last + 1;
  }
  return rows;
}

Window Former::window_of_row(const Group& row) {
  Window window;
  window.first_time_unix_s = row.first_time_unix_s;
  window.last_time_unix_s = row.last_time_unix_s;
  window.integration_time_s = row.integration_time_s;
  for (const FileRecord& file : ledger_.files_of(row.group_id)) {
    if (file.stamp_unix_s > 0) window.stamps_unix_s.push_back(file.stamp_unix_s);
    if (has_sound_header(file)) window.telescope_name = file.telescope_name;
  }
  return window;
}

bool Former::group_batch() {
  check_stop();
  Transaction transaction = ledger_.transaction();
  std::vector<FileRecord> files =
      ledger_.files_to_group(kBatch + static_cast<int>(waiting_.size()));
  std::vector<FileRecord> to_place;
  for (FileRecord& file : files)
    if (!waiting_.count(file.path)) to_place.push_back(std::move(file));
  if (to_place.empty()) return false;
  place(to_place);
  transaction.commit();
  return true;
}

void Former::place(const std::vector<FileRecord>& files) {
  // A file that has become unsound stays where it was: only a header can prove it elsewhere.
  std::map<std::string, std::vector<FileRecord>> staying;
  std::vector<FileRecord> looking;
  for (const FileRecord& file : files) {
    if (!file.group_id.empty() && !has_sound_header(file))
      staying[file.group_id].push_back(file);
    else if (file.state == FileState::vanished)
      ledger_.mark_grouped(file.path);
    else
      looking.push_back(file);
  }
  for (const auto& [group_id, members] : staying)
    if (const Row row = ledger_.find(group_id)) join(row, members);

  const std::vector<Group> rows = neighbours(looking);
  std::vector<Window> windows;
  for (const Group& row : rows) windows.push_back(window_of_row(row));
  const auto assignment =
      match_files(looking, std::move(windows), now_unix_s_ - settings_.collecting_timeout_s);
  std::map<std::size_t, std::vector<FileRecord>> newcomers;
  for (std::size_t i = 0; i < looking.size(); ++i) {
    if (assignment[i])
      newcomers[*assignment[i]].push_back(looking[i]);
    else if (looking[i].stamp_unix_s > 0)
      waiting_.insert(looking[i].path);
    else
      ledger_.mark_grouped(looking[i].path);
  }
  for (const auto& [index, members] : newcomers)
    join(index < rows.size() ? Row(rows[index]) : std::nullopt, members);
}

/// Takes a file out of the group that it was in, because its header now says another.
void Former::leave(const FileRecord& file) {
  const Row group = ledger_.find(file.group_id);
  if (!group || group->state != GroupState::collecting) return;
  std::vector<FileRecord> others = ledger_.files_of(file.group_id);
  others.erase(std::remove_if(others.begin(), others.end(),
                              [&](const FileRecord& other) { return other.path == file.path; }),
               others.end());
  if (others.empty())
    return ledger_.fail(group->group_id, "its only file belongs to another group", now_unix_s_);
  GroupReport report;
  report.assessment = assess(std::move(others), settings_.expected_subbands);
  write(group, report);
  keep(std::move(report));
}

void Former::join(const Row& existing, const std::vector<FileRecord>& newcomers) {
  const bool open = !existing || existing->state == GroupState::collecting ||
                    existing->state == GroupState::pending;
  if (!open) return join_late(*existing, newcomers);
  for (const FileRecord& file : newcomers)
    if (!file.group_id.empty() && (!existing || file.group_id != existing->group_id)) leave(file);
  std::map<std::string, FileRecord> files;
  if (existing)
    for (FileRecord& file : ledger_.files_of(existing->group_id)) files[file.path] = file;
  for (const FileRecord& file : newcomers) files[file.path] = file;
  std::vector<FileRecord> all;
  for (const auto& [path, file] : files) all.push_back(file);

  GroupReport report;
  report.assessment = assess(std::move(all), settings_.expected_subbands);
  // A group that is ready keeps its name: somebody may have been told it.
  if (existing && existing->state == GroupState::pending)
    report.assessment.group_id = existing->group_id;
  log_odd_files(report.assessment);
  write(existing, report);
  if (report.state == "collecting" && report.assessment.complete()) make_pending(report, "");
  keep(std::move(report));
}

void Former::join_late(const Group& group, const std::vector<FileRecord>& files) {
  for (const FileRecord& file : files) {
    const std::string reason =
        file.group_id == group.group_id
            ? std::string("changed or vanished when its group was already ") +
                  queue::group_state_name(group.state)
            : std::string("came when its group was already ") +
                  queue::group_state_name(group.state);
    if (ledger_.add_late(group, file, reason, now_unix_s_)) {
      spdlog::warn("{}: {}: {}", group.group_id, file.path, reason);
      late_.push_back({group.group_id, file.path, reason});
    }
    ledger_.mark_grouped(file.path);
  }
}

/// An id that no other group has: the one of the assessment, else the stamps that follow it.
std::string Former::free_id(const Row& existing, const Assessment& assessment) {
  std::string id = assessment.group_id;
  if (id.empty()) id = astro::format_stamp(astro::mjd_s_from_unix_s(assessment.first_time_unix_s));
  while ((!existing || id != existing->group_id) && ledger_.find(id)) {
    spdlog::warn("{}: another group has this id; taking the next second", id);
    const std::optional<double> time_mjd_s = astro::parse_stamp(id);
    id = astro::format_stamp(time_mjd_s.value_or(0) + 1.5);
  }
  return id;
}

void Former::write(const Row& existing, GroupReport& report) {
  Assessment& assessment = report.assessment;
  assessment.group_id = free_id(existing, assessment);
  Group group = existing.value_or(Group());
  const std::string old_id = existing ? existing->group_id : assessment.group_id;
  if (!existing) {
    group.received_at_unix_s = now_unix_s_;
    group.expected_subbands = settings_.expected_subbands;
    group.chunk_minutes = settings_.chunk_duration_min;
  }
  group.last_update_unix_s = now_unix_s_;
  describe(assessment, group);
  if (!existing) ledger_.add(group);
  ledger_.update(old_id, group, group_files_of(assessment));
  report.state = queue::group_state_name(group.state);
  if (!assessment.complete()) report.reason = incomplete_reason(assessment);
  if (old_id != group.group_id) reports_.erase(old_id);
}

void Former::make_pending(GroupReport& report, const std::string& reason) {
  Row group = ledger_.find(report.assessment.group_id);
  if (!group) return;
  report.calibrators = classify(report.assessment, settings_, earth_);
  group->has_calibrator = !report.calibrators.empty();
  group->calibrators = calibrators_json(report.calibrators);
  group->observation_class = report.calibrators.empty() ? "science" : "calibrator";
  group->last_update_unix_s = now_unix_s_;
  ledger_.make_pending(*group, reason);
  report.state = "pending";
  report.became_pending = true;
  report.reason = reason;
}

void Former::settle_waiting() {
  const double deadline = now_unix_s_ - settings_.collecting_timeout_s;
  for (const Group& group : ledger_.collecting_since(deadline)) {
    check_stop();
    Transaction transaction = ledger_.transaction();
    // Another process may have settled it since it was listed.
    const Row row = ledger_.find(group.group_id);
    if (row && row->state == GroupState::collecting) settle(*row);
    transaction.commit();
  }
}

void Former::settle(const Group& group) {
  if (group.warned_at_unix_s <= 0) {
    spdlog::warn("Group {} has been waiting for missing subbands longer than {} s", group.group_id,
                 settings_.collecting_timeout_s);
    ledger_.mark_warned(group, now_unix_s_);
  }
  const bool given_up = now_unix_s_ - group.received_at_unix_s >= settings_.partial_timeout_s;
  if (settings_.partial == PartialPolicy::wait && !given_up) return;
  std::vector<FileRecord> files = ledger_.files_of(group.group_id);
  if (files.empty())
    return ledger_.fail(group.group_id, "all its files are gone from the queue", now_unix_s_);
  GroupReport report;
  report.assessment = assess(std::move(files), settings_.expected_subbands);
  report.assessment.group_id = group.group_id;
  report.state = "collecting";
  const std::string reason = incomplete_reason(report.assessment);
  const int n_subband = report.assessment.n_subband();
  if (settings_.partial == PartialPolicy::convert && n_subband > 0 &&
      n_subband >= settings_.min_subbands) {
    make_pending(report, "to be converted incomplete; " + reason);
  } else if (settings_.partial == PartialPolicy::fail || given_up) {
    report.state = "failed";
    report.reason = "collecting timeout; " + reason;
    ledger_.fail(group.group_id, report.reason, now_unix_s_);
    spdlog::error("{}: failed: {}", group.group_id, report.reason);
  } else {
    return;
  }
  keep(std::move(report));
}

void Former::keep(GroupReport report) {
  const std::string id = report.assessment.group_id;
  const auto before = reports_.find(id);
  if (before != reports_.end()) report.became_pending |= before->second.became_pending;
  reports_[id] = std::move(report);
}

FormReport Former::take_report() {
  FormReport report;
  for (auto& [id, group] : reports_) report.groups.push_back(std::move(group));
  std::sort(report.groups.begin(), report.groups.end(),
            [](const GroupReport& a, const GroupReport& b) {
              return a.assessment.first_time_unix_s < b.assessment.first_time_unix_s;
            });
  report.late = std::move(late_);
  return report;
}

}  // namespace contimg::group
