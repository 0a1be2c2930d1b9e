// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/verify.h"

#include <sys/stat.h>

#include <boost/filesystem.hpp>
#include <set>

#include "base/error.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

struct Rule {
  const char* check;
  const char* faults;  ///< A query of one text column: what breaks the rule.
};
constexpr Rule kRules[] = {
    {"a group has one convert job",
     "SELECT group_id FROM ingest_queue g WHERE 1 <> (SELECT count(*) FROM job j"
     " WHERE j.group_id = g.group_id AND j.stage = 'convert')"},
    {"the group's state is that of its convert job",
     "SELECT g.group_id || ': ' || g.state || ', job ' || j.state FROM ingest_queue g JOIN job j"
     " ON j.group_id = g.group_id AND j.stage = 'convert' WHERE CASE g.state"
     " WHEN 'collecting' THEN j.state <> 'waiting' WHEN 'pending' THEN j.state NOT IN"
     " ('ready', 'waiting') WHEN 'in_progress' THEN j.state <> 'claimed'"
     " WHEN 'completed' THEN j.state <> 'done' ELSE j.state <> 'failed' END"},
    {"a claimed job has a token and a lease",
     "SELECT group_id || ' ' || stage FROM job WHERE state = 'claimed'"
     " AND (claim_token IS NULL OR lease_expires IS NULL)"},
    {"no token is given twice",
     "SELECT claim_token FROM job WHERE claim_token IS NOT NULL GROUP BY 1 HAVING count(*) > 1"},
    {"no token is above the counter",
     "SELECT claim_token FROM job_attempt WHERE claim_token >"
     " (SELECT value FROM counter WHERE name = 'claim_token')"},
    {"a running attempt has a claimed job",
     "SELECT a.group_id || ' ' || a.claim_token FROM job_attempt a WHERE a.ended_at IS NULL AND"
     " NOT EXISTS (SELECT 1 FROM job j WHERE j.claim_token = a.claim_token)"},
    {"error and error_message agree",
     "SELECT group_id FROM ingest_queue WHERE error IS NOT error_message"},
    {"a file belongs to a group that exists",
     "SELECT path FROM subband_files WHERE group_id NOT IN (SELECT group_id FROM ingest_queue)"
     " UNION ALL SELECT path FROM hdf5_file_index WHERE role IS NOT NULL AND needs_grouping = 0"
     " AND group_id NOT IN (SELECT group_id FROM ingest_queue)"},
    {"a job belongs to a group that exists",
     "SELECT group_id FROM job WHERE group_id NOT IN (SELECT group_id FROM ingest_queue)"},
};

void add_faults(Database& db, const std::string& check, const std::string& query, Json& faults) {
  Statement find(db, query);
  while (find.step())
    if (find.text(0) != "ok") faults.push_back({{"check", check}, {"detail", find.text(0)}});
}

std::string fault_of(const std::string& path, Statement& recorded, const HeaderReader& read) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return "missing";
  if (!S_ISREG(now.st_mode)) return "not a regular file";
  if (now.st_size == 0) return "empty";
  recorded.reset();
  if (recorded.bind(1, path).step()) {
    const std::int64_t mtime_ns =
        std::int64_t{now.st_mtim.tv_sec} * 1'000'000'000 + now.st_mtim.tv_nsec;
    if (recorded.integer(0) != static_cast<std::int64_t>(now.st_ino))
      return "another file than the one recorded (inode)";
    if (recorded.integer(1) != now.st_size) return "size changed since it was recorded";
    if (recorded.integer(2) != mtime_ns) return "modified since it was recorded";
    if (recorded.text(3) == "invalid") return recorded.text(4);
  }
  try {
    read(path);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void add_absent(Database& db, const char* problem, const char* query, Json& problems) {
  Statement find(db, query);
  while (find.step())
    if (!fs::exists(find.text(0)))
      problems.push_back(
          {{"problem", problem}, {"path", find.text(0)}, {"group_id", find.text(1)}});
}

void add_unrecorded(Database& db, const fs::path& output_dir, Json& problems) {
  std::set<std::string> recorded;
  Statement find(db, "SELECT path FROM ms_index UNION SELECT path FROM product");
  while (find.step()) recorded.insert(fs::absolute(find.text(0)).lexically_normal().string());
  for (const char* kind : {"science", "calibrators"}) {
    if (!fs::is_directory(output_dir / kind)) continue;
    for (const auto& date : fs::directory_iterator(output_dir / kind)) {
      if (!fs::is_directory(date.path())) continue;
      for (const auto& set : fs::directory_iterator(date.path())) {
        const std::string path = fs::absolute(set.path()).lexically_normal().string();
        if (set.path().extension() == ".ms" && recorded.count(path) == 0)
          problems.push_back({{"problem", "on disk, not in the queue"},
                              {"path", path},
                              {"group_id", set.path().stem().string()}});
      }
    }
  }
}

}  // namespace

Json validate_group(Database& db, const std::string& group_id, const HeaderReader& read_header) {
  if (!find_group(db, group_id))
    throw UsageError(group_id + ": no such group in " + db.path() +
                     ", expected one that 'manage-queue list' shows");
  Statement recorded(db,
                     "SELECT inode, file_size_bytes, mtime_ns, state, reason FROM hdf5_file_index"
                     " WHERE path = ?");
  Json valid = Json::array(), invalid = Json::array();
  for (const auto& [subband, path] : group_files(db, group_id)) {
    const std::string fault = fault_of(path, recorded, read_header);
    if (fault.empty())
      valid.push_back(path);
    else
      invalid.push_back({{"path", path}, {"reason", fault}});
  }
  Statement bad(db,
                "SELECT path, role_reason FROM hdf5_file_index"
                " WHERE group_id = ? AND role = 'bad' ORDER BY path");
  bad.bind(1, group_id);
  while (bad.step()) {
    const std::string fault = fault_of(bad.text(0), recorded, read_header);
    invalid.push_back({{"path", bad.text(0)}, {"reason", fault.empty() ? bad.text(1) : fault}});
  }
  return {{"group_id", group_id},
          {"n_valid", valid.size()},
          {"n_invalid", invalid.size()},
          {"valid", valid},
          {"invalid", invalid}};
}

Json verify_products(Database& db, const std::string& output_dir) {
  Json problems = Json::array();
  add_absent(db, "product missing",
             "SELECT path, group_id FROM product WHERE removed_at IS NULL UNION"
             " SELECT path, group_id FROM ms_index WHERE status IS NOT 'removed'",
             problems);
  add_absent(db, "input missing",
             "SELECT path, group_id FROM subband_files JOIN ingest_queue USING (group_id)"
             " WHERE state IN ('collecting', 'pending', 'in_progress')",
             problems);
  if (!output_dir.empty()) add_unrecorded(db, output_dir, problems);
  return problems;
}

Json check_queue(Database& db) {
  Json faults = Json::array();
  for (const std::string& damage : db.damages())
    faults.push_back({{"check", "integrity"}, {"detail", damage}});
  add_faults(db, "foreign keys", "PRAGMA foreign_key_check", faults);
  for (const Rule& rule : kRules) add_faults(db, rule.check, rule.faults, faults);
  return faults;
}

}  // namespace contimg::queue
