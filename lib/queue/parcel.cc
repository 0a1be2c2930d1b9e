// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/parcel.h"

#include <boost/filesystem.hpp>

#include "base/atomic_output.h"
#include "base/copy_file.h"
#include "base/error.h"
#include "queue/claim.h"
#include "queue/parcel_rows.h"
#include "queue/ready.h"
#include "queue/shared.h"
#include "queue/sound_copy.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

// The stage with which the group goes on, if it can now.
Stage next_stage_of(Queue& queue, const std::string& group_id) {
  const auto reason = queue.paused();
  if (reason)
    throw TemporaryError(group_id + ": the queue is paused" + (reason->empty() ? "" : " (") +
                         *reason + (reason->empty() ? "" : ")") +
                         ", expected 'manage-queue resume' before it is packed");
  const Json stages = stages_to_do(queue, group_id);
  if (stages.empty())
    throw TemporaryError(group_id + ": every stage is done, expected one that is ready");
  const std::string stage = stages.front()["stage"];
  Statement job(queue.database(),
                "SELECT state, coalesce(reason, '') FROM job WHERE group_id = ?1 AND stage = ?2"
                " AND (state <> 'waiting' OR not_before > ?3 OR not_before IS NULL)"
                " AND state <> 'ready' UNION ALL SELECT state, 'stage ' || stage FROM job"
                " WHERE group_id = ?1 AND state = 'claimed'");
  job.bind(1, group_id).bind(2, stage).bind(3, queue.now_unix_s());
  if (job.step())
    throw TemporaryError(group_id + ": its job " + stage + " is not ready but " + job.text(0) +
                         " (" + job.text(1) +
                         "), expected a group that 'manage-queue ready' lists");
  return stage_from(stage);
}

// A parcel is made beside the queue, where SQLite's locks can be trusted, and only then copied.
ParcelLabel write_parcel(Queue& queue, const Job& job, const std::string& file) {
  ParcelLabel label;
  label.group_id = job.group_id;
  label.stage = job.stage;
  label.claim_token = job.claim_token;
  label.attempt = job.attempt;
  label.packed_at_unix_s = queue.now_unix_s();
  label.host = queue.settings().worker.host;
  QueueSettings settings = queue.settings();
  settings.path = file;
  Database parcel = open_queue(settings, true);
  label = fill_parcel(parcel, queue.settings().path, label);
  make_one_file(parcel);
  return label;
}

// From now on no process of this host holds the job.
double hand_over(Queue& queue, const Job& job) {
  Database& db = queue.database();
  const double expires = queue.now_unix_s() + queue.settings().lease_s;
  Transaction transaction(db);
  Statement(db,
            "UPDATE job SET host = ?1, pid = 0, slurm_job_id = 'parcel', lease_expires = ?2,"
            " heartbeat_at = ?3 WHERE id = ?4 AND state = 'claimed' AND claim_token = ?5")
      .bind(1, kParcelHost)
      .bind(2, expires)
      .bind(3, queue.now_unix_s())
      .bind(4, job.id)
      .bind(5, job.claim_token)
      .run();
  if (db.changes() == 0)
    throw LeaseLost(job.group_id + ": the claim was lost while it was packed, expected to hold it");
  Statement(db, "UPDATE job_attempt SET host = ?, pid = 0 WHERE claim_token = ?")
      .bind(1, kParcelHost)
      .bind(2, job.claim_token)
      .run();
  transaction.commit();
  return expires;
}

// The job in a parcel as Queue's functions want it; its id is 0 when the claim has ended.
Job held_job(Database& db, const ParcelLabel& label) {
  Statement find(db,
                 "SELECT job.id, job.retry_count FROM job JOIN job_attempt USING (claim_token)"
                 " WHERE claim_token = ?1 AND job.group_id = ?2 AND job.stage = ?3"
                 " AND job.state = 'claimed' AND job_attempt.started_at = ?4");
  find.bind(1, label.claim_token).bind(2, label.group_id).bind(3, stage_name(label.stage));
  Job job;
  if (!find.bind(4, label.claimed_at_unix_s).step()) return job;
  job.id = find.integer(0);
  job.group_id = label.group_id;
  job.stage = label.stage;
  job.attempt = label.attempt;
  job.retry_count = static_cast<int>(find.integer(1));
  job.claim_token = label.claim_token;
  return job;
}

Json files_of(Database& db, const std::string& group_id) {
  Json files = Json::array();
  Statement find(db, "SELECT path FROM subband_files WHERE group_id = ? ORDER BY path");
  find.bind(1, group_id);
  while (find.step()) files.push_back(find.text(0));
  return files;
}

Json said(const ParcelLabel& label, bool held) {
  return {{"group_id", label.group_id}, {"stage", stage_name(label.stage)}, {"held", held}};
}

}  // namespace

std::string parcel_path(const std::string& folder) {
  return (fs::path(folder) / "queue.sqlite3").string();
}

ParcelLabel read_label(const std::string& path) {
  if (!fs::is_regular_file(path))
    throw UsageError(path + ": no such file, expected a parcel made by 'manage-parcels pack'");
  Database db(path, Database::Mode::immutable, 1000);
  if (db.integer("SELECT count(*) FROM sqlite_master WHERE name = 'parcel'") == 0)
    throw DataError(path + ": a database, but no parcel, expected one made by 'manage-parcels'");
  Statement row(db,
                "SELECT group_id, stage, claim_token, attempt, claimed_at, packed_at, host,"
                " last_set_id, refused FROM parcel");
  if (!row.step()) throw DataError(path + ": its label is empty, expected a group and a claim");
  ParcelLabel label;
  label.group_id = row.text(0);
  try {
    label.stage = stage_from(row.text(1));
  } catch (const UsageError& error) {
    throw DataError(path + ": its label is damaged: " + error.what());
  }
  label.claim_token = row.integer(2);
  label.attempt = static_cast<int>(row.integer(3));
  label.claimed_at_unix_s = row.real(4);
  label.packed_at_unix_s = row.real(5);
  label.host = row.text(6);
  label.last_set_id = row.integer(7);
  label.refused = row.text(8);
  if (label.group_id.empty())
    throw DataError(path + ": its label names no group, expected one made by 'manage-parcels'");
  return label;
}

Json pack_group(Queue& queue, const std::string& group_id, const std::string& folder) {
  const std::string target = parcel_path(folder);
  if (fs::exists(target)) throw UsageError(target + ": exists, expected a folder without a parcel");
  const Stage stage = next_stage_of(queue, group_id);
  std::optional<Claim> claim = queue.claim_group(stage, group_id);
  if (!claim)
    throw TemporaryError(group_id + ": its " + stage_name(stage) +
                         " was done meanwhile, expected it to be ready");
  const Job job = claim->job();
  // One name for all, so that each takes away what killed ones left.
  const std::string workshop = queue.settings().path + ".parcel";
  const AtomicOutput local(workshop, this_process(job.claim_token), true);
  create_folders(local.path());
  write_parcel(queue, job, local.path() + "/queue.sqlite3");
  AtomicOutput output(target, this_process(job.claim_token), false);
  copy_file(local.path() + "/queue.sqlite3", output.path());
  output.commit();
  double expires = 0;
  try {
    expires = hand_over(queue, job);
  } catch (const Error&) {
    fs::remove(target);
    throw;
  }
  claim->detach();
  return {{"group_id", group_id},     {"stage", stage_name(stage)},
          {"parcel", target},         {"claim_token", job.claim_token},
          {"lease_expires", expires}, {"files", files_of(queue.database(), group_id)}};
}

Json renew_parcel(Queue& queue, const std::string& folder, const std::string& slurm_job_id,
                  const std::string& slurm_array_task_id) {
  const ParcelLabel label = read_label(parcel_path(folder));
  Database& db = queue.database();
  const Job job = held_job(db, label);
  const double now = queue.now_unix_s();
  const bool held = job.id != 0 && renew_lease(db, job, now, queue.settings().lease_s);
  Json answer = said(label, held);
  if (!held) return answer;
  if (!slurm_job_id.empty()) {
    Transaction transaction(db);
    for (const char* table : {"job", "job_attempt"})
      Statement(db, std::string("UPDATE ") + table +
                        " SET slurm_job_id = ?1, slurm_array_task_id = ?2 WHERE claim_token = ?3")
          .bind(1, slurm_job_id)
          .bind(2, slurm_array_task_id.empty() ? fs::path(folder).filename().string()
                                               : slurm_array_task_id)
          .bind(3, job.claim_token)
          .run();
    transaction.commit();
  }
  answer["lease_expires"] = now + queue.settings().lease_s;
  return answer;
}

Json recall_parcel(Queue& queue, const std::string& folder, const std::string& reason) {
  const ParcelLabel label = read_label(parcel_path(folder));
  const Job job = held_job(queue.database(), label);
  if (job.id == 0) return said(label, false);
  try {
    queue.take_up(job).release(reason.empty() ? "recalled" : reason);
  } catch (const LeaseLost&) {
    return said(label, false);
  }
  return said(label, true);
}

Json refuse_parcel(const std::string& folder, const std::string& reason) {
  const std::string path = parcel_path(folder);
  const ParcelLabel label = read_label(path);
  Database copy(path, Database::Mode::read_write, 1000);
  Statement(copy, "UPDATE parcel SET refused = ?")
      .bind(1, reason.empty() ? std::string("no reason given") : reason)
      .run();
  return {{"group_id", label.group_id}, {"stage", stage_name(label.stage)}, {"refused", reason}};
}

}  // namespace contimg::queue
