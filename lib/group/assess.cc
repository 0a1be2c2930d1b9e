// SPDX-License-Identifier: GPL-3.0-or-later
#include "group/assess.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace contimg::group {
namespace {

using queue::FileRecord;
using queue::FileState;

/// Headers repeat floating numbers exactly or not at all; 1e-4 rad (20") is far below a change of
/// pointing and 1e-4 of an integration far below a different one.
constexpr double kPointingTolerance_rad = 1e-4;
constexpr double kIntegrationTolerance = 1e-4;

struct Property {
  const char* name;
  std::function<std::string(const FileRecord&)> value;
};

std::string rounded_text(double value, double step) {
  return std::to_string(std::llround(value / step));
}

/// What has to be alike in all files of a group. Compared one after the other, so that the reason
/// names the property that is at odds.
const std::vector<Property>& properties() {
  static const std::vector<Property> list = {
      {"telescope", [](const FileRecord& f) { return f.telescope_name; }},
      {"number of antennas", [](const FileRecord& f) { return std::to_string(f.n_antenna); }},
      {"list of stations", [](const FileRecord& f) { return f.station_hash; }},
      {"number of baselines", [](const FileRecord& f) { return std::to_string(f.n_baseline); }},
      {"polarisations", [](const FileRecord& f) { return f.polarization; }},
      {"number of channels", [](const FileRecord& f) { return std::to_string(f.n_channel); }},
      {"channel width",
       [](const FileRecord& f) { return std::to_string(std::llround(f.channel_width_hz)); }},
      {"kind of phase centre",
       [](const FileRecord& f) { return std::string(f.drift ? "drift" : "phased"); }},
  };
  return list;
}

bool usable(const Member& member) { return member.role != Role::bad; }

void mark_bad(Member& member, const std::string& reason) {
  member.role = Role::bad;
  member.reason = reason;
}

/// The value that most subbands have; among equals that of the lowest subband. Two copies of one
/// subband do not outvote one file of another.
template <typename Value>
Value majority(const std::vector<Member>& files,
               const std::function<Value(const FileRecord&)>& of) {
  std::map<Value, std::set<int>> subbands;
  for (const Member& member : files)
    if (usable(member)) subbands[of(member.file)].insert(member.file.subband);
  const auto best =
      std::max_element(subbands.begin(), subbands.end(), [](const auto& a, const auto& b) {
        return std::tuple(a.second.size(), -*a.second.begin()) <
               std::tuple(b.second.size(), -*b.second.begin());
      });
  return best->first;
}

bool any_usable(const std::vector<Member>& files) {
  return std::any_of(files.begin(), files.end(), usable);
}

void reject_unreadable(std::vector<Member>& files, int expected_subbands) {
  for (Member& member : files) {
    const FileRecord& file = member.file;
    if (file.state != FileState::valid || !file.has_header)
      mark_bad(member, file.reason.empty() ? queue::file_state_name(file.state) : file.reason);
    else if (file.subband < 0 || file.subband >= expected_subbands)
      mark_bad(member, "subband " + std::to_string(file.subband) + ", expected 0 to " +
                           std::to_string(expected_subbands - 1));
  }
}

void reject_odd_properties(std::vector<Member>& files) {
  for (const Property& property : properties()) {
    if (!any_usable(files)) return;
    const std::string usual = majority<std::string>(files, property.value);
    for (Member& member : files)
      if (usable(member) && property.value(member.file) != usual)
        mark_bad(member, std::string("its ") + property.name + " (" + property.value(member.file) +
                             ") differs from the other subbands' (" + usual + ")");
  }
}

/// Rejects what differs from the majority by more than a tolerance. The majority is taken of
/// rounded values, so that equal headers vote together whatever their last bits are.
void reject_odd_numbers(std::vector<Member>& files, const char* name, double tolerance,
                        const std::function<double(const FileRecord&)>& of) {
  if (!any_usable(files)) return;
  const std::string key = majority<std::string>(
      files, [&](const FileRecord& f) { return rounded_text(of(f), tolerance); });
  double usual = 0;
  for (const Member& member : files)
    if (usable(member) && rounded_text(of(member.file), tolerance) == key) usual = of(member.file);
  for (Member& member : files)
    if (usable(member) && !(std::abs(of(member.file) - usual) <= tolerance))
      mark_bad(member, std::string("its ") + name + " (" + std::to_string(of(member.file)) +
                           ") differs from the other subbands' (" + std::to_string(usual) + ")");
}

/// The number of subbands that agree on f0 = f(subband) + sign x subband x width, and that f0.
struct Ladder {
  std::size_t n_agree = 0;
  double f0_hz = 0;
  int sign = 1;
};

double rung_hz(const FileRecord& file, int sign) {
  return file.centre_hz() + sign * file.subband * (file.high_edge_hz - file.low_edge_hz);
}

Ladder best_ladder(const std::vector<Member>& files) {
  Ladder best;
  for (const int sign : {1, -1})  // counting downwards, as the correlator does, is tried first
    for (const Member& candidate : files) {
      if (!usable(candidate)) continue;
      const double f0_hz = rung_hz(candidate.file, sign);
      std::set<int> agreeing;
      for (const Member& member : files)
        if (usable(member) &&
            std::abs(rung_hz(member.file, sign) - f0_hz) <= 0.5 * member.file.channel_width_hz)
          agreeing.insert(member.file.subband);
      if (agreeing.size() > best.n_agree) best = {agreeing.size(), f0_hz, sign};
    }
  return best;
}

void reject_odd_frequencies(std::vector<Member>& files) {
  if (!any_usable(files)) return;
  const Ladder ladder = best_ladder(files);
  for (Member& member : files) {
    const FileRecord& file = member.file;
    if (!usable(member) ||
        std::abs(rung_hz(file, ladder.sign) - ladder.f0_hz) <= 0.5 * file.channel_width_hz)
      continue;
    mark_bad(member, "its frequencies (" + std::to_string(file.low_edge_hz * 1e-6) + " to " +
                         std::to_string(file.high_edge_hz * 1e-6) +
                         " MHz) do not abut those of the other subbands");
  }
}

/// True if `a` is the better file of one subband.
bool better(const FileRecord& a, const FileRecord& b) {
  return std::tuple(a.n_baseline_time, a.identity.size_byte, a.identity.mtime_ns) >
         std::tuple(b.n_baseline_time, b.identity.size_byte, b.identity.mtime_ns);
}

void settle_duplicates(std::vector<Member>& files) {
  std::map<int, Member*> best;
  for (Member& member : files) {
    if (!usable(member)) continue;
    Member*& holder = best[member.file.subband];
    if (!holder || better(member.file, holder->file)) holder = &member;
  }
  for (Member& member : files) {
    if (!usable(member)) continue;
    const Member* holder = best[member.file.subband];
    if (holder == &member) continue;
    member.role = Role::duplicate;
    member.reason = "subband " + std::to_string(member.file.subband) + " is also in " +
                    holder->file.path + ", which has more rows, is larger or is later";
  }
}

std::string choose_id(const std::vector<Member>& files) {
  std::string earliest_member, earliest;
  for (const Member& member : files) {
    const std::string& stamp = member.file.stamp;
    if (stamp.empty()) continue;
    if (earliest.empty() || stamp < earliest) earliest = stamp;
    if (member.role != Role::member) continue;
    if (member.file.subband == 0) return stamp;
    if (earliest_member.empty() || stamp < earliest_member) earliest_member = stamp;
  }
  return earliest_member.empty() ? earliest : earliest_member;
}

void set_times(Assessment& group) {
  const std::vector<Member>& files = group.files;
  if (any_usable(files)) {
    const double first =
        majority<double>(files, [](const FileRecord& f) { return f.first_time_unix_s; });
    for (const Member& member : files) {
      if (!usable(member)) continue;
      group.last_time_unix_s = std::max(group.last_time_unix_s, member.file.last_time_unix_s);
      group.integration_time_s = member.file.integration_time_s;
    }
    group.first_time_unix_s = first;
    return;
  }
  for (const Member& member : files) {
    if (group.first_time_unix_s > 0 && member.file.stamp_unix_s > group.first_time_unix_s) continue;
    group.first_time_unix_s = group.last_time_unix_s = member.file.stamp_unix_s;
  }
}

}  // namespace

const char* role_name(Role role) {
  constexpr const char* kNames[] = {"member", "duplicate", "bad"};
  return kNames[static_cast<int>(role)];
}

int Assessment::n_subband() const {
  return static_cast<int>(std::count_if(files.begin(), files.end(), [](const Member& member) {
    return member.role == Role::member;
  }));
}

bool Assessment::has_header() const {
  return std::any_of(files.begin(), files.end(),
                     [](const Member& member) { return member.file.has_header; });
}

Assessment assess(std::vector<FileRecord> records, int expected_subbands) {
  if (records.empty()) throw std::invalid_argument("assess: no files");
  Assessment group;
  for (FileRecord& record : records) group.files.push_back({std::move(record), Role::member, ""});
  std::vector<Member>& files = group.files;
  reject_unreadable(files, expected_subbands);
  reject_odd_properties(files);
  reject_odd_numbers(files, "integration time", kIntegrationTolerance,
                     [](const FileRecord& f) { return f.integration_time_s; });
  reject_odd_numbers(files, "declination", kPointingTolerance_rad,
                     [](const FileRecord& f) { return f.pointing_dec_rad; });
  reject_odd_numbers(files, "right ascension", kPointingTolerance_rad,
                     [](const FileRecord& f) { return f.centre_ra_rad.value_or(0); });
  reject_odd_frequencies(files);
  settle_duplicates(files);
  std::sort(files.begin(), files.end(), [](const Member& a, const Member& b) {
    return std::tie(a.role, a.file.subband, a.file.path) <
           std::tie(b.role, b.file.subband, b.file.path);
  });
  std::set<int> present;
  for (const Member& member : files)
    if (member.role == Role::member) present.insert(member.file.subband);
  for (int subband = 0; subband < expected_subbands; ++subband)
    if (!present.count(subband)) group.missing.push_back(subband);
  group.group_id = choose_id(files);
  set_times(group);
  return group;
}

}  // namespace contimg::group
