// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/settings.h"
#include "queue/queue.h"

namespace contimg::retention {

/// What a group's files are asked for by others, told from the queue as it is now.
class Needs {
 public:
  /// Also looks for open batches below `<root>/slurm`.
  Needs(Database& db, const contimg::Settings& settings);

  /// Why files of a group must stay; empty: nobody needs them. A group is at rest when all enabled
  /// stages are done, imaging among them, with an image that is not only a quicklook one where
  /// deep ones are configured, and when no open batch has it.
  std::string of_group(const std::string& group_id);
  /// The same of its Measurement Set, which a calibration set that is active, or may become so,
  /// needs too.
  std::string of_set(const std::string& group_id, const std::string& path);
  /// The folder of an open batch with the group; empty: none.
  std::string open_parcel(const std::string& group_id) const;

 private:
  std::string of_jobs(const std::string& group_id);
  std::string of_images(const std::string& group_id);

  Database& db_;
  std::vector<queue::Stage> stages_;
  bool deep_;
  std::map<std::string, std::string> parcels_;  // by group
};

}  // namespace contimg::retention
