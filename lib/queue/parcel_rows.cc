// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/parcel_rows.h"

#include <algorithm>

#include "base/attachment.h"
#include "base/error.h"
#include "base/text.h"

namespace contimg::queue {
namespace {

// In an order in which no row refers to one that comes later. ?1 is the group.
struct Copied {
  const char* table;
  const char* rows;
};

// How a set is chosen for a group depends on the active sets, on where the telescope pointed around
// it, and what an image is held to on the latest images of its strip: these go along.
constexpr Copied kCopied[] = {
    {"ingest_queue", "group_id = ?1"},
    {"subband_files", "group_id = ?1"},
    {"hdf5_file_index",
     "group_id = ?1 OR path IN (SELECT path FROM source.subband_files WHERE group_id = ?1)"},
    {"job", "group_id = ?1"},
    {"job_attempt", "group_id = ?1 AND ended_at IS NOT NULL"},
    {"product", "group_id = ?1"},
    {"ms_index", "group_id = ?1"},
    {"performance_metrics", "group_id = ?1"},
    {"stage_metrics", "group_id = ?1"},
    {"flag_shares", "group_id = ?1"},
    {"images",
     "group_id = ?1 OR id IN (SELECT i.id FROM source.images i JOIN source.ingest_queue g"
     " ON g.group_id = ?1 WHERE i.type = 'image' AND i.tier = 'science' AND i.science"
     " AND i.verdict <> 'FAIL' AND i.center_dec_deg"
     " BETWEEN degrees(g.pointing_dec_rad) - 1.5 AND degrees(g.pointing_dec_rad) + 1.5"
     " ORDER BY i.mid_mjd DESC LIMIT 200)"},
    {"image_qa", "group_id = ?1"},
    {"calibration_set",
     "state = 'active' OR group_id = ?1 OR id IN"
     " (SELECT set_id FROM source.calibration_use WHERE group_id = ?1)"
     " OR name IN (SELECT name FROM source.calibration_set WHERE group_id = ?1)"},
    {"calibration_table", "set_id IN (SELECT id FROM main.calibration_set) AND ?1 <> ''"},
    {"calibration_use", "group_id = ?1"},
    {"pointing_history",
     "abs(timestamp_mjd - (SELECT first_time_unix_s FROM source.ingest_queue"
     " WHERE group_id = ?1) / 86400.0 - 40587.0) < 7"},
    {"degradation", "?1 <> ''"},
};

// Other groups that show that the telescope was moved.
constexpr const char* kMoves =
    "INSERT OR IGNORE INTO main.pointing_history (timestamp_mjd, ra, dec, source, recorded_at)"
    " SELECT o.first_time_unix_s / 86400.0 + 40587.0, NULL, degrees(o.pointing_dec_rad),"
    " 'group ' || o.group_id, o.last_update FROM source.ingest_queue g"
    " JOIN source.ingest_queue o ON o.first_time_unix_s BETWEEN g.first_time_unix_s - 604800"
    " AND g.first_time_unix_s + 604800 WHERE g.group_id = ?1 AND o.group_id <> ?1"
    " AND o.state <> 'failed' AND abs(o.pointing_dec_rad - g.pointing_dec_rad) > 1e-4";

constexpr const char* kLabel =
    "CREATE TABLE parcel (group_id TEXT NOT NULL, stage TEXT NOT NULL,"
    " claim_token INTEGER NOT NULL, attempt INTEGER NOT NULL, claimed_at REAL NOT NULL,"
    " packed_at REAL NOT NULL, host TEXT NOT NULL, last_set_id INTEGER NOT NULL,"
    " refused TEXT NOT NULL DEFAULT '')";

// In the parcel the job waits for the task; its claim there will be this same attempt.
void make_ready_for_task(Database& parcel, const ParcelLabel& label) {
  Statement(parcel,
            "UPDATE job SET state = 'ready', attempt = attempt - 1, claim_token = NULL,"
            " lease_expires = NULL, heartbeat_at = NULL, host = NULL, pid = NULL,"
            " slurm_job_id = NULL, slurm_array_task_id = NULL, not_before = NULL"
            " WHERE state = 'claimed' AND stage = ?")
      .bind(1, stage_name(label.stage))
      .run();
  parcel.execute("UPDATE ingest_queue SET state = 'pending' WHERE state = 'in_progress'");
  Statement(parcel, "UPDATE counter SET value = ? WHERE name = 'claim_token'")
      .bind(1, label.claim_token)
      .run();
}

void write_label(Database& parcel, const ParcelLabel& label) {
  parcel.execute(kLabel);
  Statement(parcel, "INSERT INTO parcel VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')")
      .bind(1, label.group_id)
      .bind(2, stage_name(label.stage))
      .bind(3, label.claim_token)
      .bind(4, label.attempt)
      .bind(5, label.claimed_at_unix_s)
      .bind(6, label.packed_at_unix_s)
      .bind(7, label.host)
      .bind(8, label.last_set_id)
      .run();
}

}  // namespace

std::vector<std::string> columns_of(Database& db, const std::string& table,
                                    const std::vector<std::string>& except) {
  Statement names(db, "SELECT name FROM pragma_table_info(?)");
  names.bind(1, table);
  std::vector<std::string> columns;
  while (names.step())
    if (std::find(except.begin(), except.end(), names.text(0)) == except.end())
      columns.push_back('"' + names.text(0) + '"');
  return columns;
}

ParcelLabel fill_parcel(Database& parcel, const std::string& queue_path, ParcelLabel label) {
  const Attachment source(parcel, queue_path, "source");
  // The rows have been through their triggers where they come from.
  parcel.run_triggers(false);
  Transaction transaction(parcel);
  for (const Copied& copied : kCopied) {
    const std::string columns = joined(columns_of(parcel, copied.table));
    Statement(parcel, std::string("INSERT INTO main.") + copied.table + " (" + columns +
                          ") SELECT " + columns + " FROM source." + copied.table + " WHERE " +
                          copied.rows)
        .bind(1, label.group_id)
        .run();
  }
  Statement(parcel, kMoves).bind(1, label.group_id).run();
  Statement claimed(parcel, "SELECT started_at FROM source.job_attempt WHERE claim_token = ?");
  if (!claimed.bind(1, label.claim_token).step())
    throw TemporaryError(label.group_id + ": its claim is gone, expected to hold it while packing");
  label.claimed_at_unix_s = claimed.real(0);
  claimed.reset();
  label.last_set_id = parcel.integer("SELECT coalesce(max(id), 0) FROM source.calibration_set");
  make_ready_for_task(parcel, label);
  // A set that the task solves must not get the number of one that stayed here.
  Statement(parcel, "DELETE FROM main.sqlite_sequence WHERE name = 'calibration_set'").run();
  Statement(parcel, "INSERT INTO main.sqlite_sequence (name, seq) VALUES ('calibration_set', ?)")
      .bind(1, label.last_set_id)
      .run();
  write_label(parcel, label);
  transaction.commit();
  return label;
}

}  // namespace contimg::queue
