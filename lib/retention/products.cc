// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/products.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/clock.h"
#include "queue/groups.h"
#include "queue/product_size.h"
#include "retention/archive.h"
#include "retention/ground.h"

namespace contimg::retention {
namespace {

// What the queue knows of a raw file.
struct Known {
  std::int64_t size_byte = -1, mtime_ns = 0;
};
std::optional<Known> known_file(Database& db, const std::string& path) {
  Statement find(db, "SELECT file_size_bytes, mtime_ns FROM hdf5_file_index WHERE path = ?");
  if (!find.bind(1, path).step()) return std::nullopt;
  return Known{find.integer(0), find.integer(1)};
}

// Why a raw file is not what the queue knows; empty: it is.
std::string why_changed(Database& db, const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return "not there";
  const auto known = known_file(db, path);
  if (!known) return "the queue has no record of the file";
  const std::int64_t mtime_ns =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  if (!S_ISREG(status.st_mode) || status.st_size != known->size_byte || mtime_ns != known->mtime_ns)
    return "not as the queue knows it (size, time of last change)";
  return "";
}

std::string set_of(Database& db, const std::string& group_id) {
  const auto group = queue::find_group(db, group_id);
  return group ? group->product_path : "";
}

/// Judges what the queue knows, one kind after another.
class Judge {
 public:
  Judge(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan)
      : db_(db), settings_(settings), now_(now_unix_s), plan_(plan), needs_(db, settings) {}

  void images() {
    Statement find(db_,
                   "SELECT path, group_id, created_at FROM product WHERE stage = 'image'"
                   " AND kind IN ('residual', 'model', 'psf') AND created_at <= ?"
                   " ORDER BY created_at, path");
    find.bind(1, now_ - settings_.keep_image_days * kDay_s);
    while (find.step()) image(find.text(0), find.text(1), now_ - find.real(2));
  }

  // The newer of conversion, calibration and imaging counts, whichever touched the set last.
  void sets() {
    Statement find(db_,
                   "SELECT p.path, p.group_id, max(p.created_at, coalesce(m.stage_updated_at, 0))"
                   " AS last FROM product p LEFT JOIN ms_index m ON m.path = p.path"
                   " WHERE p.kind = 'ms' AND last <= ? ORDER BY last, p.path");
    find.bind(1, now_ - settings_.keep_ms_days * kDay_s);
    while (find.step()) set(find.text(0), find.text(1), now_ - find.real(2));
  }

  void raw_files() {
    Statement find(db_,
                   "SELECT f.path, g.group_id, max(mtime_ns / 1e9, g.last_update) AS last"
                   " FROM subband_files JOIN ingest_queue g USING (group_id)"
                   " JOIN hdf5_file_index f USING (path) WHERE last <= ? ORDER BY f.path");
    find.bind(1, now_ - settings_.keep_raw_days * kDay_s);
    while (find.step()) raw(find.text(0), find.text(1), now_ - find.real(2));
  }

 private:
  Candidate candidate(Kind kind, const std::string& path, const std::string& group_id,
                      double age_s) const {
    Candidate result;
    result.kind = kind;
    result.path = path;
    result.group_id = group_id;
    result.age_s = age_s;
    result.size_byte = queue::size_on_disk(path);
    return result;
  }

  void add(Candidate candidate, const std::string& why_not, const std::string& why) {
    candidate.goes = why_not.empty();
    candidate.why = candidate.goes ? why : why_not;
    plan_.candidates.push_back(candidate);
  }

  void image(const std::string& path, const std::string& group_id, double age_s) {
    if (!is_there(path)) return;
    std::string why_not = why_out_of_bounds(path, settings_.image_dir);
    if (why_not.empty()) why_not = needs_.of_group(group_id);
    add(candidate(Kind::image, path, group_id, age_s), why_not,
        "only measure-sources reads it, and has done so");
  }

  void set(const std::string& path, const std::string& group_id, double age_s) {
    if (!is_there(path)) return;
    Candidate found = candidate(Kind::set, path, group_id, age_s);
    std::string why_not = why_out_of_bounds(path, settings_.output_dir);
    if (why_not.empty() && !is_table(path)) why_not = "not a Measurement Set";
    if (why_not.empty() && set_of(db_, group_id) != path) why_not = "not the set of its group";
    if (why_not.empty()) why_not = needs_.of_set(group_id, path);
    std::string why = "its raw files are there";
    if (why_not.empty()) why_not = why_not_again(db_, settings_, group_id);
    if (!why_not.empty() && why_not.find("raw file") != std::string::npos) {
      const Copy copy = find_copy(path, settings_.output_dir, settings_.archive_dir);
      if (copy.is_same) why_not.clear();
      if (copy.is_same) why = "an identical copy is in the archive";
      found.archived_as = copy.is_same ? copy.path : "";
    }
    add(found, why_not, why);
  }

  void raw(const std::string& path, const std::string& group_id, double age_s) {
    if (!is_there(path)) return;
    Candidate found = candidate(Kind::raw, path, group_id, age_s);
    std::string why_not = why_out_of_bounds(path, settings_.input_dir);
    if (why_not.empty()) why_not = needs_.of_group(group_id);
    if (why_not.empty()) why_not = why_changed(db_, path);
    if (why_not.empty()) {
      const Copy copy = find_copy(path, settings_.input_dir, settings_.archive_dir);
      why_not = copy.why;
      found.archived_as = copy.is_same ? copy.path : "";
      found.sha256 = copy.sha256;
    }
    add(found, why_not, "an identical copy is in the archive");
  }

  Database& db_;
  const contimg::Settings& settings_;
  double now_;
  Plan& plan_;
  Needs needs_;
};

}  // namespace

std::string why_not_again(Database& db, const contimg::Settings& settings,
                          const std::string& group_id) {
  const auto files = queue::group_files(db, group_id);
  if (files.empty()) return "the queue knows no raw file of its group";
  for (const auto& [subband, path] : files) {
    const std::string changed = why_changed(db, path);
    if (changed.empty()) continue;
    if (is_there(path)) return "its raw file " + path + " is " + changed;
    Statement removed(db, "SELECT archived_as, size_byte, sha256 FROM removal WHERE path = ?");
    if (removed.bind(1, path).step() &&
        is_copy(removed.text(0), removed.integer(1), removed.text(2)) &&
        why_out_of_bounds(removed.text(0), settings.archive_dir).empty())
      continue;
    return "its raw file " + path + " is gone, and has no copy in the archive";
  }
  return "";
}

void add_products(Database& db, const contimg::Settings& settings, double now_unix_s, Plan& plan) {
  Judge judge(db, settings, now_unix_s, plan);
  if (settings.keep_image_days > 0)
    judge.images();
  else
    plan.kept.push_back({Kind::image, "retention.keep_image_days"});
  if (settings.keep_ms_days > 0)
    judge.sets();
  else
    plan.kept.push_back({Kind::set, "retention.keep_ms_days"});
  if (settings.keep_raw_days > 0)
    judge.raw_files();
  else
    plan.kept.push_back({Kind::raw, "retention.keep_raw_days"});
}

}  // namespace contimg::retention
