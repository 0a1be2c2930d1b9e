// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "queue/parcel.h"

namespace contimg::queue {

/// What a receipt shows of the task's work.
struct Progress {
  int n_done = 0;    ///< Stages that the task finished.
  int n_failed = 0;  ///< Jobs that failed for good.
  std::optional<Stage> last_done;
};

/// Records in the queue what the tools of a task recorded in their copy of the parcel.
class ParcelMerge {
 public:
  /// `receipt`: the copy, whose jobs are all ended; it is only read.
  ParcelMerge(Queue& queue, ParcelLabel label, std::string receipt, Loss loss);

  /// In one transaction. Returned: {status, reason} as merge_parcel() has them; nothing was changed
  /// unless the status is "merged".
  Json apply();

 private:
  Json why_not();
  void record_all();
  void end_attempts();
  void replace_jobs();
  void replace_group();
  void append_history();
  void replace_images();
  void upsert(const std::string& table, const std::string& key, const std::string& except = "");
  void add_sets();
  std::int64_t add_set(std::int64_t id);
  void replace_use();
  void put_deep_image_off();
  bool next_is_left();
  void count_loss();

  Queue& queue_;
  Database& db_;
  ParcelLabel label_;
  std::string receipt_;
  Loss loss_;
  Progress progress_;
  std::map<std::int64_t, std::int64_t> new_ids_;  // of sets, from the task's to ours
};

/// How far the task came, read from its copy of the parcel.
Progress progress_of(Database& returned, const ParcelLabel& label, const std::string& schema);

}  // namespace contimg::queue
