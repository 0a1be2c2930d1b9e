// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "queue/queue.h"
#include "queue/report.h"

/// Work that is sent away: a parcel is a small queue of its own that holds one group and all that
/// the tools have to know of it, so that a Slurm task works on a copy without opening the queue.
/// docs/formats/parcel.md.
namespace contimg::queue {

/// What a parcel says of itself: the claim under which its group was sent away.
struct ParcelLabel {
  std::string group_id;
  Stage stage = Stage::convert;  ///< The claimed one, with which the task begins.
  std::int64_t claim_token = 0;
  int attempt = 1;
  double claimed_at_unix_s = 0;
  double packed_at_unix_s = 0;
  std::string host;              ///< Where it was packed.
  std::int64_t last_set_id = 0;  ///< Calibration sets of a greater id were solved by the task.
  std::string refused;           ///< Why a task would not begin; in a receipt only.
};

/// The host of a job that is in a parcel: no process of any real one holds it.
constexpr const char* kParcelHost = "slurm";

/// The name of a parcel in its folder; what comes back is beside it as receipt*.sqlite3.
std::string parcel_path(const std::string& folder);

/// Reads the label of a parcel or receipt. Throws DataError when the file is neither.
ParcelLabel read_label(const std::string& path);

/// Claims the next job of a group and sends it away: writes `<folder>/queue.sqlite3`, whole or not
/// at all, and leaves the job claimed for the queue's lease. A parcel that could not be written is
/// no claim; one whose packer was killed is freed as any dead worker's job.
/// Returned: {group_id, stage, parcel, claim_token, lease_expires, files}, the files those that
/// the group consists of.
/// Throws UsageError for an unknown group, or a folder that has a parcel; TemporaryError when the
/// group has nothing to do now, or the queue is paused.
Json pack_group(Queue& queue, const std::string& group_id, const std::string& folder);

/// Extends the lease of a parcel that its scheduler still knows, and records the Slurm job (empty:
/// what was recorded stays) and the index in its array (empty: the folder's name). Returned: {group_id, stage, held, lease_expires}; `held` false: the
/// claim has ended, and nothing was changed.
Json renew_parcel(Queue& queue, const std::string& folder, const std::string& slurm_job_id,
                  const std::string& slurm_array_task_id);

/// Gives back the claim of a parcel that will not be worked on: ready again, not counted. Its
/// receipts, if any, come too late then. Returned: {group_id, stage, held}, as renew_parcel().
Json recall_parcel(Queue& queue, const std::string& folder, const std::string& reason);

/// For a task, on its copy of a parcel: notes why it will not begin. Merging says so, and the job
/// is ready again, not counted. Returned: {group_id, stage, refused}. Throws as read_label().
Json refuse_parcel(const std::string& folder, const std::string& reason);

/// The loss of a task that went on from another's receipt and left none of its own.
struct Loss {
  std::string reason;  ///< Empty: nothing was lost.
  std::string slurm_job_id, slurm_array_task_id;
};

/// Takes in what came back to a folder. One receipt counts, the one with the most stages done; all
/// that its tools recorded is recorded here in one transaction, or nothing. A job that the task
/// left claimed is a failed try; the stage after the last one done is ready. With a loss, that
/// stage has had a failed try, in the same transaction.
/// Returned: for each receipt {receipt, group_id, status, reason}, status one of
///   merged   recorded now
///   doubled  the group was recorded from a receipt before
///   late     the claim had been taken back: the lease ran out, an operator reset the group
///   busy     somebody works on another stage of the group: try again later
///   unknown  not a claim of this queue
///   damaged  the file cannot be read or fails its checksum
/// All but `merged` have changed nothing.
Json merge_parcel(Queue& queue, const std::string& folder, const Loss& loss = {});

}  // namespace contimg::queue
