// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/coverage.h"

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "report/ask.h"

namespace contimg::report {
namespace {

SlotState state_of(const NightGroup& group) {
  if (group.failed()) return SlotState::failed;
  if (group.imaged()) return group.verdict == "FAIL" ? SlotState::poor : SlotState::imaged;
  return group.state == "completed" ? SlotState::complete : SlotState::observed;
}

std::string ails(const NightGroup& group) {
  if (!group.trouble_reason.empty()) return group.trouble_stage + ": " + group.trouble_reason;
  if (!group.reasons.empty()) return group.reasons;
  return group.missing.empty() ? "" : "missing subbands " + group.missing;
}

class Line {
 public:
  explicit Line(Coverage& coverage) : coverage_(coverage) {}

  void add_gap(double from_unix_s, double until_unix_s, SlotState state) {
    const int n = static_cast<int>(std::lround((until_unix_s - from_unix_s) / kSlot_s));
    if (n > 0) add({state, from_unix_s, until_unix_s, n, "", ""});
  }
  void add(const Slot& slot) {
    coverage_.slots.push_back(slot);
    coverage_.n[slot.state] += slot.n;
    coverage_.n_slots += slot.n;
  }

 private:
  Coverage& coverage_;
};

}  // namespace

const char* slot_name(SlotState state) {
  switch (state) {
    case SlotState::imaged:
      return "imaged";
    case SlotState::poor:
      return "image failed its gates";
    case SlotState::complete:
      return "converted";
    case SlotState::observed:
      return "not converted yet";
    case SlotState::failed:
      return "failed";
    case SlotState::missing:
      return "nothing came";
    case SlotState::silent:
      return "not observed";
  }
  return "";
}

Coverage coverage_of(const Night& night, const std::vector<NightGroup>& groups) {
  Coverage coverage;
  Line line(coverage);
  double reached_unix_s = night.begin_unix_s;
  bool first = true;
  for (const NightGroup& group : groups) {
    line.add_gap(reached_unix_s, group.begin_unix_s,
                 first ? SlotState::silent : SlotState::missing);
    line.add(
        {state_of(group), group.begin_unix_s, group.end_unix_s, 1, group.group_id, ails(group)});
    coverage.observed_s += group.end_unix_s - group.begin_unix_s;
    reached_unix_s = std::max(first ? group.end_unix_s : reached_unix_s, group.end_unix_s);
    first = false;
  }
  line.add_gap(reached_unix_s, night.end_unix_s, SlotState::silent);
  coverage.first_unix_s = groups.empty() ? kNotKnown : groups.front().begin_unix_s;
  coverage.last_unix_s = groups.empty() ? kNotKnown : reached_unix_s;
  return coverage;
}

}  // namespace contimg::report
