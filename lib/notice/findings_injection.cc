// SPDX-License-Identifier: GPL-3.0-or-later
// Notices about injected sources: due tiles that have none; in a night, sources lost or measured wrong.
#include <spdlog/spdlog.h>

#include <cmath>

#include "astro/epoch.h"
#include "base/clock.h"
#include "injection/due.h"
#include "injection/recovery.h"
#include "notice/findings.h"

namespace contimg::notice {
namespace {

constexpr double kLooksBack_days = 3;  // what is older was told, and is no news
constexpr int kDueTiles = 3;           // so many without sources one after the other are no chance

std::string remedy_for(const injection::Fault& fault, const std::string& night) {
  const std::string see = "see the night: report-night --night " + night;
  if (fault.kind.rfind("bias", 0) == 0)
    return see + "; flux scale: manage-caltables list, the last change of settings or versions";
  return see + "; noise, cleaning and flags of its tiles, the last change of settings or versions";
}

// process-group goes on when no sources could be put in, with a warning in its log only.
void find_absent(Database& db, int every, double now_mjd, std::vector<Notice>& found) {
  const injection::DueTiles due =
      injection::due_tiles(db, every, kDueTiles, now_mjd - kLooksBack_days);
  if (due.n < kDueTiles || due.n_without < due.n) return;
  found.push_back({"injection-absent", Severity::warning, "known sources are not put into tiles",
                   "The last " + std::to_string(due.n) +
                       " tiles that were due have none, the "
                       "newest of them is " +
                       due.newest_without + "; injection.every is " + std::to_string(every) + ".",
                   "see why: image-ms --inject --group " + due.newest_without});
}

}  // namespace

void find_injection(const contimg::Settings& settings, double now_unix_s,
                    std::vector<Notice>& found) {
  // The queue's notices do not wait for another database.
  try {
    auto db = injection::open_injected(settings.measurement_db);
    if (!db) return;
    const double now_mjd = astro::mjd_s_from_unix_s(now_unix_s) / kDay_s;
    find_absent(*db, settings.injection_every, now_mjd, found);
    const injection::RecoveryLimits limits = injection::recovery_limits(settings);
    const auto nights = injection::recovery_of_nights(*db, now_mjd - kLooksBack_days, now_mjd + 1);
    for (auto night = nights.rbegin(); night != nights.rend(); ++night) {
      if (night->bright.n < limits.min_sources) continue;
      const double begin =
          astro::parse_stamp(night->night + "T12:00:00").value_or(now_mjd * kDay_s) / kDay_s;
      const auto before = injection::recovery_before(*db, begin);
      for (const injection::Fault& fault : injection::faults_of(*night, before, limits))
        found.push_back({"injection-" + fault.kind, Severity::warning, fault.subject, fault.text,
                         remedy_for(fault, night->night)});
      return;
    }
  } catch (const Error& error) {
    spdlog::warn("{}: injected sources are not looked at", error.what());
  }
}

}  // namespace contimg::notice
