// SPDX-License-Identifier: GPL-3.0-or-later
// The verdict on a night, CLEAN, DEGRADED or FAILED, with its reasons.
#include <cmath>

#include "base/clock.h"
#include "report/night_parts.h"
#include "report/words.h"

namespace contimg::report {
namespace {

// What is failed by more than half has failed: docs/operations/night-report.md.
constexpr double kHalf = 0.5;

long long count(const Json& row, const std::string& key) {
  const double value = number(row, key);
  return std::isfinite(value) ? std::llround(value) : 0;
}

class Judgement {
 public:
  void fail(const std::string& why) { failed_.push_back(why); }
  void degrade(long long n, const std::string& why) {
    if (n > 0) degraded_.push_back(why);
  }
  void note(const std::string& text) { notes_.push_back(text); }
  Json json() const {
    Json reasons = failed_;
    for (const Json& one : degraded_) reasons.push_back(one);
    return {{"word", !failed_.empty()     ? "FAILED"
                     : !degraded_.empty() ? "DEGRADED"
                                          : "CLEAN"},
            {"reasons", reasons},
            {"notes", notes_}};
  }

 private:
  Json failed_ = Json::array(), degraded_ = Json::array(), notes_ = Json::array();
};

void judge_groups(const Json& report, long long n_groups, Judgement& judgement) {
  const Json& states = report["coverage"]["slots_by_state"];
  const long long n_failed = count(states, slot_name(SlotState::failed));
  const std::string failed =
      std::to_string(n_failed) + " of " + counted(n_groups, "group") + " failed";
  if (static_cast<double>(n_failed) > kHalf * static_cast<double>(n_groups))
    judgement.fail(failed);
  else
    judgement.degrade(n_failed, failed);
  const long long missing = count(states, slot_name(SlotState::missing));
  judgement.degrade(missing, "nothing came in " + counted(missing, "slot") + " between groups, " +
                                 duration(static_cast<double>(missing) * kSlot_s));
  const long long partial = count(report["missing_subbands"], "n_groups");
  judgement.degrade(partial, counted(partial, "group") + " without all subbands");
  const long long unfinished = count(report["keep_up"], "n_unfinished");
  judgement.degrade(unfinished, counted(unfinished, "group") + " not through every stage yet");
}

void judge_images(const Json& report, Judgement& judgement) {
  const Json& images = report["images"];
  const long long n = count(images, "n"), poor = count(images["verdicts"], "FAIL");
  const std::string failed =
      std::to_string(poor) + " of " + counted(n, "image") + " failed its gates";
  if (n == 0) {
    for (const Json& stage : report["enabled_stages"])
      if (stage == "image") judgement.fail("there is no image");
  } else if (n > 0 && static_cast<double>(poor) > kHalf * static_cast<double>(n)) {
    judgement.fail(failed);
  } else {
    judgement.degrade(poor, failed);
  }
  const long long warned = count(images["verdicts"], "WARN");
  if (warned > 0)
    judgement.note(std::to_string(warned) + " of " + counted(n, "image") + " with a warning");
  const long long unknown = count(images["verdicts"], "UNKNOWN");
  judgement.degrade(unknown, counted(unknown, "image") + " could not be judged");
  const long long uncalibrated = count(images, "n_uncalibrated");
  judgement.degrade(uncalibrated, counted(uncalibrated, "image") + " uncalibrated");
  const long long quicklook = count(images, "n_quicklook");
  judgement.degrade(quicklook, counted(quicklook, "image") + " only as quicklook");
}

}  // namespace

Json verdict_of(const Json& report) {
  Judgement judgement;
  const long long n_groups = count(report["coverage"], "n_groups");
  if (n_groups == 0) {
    judgement.fail("no group was observed");
    return judgement.json();
  }
  judge_groups(report, n_groups, judgement);
  judge_images(report, judgement);
  const Json& finished = report["keep_up"]["finished"];
  const long long late = count(finished, "n_late");
  judgement.degrade(late, counted(late, "group") + " later than the " +
                              duration(number(report["keep_up"], "allowed_s")) + " allowed");
  long long heavy = 0, critical = 0;
  for (const Json& step : report["steps"]) heavy += word(step, "step") == "full" ? 0 : 1;
  judgement.degrade(heavy, "work was left out under pressure, " + counted(heavy, "time"));
  for (const Json& notice : report["notices"])
    critical += word(notice, "severity") == "critical" && notice["cleared_at"].is_null() ? 1 : 0;
  judgement.degrade(critical, counted(critical, "critical notice") + " still open");
  if (report.contains("injection") && report["injection"].is_object())
    for (const Json& fault : report["injection"]["faults"])
      judgement.degrade(1, word(fault, "subject"));
  judgement.note("observed " + utc(number(report["coverage"], "from_unix_s")) + " to " +
                 utc(number(report["coverage"], "until_unix_s")));
  return judgement.json();
}

}  // namespace contimg::report
