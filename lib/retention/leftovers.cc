// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/leftovers.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <regex>
#include <set>

#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "queue/parcel.h"
#include "queue/product_size.h"
#include "retention/ground.h"
#include "retention/needs.h"

namespace contimg::retention {
namespace {

namespace fs = boost::filesystem;

constexpr int kDeepest = 6;  // <output>/science/DATE/SET is 3

Candidate candidate_of(Kind kind, const Entry& entry, double now_unix_s) {
  Candidate result;
  result.kind = kind;
  result.path = entry.path;
  result.size_byte = queue::size_on_disk(entry.path);
  result.age_s = now_unix_s - entry.modified_unix_s;
  return result;
}

void settle(Candidate& candidate, const std::string& why_not, const std::string& why) {
  candidate.goes = why_not.empty();
  candidate.why = candidate.goes ? why : why_not;
}

std::string name_of(const std::string& path) { return fs::path(path).filename().string(); }

/// Walks the folders that tools write into.
class ScratchWalk {
 public:
  ScratchWalk(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan)
      : db_(db), settings_(settings), now_(now_unix_s), plan_(plan) {}

  void run() {
    const contimg::Settings& s = settings_;
    for (const std::string& folder :
         {s.output_dir, s.image_dir, s.mosaic_dir, s.source_dir, s.caltable_dir, s.scratch_dir,
          s.checkpoint_dir, s.log_dir, s.backup_dir,
          s.tmpfs_dir.empty() ? "" : s.tmpfs_dir + "/contimg"})
      walk(folder, kDeepest);
    for (const std::string& folder : {s.input_dir, s.tmpfs_dir, folder_of(s.queue_db),
                                      folder_of(s.measurement_db), folder_of(s.lightcurve_db)})
      walk(folder, 1);
    if (!s.root.empty()) walk(s.root + "/slurm", 1);
  }

 private:
  static std::string folder_of(const std::string& file) {
    return file.empty() ? "" : fs::path(plain_path(file)).parent_path().string();
  }

  void walk(const std::string& folder, int depth) {
    if (folder.empty() || depth == 0) return;
    for (const Entry& entry : entries_of(plain_path(folder))) {
      const auto owner = partial_owner(name_of(entry.path));
      const bool is_partial = name_of(entry.path).find(".partial-") != std::string::npos;
      if (owner && is_partial)
        judge(entry, *owner);
      else if (entry.is_folder && !is_table(entry.path))
        walk(entry.path, depth - 1);
    }
  }

  void judge(const Entry& entry, const PartialOwner& owner) {
    const bool finished = was_moved_aside(entry.path);
    const double age_s = now_ - entry.modified_unix_s;
    if (!finished &&
        (settings_.keep_scratch_days <= 0 || age_s < settings_.keep_scratch_days * kDay_s))
      return;
    if (!seen_.insert(entry.path).second) return;
    // A memory disk is everybody's: there only what is named as image-ms names it is ours.
    if (fs::path(entry.path).parent_path() == plain_path(settings_.tmpfs_dir) &&
        name_of(entry.path).find(".imaging.partial-") == std::string::npos)
      return;
    Candidate found = candidate_of(Kind::scratch, entry, now_);
    found.age_s = age_s;
    std::string why_not;
    if (!owner_is_dead(owner))
      why_not = "its owner may live: process " + std::to_string(owner.pid) + " on " + owner.host;
    else if (!finished)
      why_not = why_resumed(entry.path);
    settle(found, why_not,
           finished ? "a clean-up that was killed was removing it" : "its owner is dead");
    plan_.candidates.push_back(found);
  }

  // <group>.ms.partial-..., <group>.checkpoint.uvh5.partial-...: a conversion may go on with it.
  std::string why_resumed(const std::string& path) {
    const std::string name = name_of(path);
    const std::string group_id = name.substr(0, name.find('.'));
    Statement job(db_,
                  "SELECT state FROM job WHERE group_id = ? AND stage = 'convert'"
                  " AND state NOT IN ('done', 'failed')");
    if (!job.bind(1, group_id).step()) return "";
    return "the conversion of its group, which is " + job.text(0) + ", may go on with it";
  }

  Database& db_;
  const contimg::Settings& settings_;
  double now_;
  Plan& plan_;
  std::set<std::string> seen_;
};

void add_files(const std::string& folder, const std::regex& names, Kind kind,
               const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  if (folder.empty()) return;
  for (const Entry& entry : entries_of(plain_path(folder))) {
    if (!entry.is_file || !std::regex_match(name_of(entry.path), names)) continue;
    Candidate found = candidate_of(kind, entry, now_unix_s);
    if (found.age_s < settings.keep_log_days * kDay_s) continue;
    const bool written = !settings.log_file.empty() && plain_path(settings.log_file) == entry.path;
    settle(found, written ? "it is log.file" : "", "older than retention.keep_log_days");
    plan.candidates.push_back(found);
  }
}

// Why a parcel that was dealt with is still wanted; empty: it is not.
std::string why_unmerged(Database& db, const std::string& folder) {
  try {
    const queue::ParcelLabel label = queue::read_label(queue::parcel_path(folder));
    Statement attempt(db,
                      "SELECT ended_at FROM job_attempt WHERE claim_token = ? AND group_id = ?");
    if (!attempt.bind(1, label.claim_token).bind(2, label.group_id).step())
      return "this queue does not know the claim of " + folder;
    return attempt.is_null(0) ? "the claim of " + folder + " has not ended" : "";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string why_open(Database& db, const std::string& batch) {
  for (const Entry& entry : entries_of(batch)) {
    if (!entry.is_folder) continue;
    const std::string name = name_of(entry.path);
    if (name.find_first_not_of("0123456789") == std::string::npos)
      return "a parcel of it is open: " + name;
    if (name != "taken") continue;  // what its tasks were given
    for (const Entry& task : entries_of(entry.path)) {
      const std::string why = why_unmerged(db, task.path);
      if (!why.empty()) return why;
    }
  }
  return "";
}

}  // namespace

void add_scratch(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  ScratchWalk(db, settings, now_unix_s, plan).run();
  if (settings.keep_scratch_days <= 0)
    plan.kept.push_back({Kind::scratch, "retention.keep_scratch_days"});
}

void add_logs(const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  if (settings.keep_log_days <= 0) {
    plan.kept.push_back({Kind::log, "retention.keep_log_days"});
    return;
  }
  static const std::regex logs(R"(.+\.(log|err|out)([-.][-.0-9]+)?(\.(gz|xz|zst|bz2))?)");
  static const std::regex reports(R"(night-.+\.html)");
  add_files(settings.log_dir, logs, Kind::log, settings, now_unix_s, plan);
  if (!settings.root.empty())
    add_files(settings.root + "/state/reports", reports, Kind::report, settings, now_unix_s, plan);
}

void add_batches(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  if (settings.root.empty() || settings.keep_log_days <= 0) return;
  static const std::regex names(R"(\d{8}T\d{6}Z-\d+)");
  for (const Entry& entry : entries_of(plain_path(settings.root) + "/slurm")) {
    if (!entry.is_folder || !std::regex_match(name_of(entry.path), names)) continue;
    Candidate found = candidate_of(Kind::batch, entry, now_unix_s);
    if (found.age_s < settings.keep_log_days * kDay_s) continue;
    settle(found, why_open(db, entry.path), "every parcel of it was taken in");
    plan.candidates.push_back(found);
  }
}

}  // namespace contimg::retention
