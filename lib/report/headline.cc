// SPDX-License-Identifier: GPL-3.0-or-later
// The first line about a group: done, in work, waiting or failed, why, and the command that mends it.
#include <cmath>

#include "report/explain_group.h"
#include "report/remedy.h"
#include "report/words.h"

namespace contimg::report {
namespace {

constexpr std::size_t kReasonLength = 200;

Json plain(const std::string& state, const std::string& text) {
  return {{"text", text}, {"state", state}};
}

Json wanting(const std::string& group_id, const std::string& state, const std::string& stage,
             const std::string& reason, const std::string& how) {
  const Remedy remedy = remedy_for(stage, reason, group_id);
  Json headline =
      plain(state, group_id + ": " + how + ": " + shortened(reason, kReasonLength) +
                       "; mend it with: " + remedy.command + " (" + remedy.advice + ")");
  headline["advice"] = remedy.advice;
  headline["command"] = remedy.command;
  return headline;
}

Json of_done(Database& db, const std::string& group_id) {
  const Json images = ask(db,
                          "SELECT q.verdict, q.reasons, i.tier, i.noise_jy, i.calibration_set"
                          " FROM image_qa q JOIN images i ON i.path = q.image_path"
                          " WHERE q.group_id = ?",
                          group_id);
  if (images.empty()) return plain("done", group_id + ": every stage is done; it has no image");
  const Json& image = images.front();
  std::string text = group_id + ": every stage is done; image " + word(image, "verdict");
  if (!word(image, "reasons").empty()) text += " (" + word(image, "reasons") + ")";
  text += ", noise " + flux(number(image, "noise_jy"));
  text += word(image, "calibration_set").empty()
              ? ", uncalibrated"
              : ", calibrated with " + word(image, "calibration_set");
  if (word(image, "tier") != "science") text += ", " + word(image, "tier");
  return plain("done", text);
}

std::string why_waiting(const Json& job, const std::string& log) {
  std::string reason = word(job, "reason");
  if (reason.empty()) reason = log.empty() ? "no reason recorded" : log;
  if (std::isfinite(number(job, "not_before")))
    reason += "; not before " + utc(number(job, "not_before"));
  return reason;
}

}  // namespace

Json headline_of(Database& db, const std::string& group_id) {
  const Json group =
      ask(db, "SELECT state, error, missing_subbands FROM ingest_queue WHERE group_id = ?",
          group_id)
          .front();
  const Json jobs = ask(db,
                        "SELECT stage, state, attempt, reason, not_before, host, pid, heartbeat_at"
                        " FROM job WHERE group_id = ? ORDER BY id",
                        group_id);
  for (const Json& job : jobs) {
    const std::string state = word(job, "state"), stage = word(job, "stage");
    const auto n = static_cast<long long>(number(job, "attempt"));
    const std::string attempts = n > 0 ? " after " + counted(n, "attempt") : "";
    if (state == "failed") {
      const std::string error = word(group, "error");
      const std::string reason =
          stage == "convert" && !error.empty() ? error : why_waiting(job, error);
      return wanting(group_id, "failed", stage, reason, "failed in " + stage + attempts);
    }
    if (state == "claimed")
      return plain("in work", group_id + ": " + stage + " is being done by " + word(job, "host") +
                                  ":" + job["pid"].dump() + ", attempt " + job["attempt"].dump() +
                                  ", last sign of life " + utc(number(job, "heartbeat_at")));
    if (state == "ready")
      return plain("ready", group_id + ": ready for " + stage +
                                ", waits for a worker; run-tick, or "
                                "process-group " +
                                group_id + ", does it");
    if (state != "waiting") continue;
    const std::string missing = word(group, "missing_subbands");
    if (word(group, "state") == "collecting")
      return wanting(group_id, "waiting", stage,
                     "collecting; missing subbands: " + (missing.empty() ? "not known" : missing),
                     "waits for its files");
    return wanting(group_id, "waiting", stage, why_waiting(job, ""), stage + " waits");
  }
  return of_done(db, group_id);
}

}  // namespace contimg::report
