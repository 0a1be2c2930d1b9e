// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/conversion.h"

#include <boost/filesystem.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "queue/groups.h"
#include "queue/process_metrics.h"

namespace contimg::queue {
namespace {

// form-groups writes a list of objects with a name; an operator may have written plain names.
std::string first_name(const std::string& calibrators) {
  const nlohmann::json list = nlohmann::json::parse(calibrators, nullptr, false);
  if (!list.is_array() || list.empty()) return "";
  const nlohmann::json& first = list.front();
  if (first.is_string()) return first.get<std::string>();
  return first.is_object() ? first.value("name", "") : "";
}

// A copy in the archive is no input: who wants the group again has to bring it back.
void require_present(Database& db, const std::string& path, const std::string& id) {
  if (boost::filesystem::exists(path)) return;
  Statement removed(db, "SELECT archived_as FROM removal WHERE path = ? AND kind = 'raw'");
  if (!removed.bind(1, path).step()) return;
  throw DataError(path + ": was removed, expected the file; bring it back: cp -p '" +
                  removed.text(0) + "' '" + path + "', likewise the others of the group, then" +
                  " 'manage-queue retry " + id + "'");
}

}  // namespace

ConversionInput conversion_input(Queue& queue, const std::string& id) {
  const std::optional<Group> group = find_group(queue.database(), id);
  if (!group)
    throw UsageError(id + ": not in the queue, expected a group that 'manage-queue list' shows");
  ConversionInput input;
  for (const auto& [subband, path] : group_files(queue.database(), id)) input.files.push_back(path);
  if (input.files.empty())
    throw DataError(id +
                    ": the queue knows no files of it, expected subband files; run "
                    "scan-incoming and form-groups");
  for (const std::string& path : input.files) require_present(queue.database(), path, id);
  input.is_calibrator = group->has_calibrator.value_or(false);
  if (input.is_calibrator) input.calibrator = first_name(group->calibrators);
  input.expected_subbands = static_cast<std::size_t>(std::max(0, group->expected_subbands));
  return input;
}

ConversionInput conversion_input(Queue& queue, Claim& claim, const std::string& checkpoint_dir) {
  const std::string id = claim.job().group_id;
  if (!checkpoint_dir.empty())
    claim.record_checkpoint(checkpoint_dir + "/" + id + ".checkpoint.uvh5");
  return conversion_input(queue, id);
}

Outcome conversion_outcome(const MeasurementSetRow& set, const ConversionTimes& times,
                           std::int64_t bytes_read) {
  Outcome outcome;
  outcome.products.push_back({set.path, "ms", 0, "", ""});
  outcome.measurement_set = set;
  if (!(times.total_s > 0)) return outcome;
  outcome.conversion = times;
  outcome.metrics = process_metrics(times.total_s);
  outcome.metrics->bytes_read = bytes_read;
  return outcome;
}

}  // namespace contimg::queue
