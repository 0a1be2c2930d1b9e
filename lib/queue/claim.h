// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "queue/image_rows.h"
#include "queue/queue.h"

namespace contimg::queue {

/// The job belongs to somebody else by now, or to nobody: stop working and record nothing.
class LeaseLost : public TemporaryError {
 public:
  using TemporaryError::TemporaryError;
};

/// One stage of one group, as it was claimed.
struct Job {
  std::int64_t id = 0;
  std::string group_id;
  Stage stage = Stage::convert;
  int attempt = 1;               ///< How often it has been claimed, this time included.
  int retry_count = 0;           ///< Failed tries so far.
  bool resuming = false;         ///< An earlier try did not end: look for a checkpoint.
  bool redo = false;             ///< It was done before and is asked for again: overwrite.
  std::int64_t claim_token = 0;  ///< Never given twice.
  std::string checkpoint_path;   ///< As recorded by an earlier try; may be empty.
};

struct Product {
  std::string path;
  std::string kind;            ///< "ms", "caltable", "image", ...
  std::int64_t size_byte = 0;  ///< 0: not known.
  std::string checksum;
  std::string provenance;  ///< JSON.
};

/// A row of ms_index.
struct MeasurementSetRow {
  std::string path;
  double start_mjd = 0, end_mjd = 0;
  std::string field_name;
  double ra_deg = 0, dec_deg = 0;
};

/// Seconds, for performance_metrics.
struct ConversionTimes {
  double load_s = 0, phase_s = 0, write_s = 0, total_s = 0;
  std::string writer_type;  ///< Empty: an older value stays.
};

/// For stage_metrics.
struct StageMetrics {
  double started_at_unix_s = 0;
  double wall_s = 0, cpu_s = 0;
  std::int64_t max_rss_kb = 0, bytes_read = 0, bytes_written = 0;
};

/// Flagged shares along one dimension of a group's visibilities, for flag_shares.
struct FlagShares {
  std::string dim;     ///< "total", "reason", "antenna", "channel" or "baseline".
  std::string shares;  ///< JSON: {key: share, ...}.
};

/// What a finished job left behind; all of it is recorded, or nothing.
struct Outcome {
  std::vector<Product> products;
  std::optional<MeasurementSetRow> measurement_set;
  std::optional<ConversionTimes> conversion;
  std::optional<StageMetrics> metrics;
  std::vector<FlagShares> flag_shares;
  std::optional<ImagesOutcome> images;
};

/// A job that this process, and no other, works on until its lease ends. Every method that ends
/// or changes it is one transaction guarded by the claim's token, and throws LeaseLost, having
/// changed nothing, when the job has been taken over, reset or deleted since. A Claim that is
/// destroyed without an end releases the job.
class Claim {
 public:
  ~Claim();
  Claim(Claim&&) noexcept;
  Claim& operator=(Claim&&) = delete;

  const Job& job() const { return job_; }

  /// Extends the lease. Normally the Heartbeat's work.
  void renew();
  /// Remembers where the work's checkpoint is, for the next try.
  void record_checkpoint(const std::string& path);

  /// Done: records the outcome and makes the next enabled stage's job ready.
  void finish(const Outcome& outcome);
  /// Failed for good: the input is bad.
  void fail(const std::string& reason, const std::string& log_tail = "");
  /// A failed try: waits for the back-off and is ready again, or failed when that was the last.
  /// Returned: true if it will be tried again.
  bool retry(const std::string& reason, const std::string& log_tail = "");
  /// Not the job's fault (disk full, TERM): ready again from `not_before_unix_s` on; not counted.
  void release(const std::string& reason, double not_before_unix_s = 0);
  /// Leaves the job claimed for somebody else to end (a Slurm task that was given the token).
  Job detach();

 private:
  friend class Queue;
  void end(const std::function<void()>& change);
  Claim(std::shared_ptr<Queue::Shared> shared, Job job);
  std::shared_ptr<Queue::Shared> shared_;  // null once ended or moved from
  Job job_;
};

}  // namespace contimg::queue
