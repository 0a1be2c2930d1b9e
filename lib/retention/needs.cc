// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/needs.h"

#include <algorithm>
#include <boost/filesystem.hpp>

#include "base/error.h"
#include "queue/groups.h"
#include "queue/parcel.h"
#include "retention/ground.h"

namespace contimg::retention {
namespace {

// collect-backlog moves a parcel that is dealt with into taken/; what it left is open.
std::map<std::string, std::string> open_parcels(const std::string& root) {
  std::map<std::string, std::string> found;
  if (root.empty()) return found;
  for (const Entry& batch : entries_of(root + "/slurm")) {
    if (!batch.is_folder || was_moved_aside(batch.path)) continue;
    for (const Entry& task : entries_of(batch.path)) {
      const std::string parcel = queue::parcel_path(task.path);
      if (!task.is_folder || !boost::filesystem::is_regular_file(parcel)) continue;
      try {
        found[queue::read_label(parcel).group_id] = task.path;
      } catch (const Error&) {
        continue;  // no parcel: it names no group
      }
    }
  }
  return found;
}

}  // namespace

Needs::Needs(Database& db, const contimg::Settings& settings)
    : db_(db),
      stages_(queue::stages_from(settings.stages)),
      deep_(settings.tier != "quicklook"),
      parcels_(open_parcels(settings.root)) {}

std::string Needs::open_parcel(const std::string& group_id) const {
  const auto found = parcels_.find(group_id);
  return found == parcels_.end() ? "" : found->second;
}

std::string Needs::of_jobs(const std::string& group_id) {
  Statement jobs(db_, "SELECT stage, state FROM job WHERE group_id = ?");
  jobs.bind(1, group_id);
  std::map<std::string, std::string> state_of;
  while (jobs.step()) state_of[jobs.text(0)] = jobs.text(1);
  for (const auto& [stage, state] : state_of)
    if (state == "claimed") return "a worker has its group (" + stage + ")";
  for (const queue::Stage stage : stages_) {
    const std::string name = queue::stage_name(stage);
    const auto found = state_of.find(name);
    if (found == state_of.end()) return "its group has not come to " + name;
    if (found->second != "done") return "its group's " + name + " is " + found->second;
  }
  return "";
}

std::string Needs::of_images(const std::string& group_id) {
  const bool imaged =
      std::find(stages_.begin(), stages_.end(), queue::Stage::image) != stages_.end();
  if (!imaged) return "image is not among pipeline.stages, so it is the last product";
  Statement images(db_,
                   "SELECT count(*), total(tier <> 'quicklook') FROM images"
                   " WHERE group_id = ? AND type = 'image'");
  images.bind(1, group_id).step();
  if (images.integer(0) == 0) return "its group has no image";
  if (deep_ && images.real(1) < 0.5) return "its group has a quicklook image only";
  return "";
}

std::string Needs::of_group(const std::string& group_id) {
  const auto group = queue::find_group(db_, group_id);
  if (!group) return "the queue does not know its group";
  if (group->state != queue::GroupState::completed)
    return std::string("its group is ") + queue::group_state_name(group->state);
  if (const std::string folder = open_parcel(group_id); !folder.empty())
    return "an open batch has its group: " + folder;
  const std::string jobs = of_jobs(group_id);
  return jobs.empty() ? of_images(group_id) : jobs;
}

std::string Needs::of_set(const std::string& group_id, const std::string& path) {
  Statement solved(db_,
                   "SELECT name || ':' || version || ' (' || state || ')' FROM calibration_set"
                   " WHERE state IN ('active', 'candidate') AND (group_id = ? OR ms_path = ?)");
  if (solved.bind(1, group_id).bind(2, path).step())
    return "calibration set " + solved.text(0) + " was solved from it";
  return of_group(group_id);
}

}  // namespace contimg::retention
