// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/update.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cmath>

#include "base/clock.h"
#include "base/error.h"
#include "lightcurve/baseline.h"
#include "lightcurve/join.h"
#include "lightcurve/store.h"

namespace contimg::lightcurve {
namespace {

constexpr std::int64_t kFirstEnsembleSources = 5;

bool differ(double a, double b) { return std::abs(a - b) > 1e-12; }

UpdateSettings with_kept_errors(Database& db, UpdateSettings settings) {
  Transaction transaction(db);
  const LightcurveSettings asked = settings.limits;
  settings.limits = kept_errors(db, asked);
  const LightcurveSettings& kept = settings.limits;
  if (asked.systematic > kept.systematic + 1e-12 || differ(asked.unnormalised, kept.unnormalised))
    spdlog::warn(
        "{}: figures are made with systematic {} and unnormalised {}; --rebaseline changes that",
        db.path(), kept.systematic, kept.unnormalised);
  keep_errors(db, kept);
  transaction.commit();
  return settings;
}

// One run: both databases, with all statements prepared once.
class Updater {
 public:
  explicit Updater(const UpdateSettings& settings)
      : measurements_(settings.measurement_db),
        db_(open_store(settings.lightcurve_db)),
        settings_(with_kept_errors(db_, settings)),
        joiner_(std::in_place, db_, settings_),
        progress_(db_, "SELECT last_change_id FROM progress"),
        set_progress_(db_, "UPDATE progress SET last_change_id = ?1"),
        ensemble_due_(db_,
                      "SELECT NOT EXISTS (SELECT 1 FROM ensemble) AND last_change_id >="
                      " next_ensemble_change FROM progress"),
        n_bright_(db_,
                  "SELECT sum(n_bright >= ?1), sum(n_bright >= 3 * ?1), count(*) FROM"
                  " source_statistics WHERE n_bright >= 3") {
    require_same_measurements();
  }

  // The next epoch that is new or changed; nothing when there is none.
  std::optional<EpochReport> next() {
    const Clock::time_point begin = Clock::now();
    Transaction transaction(db_);
    ReadTransaction reading(measurements_.database());
    follow_errors();
    const std::int64_t last = progress_.step() ? progress_.integer(0) : 0;
    progress_.reset();
    const std::optional<MeasuredEpoch> epoch = measurements_.next_after(last);
    if (!epoch) return {};
    EpochReport report = joiner_->join(*epoch, measurements_, false);
    set_progress_.bind(1, epoch->change_id).run();
    if (report.state != "unchanged") first_ensemble();
    transaction.commit();
    report.seconds = seconds_since(begin);
    return report;
  }

  template <typename Change>
  EpochReport change_group(const std::string& group_id, const Change& change) {
    const Clock::time_point begin = Clock::now();
    EpochReport report;
    Transaction transaction(db_);
    ReadTransaction reading(measurements_.database());
    follow_errors();
    const std::optional<MeasuredEpoch> epoch = measurements_.of_group(group_id);
    if (!epoch)
      throw DataError(group_id + ": not in " + measurements_.path() +
                      ", expected a group that measure-sources measured");
    report = change(*epoch);
    transaction.commit();
    report.seconds = seconds_since(begin);
    return report;
  }

  EpochReport join(const MeasuredEpoch& epoch) {
    EpochReport report = joiner_->join(epoch, measurements_, false);
    first_ensemble();
    return report;
  }
  EpochReport restore(const MeasuredEpoch& epoch) {
    return joiner_->join(epoch, measurements_, true);
  }
  EpochReport withdraw(const MeasuredEpoch& epoch, const std::string& why) {
    return joiner_->withdraw(epoch, why);
  }

  Database& database() { return db_; }
  const LightcurveSettings& limits() const { return settings_.limits; }

 private:
  // A new ensemble, of this process or another, changes the errors that figures are made with.
  void follow_errors() {
    const LightcurveSettings kept = kept_errors(db_, settings_.limits);
    if (!differ(kept.systematic, settings_.limits.systematic) &&
        !differ(kept.unnormalised, settings_.limits.unnormalised))
      return;
    settings_.limits = kept;
    joiner_.emplace(db_, settings_);
  }

  // Freezes the first ensemble once most bright sources have been seen often enough, so that it spans
  // the strip and not its first tile; or when some have been seen three times as often, should the
  // rest not come. A try that finds too few is made again when there are twice as many epochs. Belongs
  // to the transaction of the epoch that made it due: a kill or another process between the two would
  // make the ensemble from one epoch more.
  void first_ensemble() {
    const bool due = ensemble_due_.step() && ensemble_due_.integer(0) != 0;
    ensemble_due_.reset();
    if (!due) return;
    n_bright_.bind(1, settings_.limits.reference_epochs).step();
    const std::int64_t ready = n_bright_.integer(0), often = n_bright_.integer(1);
    const std::int64_t all = n_bright_.integer(2);
    n_bright_.reset();
    if (ready < kFirstEnsembleSources) return;
    if (often >= kFirstEnsembleSources || 5 * ready >= 4 * all) make_first();
  }

  void make_first() {
    BaselineSettings baseline;
    baseline.limits = settings_.limits;
    baseline.least = static_cast<std::size_t>(kFirstEnsembleSources);
    baseline.why = "the first";
    try {
      const BaselineReport report = make_baseline(db_, baseline);
      spdlog::info("the first ensemble: {} reference sources from {} epochs; {} epochs normalised",
                   report.n_source, report.n_epoch, report.n_normalised);
    } catch (const DataError& error) {
      spdlog::info("no ensemble yet: {}", error.what());
      db_.execute("UPDATE progress SET next_ensemble_change = 2 * last_change_id");
    }
  }

  void require_same_measurements() {
    Transaction transaction(db_);
    const std::string identity = measurements_.identity();
    const std::string known = db_.text("SELECT measurement_identity FROM progress");
    if (known.empty())
      Statement(db_, "UPDATE progress SET measurement_identity = ?1").bind(1, identity).run();
    else if (known != identity)
      throw UsageError(measurements_.path() + ": not the measurements that " + db_.path() +
                       " was made from, expected those; name another with --lightcurve-db");
    if (measurements_.last_change() < db_.integer("SELECT last_change_id FROM progress"))
      throw DataError(measurements_.path() + ": an older copy than the one that " + db_.path() +
                      " was made from, expected the same or a newer one; put back both databases "
                      "from one backup, or make the light curves anew in another file");
    transaction.commit();
  }

  Measurements measurements_;
  Database db_;
  UpdateSettings settings_;
  std::optional<Joiner> joiner_;
  Statement progress_, set_progress_, ensemble_due_, n_bright_;
};

}  // namespace

std::vector<EpochReport> update_all(const UpdateSettings& settings) {
  if (!boost::filesystem::exists(settings.measurement_db)) {
    spdlog::info("{}: not there; nothing was measured yet, or --measurement-db is another",
                 settings.measurement_db);
    return {};
  }
  Updater updater(settings);
  std::vector<EpochReport> reports;
  for (;;) {
    if (settings.check) settings.check();
    const std::optional<EpochReport> report = updater.next();
    if (!report) return reports;
    if (report->state == "unchanged") continue;
    if (settings.tell) settings.tell(*report);
    reports.push_back(*report);
  }
}

EpochReport update_group(const UpdateSettings& settings, const std::string& group_id) {
  Updater updater(settings);
  return updater.change_group(group_id,
                              [&](const MeasuredEpoch& epoch) { return updater.join(epoch); });
}

EpochReport withdraw(const UpdateSettings& settings, const std::string& group_id,
                     const std::string& why) {
  if (why.empty())
    throw UsageError(group_id + ": withdrawn without a reason, expected one: --why TEXT");
  Updater updater(settings);
  return updater.change_group(
      group_id, [&](const MeasuredEpoch& epoch) { return updater.withdraw(epoch, why); });
}

EpochReport restore(const UpdateSettings& settings, const std::string& group_id) {
  Updater updater(settings);
  return updater.change_group(group_id,
                              [&](const MeasuredEpoch& epoch) { return updater.restore(epoch); });
}

BaselineReport rebaseline(const UpdateSettings& settings, double from_mjd, double until_mjd,
                          bool extend, const std::string& why) {
  if (why.empty()) throw UsageError("a new baseline without a reason, expected one: --why TEXT");
  Updater updater(settings);
  BaselineSettings baseline;
  baseline.limits = extend ? updater.limits() : settings.limits;
  baseline.from_mjd = from_mjd;
  baseline.until_mjd = until_mjd;
  baseline.extend = extend;
  baseline.least = static_cast<std::size_t>(settings.limits.min_references);
  baseline.why = why;
  Transaction transaction(updater.database());
  const BaselineReport report = make_baseline(updater.database(), baseline);
  transaction.commit();
  return report;
}

}  // namespace contimg::lightcurve
