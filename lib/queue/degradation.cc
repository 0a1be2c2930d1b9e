// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/degradation.h"

#include <iterator>

#include "base/error.h"

namespace contimg::queue {
namespace {

constexpr const char* kStepName[] = {"full", "quicklook first, deep later",
                                     "convert and calibrate only"};

std::optional<double> real_or_nothing(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<double>(row.real(column));
}

}  // namespace

std::string step_name(Step step) { return kStepName[static_cast<int>(step)]; }

Step step_from(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kStepName); ++i)
    if (name == kStepName[i]) return static_cast<Step>(i);
  throw UsageError(name + ": not a step, expected one of '" + kStepName[0] + "', '" + kStepName[1] +
                   "', '" + kStepName[2] + "'");
}

std::optional<Stage> last_stage(Step step, const std::vector<Stage>& enabled) {
  std::optional<Stage> last;
  for (const Stage stage : enabled) {
    if (step == Step::convert_and_calibrate && stage > Stage::calibrate) continue;
    // Nothing is measured in an image that is not for science.
    if (step == Step::quicklook_first && stage > Stage::image) continue;
    if (!last || stage > *last) last = stage;
  }
  return last;
}

Degradation degradation_in_force(Database& db) {
  Statement row(db,
                "SELECT id, step, reason, since, pressure, backlog_s, capacity"
                " FROM degradation ORDER BY id DESC LIMIT 1");
  Degradation found;
  if (!row.step()) return found;
  found.id = row.integer(0);
  found.step = step_from(row.text(1));
  found.reason = row.text(2);
  found.since_unix_s = row.real(3);
  found.pressure = real_or_nothing(row, 4);
  found.backlog_s = real_or_nothing(row, 5);
  found.capacity = real_or_nothing(row, 6);
  return found;
}

std::optional<double> last_relief_unix_s(Database& db) {
  Statement rows(db, "SELECT step, since FROM degradation ORDER BY id DESC");
  if (!rows.step()) return std::nullopt;
  Step later = step_from(rows.text(0));
  double since_unix_s = rows.real(1);
  while (rows.step()) {
    const Step earlier = step_from(rows.text(0));
    if (later < earlier) return since_unix_s;
    later = earlier;
    since_unix_s = rows.real(1);
  }
  return std::nullopt;
}

bool begin_step(Database& db, const Degradation& seen, const Degradation& next) {
  Transaction transaction(db);
  if (degradation_in_force(db).id != seen.id) return false;
  Statement(db,
            "INSERT INTO degradation (step, reason, since, pressure, backlog_s, capacity)"
            " VALUES (?, ?, ?, ?, ?, ?)")
      .bind(1, step_name(next.step))
      .bind(2, next.reason)
      .bind(3, next.since_unix_s)
      .bind(4, next.pressure)
      .bind(5, next.backlog_s)
      .bind(6, next.capacity)
      .run();
  transaction.commit();
  return true;
}

}  // namespace contimg::queue
