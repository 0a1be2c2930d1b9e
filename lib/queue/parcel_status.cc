// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/parcel_status.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <iostream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "base/utc_stamp.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

const std::vector<std::string>& states() {
  static const std::vector<std::string> all = {
      "queued", "running", "returned", "done", "waits", "failed", "given back", "lost", "unknown"};
  return all;
}

// An array of the batch: Slurm's number and the stages that it does.
struct Array {
  std::string job, name;
};

struct Task {
  std::string batch, index, folder;
  bool taken = false;
  ParcelLabel label;
  std::vector<std::string> receipts, begun;
  std::vector<SchedulerTask> shown;  // by the arrays that know it, in order
};

// The parts of a line between separators.
std::vector<std::string> parts_of(const std::string& line, char separator) {
  std::vector<std::string> parts;
  std::istringstream text(line);
  for (std::string part; std::getline(text, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<Array> arrays_of(const fs::path& batch) {
  std::vector<Array> arrays;
  std::istringstream file(file_bytes((batch / "job").string()).value_or(""));
  const std::string name = "contimg." + batch.filename().string();
  for (std::string line; std::getline(file, line);)
    arrays.push_back({parts_of(line, '\t').front(),
                      name + (arrays.empty() ? "" : "." + std::to_string(arrays.size() + 1))});
  return arrays;
}

std::vector<std::string> named(const fs::path& folder, const std::string& prefix,
                               const std::string& extension) {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) == 0 && (extension.empty() || entry.path().extension() == extension))
      found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Tasks that were cancelled before Slurm made jobs of them are one line, without an index.
std::vector<SchedulerTask> shown_of(const Task& task, const std::vector<Array>& arrays,
                                    const SchedulerView& view) {
  std::vector<SchedulerTask> all;
  for (const Array& array : arrays) {
    const auto shown = view.find({array.name, task.index});
    if (shown != view.end()) all.push_back(shown->second);
  }
  if (arrays.empty() || !all.empty() || !task.begun.empty()) return all;
  const auto rest = view.find({arrays.front().name, "N/A"});
  if (rest != view.end() && rest->second.state == "CANCELLED") all.push_back(rest->second);
  return all;
}

std::vector<Task> tasks_of(const fs::path& batch, const std::optional<SchedulerView>& view) {
  std::vector<Task> tasks;
  const std::vector<Array> arrays = arrays_of(batch);
  for (const fs::path& place : {batch, batch / "taken"}) {
    if (!fs::is_directory(place)) continue;
    for (const auto& entry : fs::directory_iterator(place)) {
      const std::string index = entry.path().filename().string();
      if (index.find_first_not_of("0123456789") != std::string::npos ||
          !fs::exists(parcel_path(entry.path().string())))
        continue;
      Task task;
      task.batch = batch.filename().string();
      task.index = index;
      task.folder = entry.path().string();
      task.taken = place != batch;
      task.label = read_label(parcel_path(task.folder));
      task.receipts = named(task.folder, "receipt", ".sqlite3");
      task.begun = named(task.folder, "begun", "");
      if (view) task.shown = shown_of(task, arrays, *view);
      tasks.push_back(std::move(task));
    }
  }
  std::sort(tasks.begin(), tasks.end(),
            [](const Task& a, const Task& b) { return std::stoll(a.index) < std::stoll(b.index); });
  return tasks;
}

// What the queue has of a task: its claim, and the tries that the task made.
struct Record {
  std::string claim;    // outcome of the claim under which it was sent; empty: not of this queue
  std::string outcome;  // of the last try
  std::string reason, host;
  double lease_expires_unix_s = 0;
  std::string reached;
};

Record record_of(Queue& queue, const Task& task, const std::set<std::string>& jobs) {
  Database& db = queue.database();
  Record record;
  Statement tries(
      db,
      "SELECT a.claim_token, a.outcome, coalesce(a.reason, j.reason, ''),"
      " coalesce(a.host, ''), coalesce(a.slurm_job_id, ''), a.started_at, j.state,"
      " coalesce(j.lease_expires, 0) FROM job_attempt a LEFT JOIN job j"
      " USING (group_id, stage) WHERE a.group_id = ?1 AND (a.claim_token = ?2"
      " OR (a.claim_token > ?2 AND a.slurm_array_task_id = ?3)) ORDER BY a.claim_token");
  tries.bind(1, task.label.group_id).bind(2, task.label.claim_token).bind(3, task.index);
  while (tries.step()) {
    const bool own = tries.integer(0) == task.label.claim_token;
    if (own && tries.real(5) != task.label.claimed_at_unix_s) return record;
    if (!own && jobs.count(tries.text(4)) == 0) continue;
    if (own) {
      record.claim = tries.text(1);
      if (record.claim == "running") record.lease_expires_unix_s = tries.real(7);
    }
    record.outcome = tries.text(1);
    record.reason = record.outcome == "done" ? "" : tries.text(2);
    record.host = tries.text(3);
  }
  Statement reached(db, "SELECT stage FROM job WHERE group_id = ? AND state = 'done'");
  reached.bind(1, task.label.group_id);
  std::optional<Stage> last;
  while (reached.step()) {
    const Stage stage = stage_from(reached.text(0));
    last = std::max(last.value_or(stage), stage);
  }
  if (last) record.reached = stage_name(*last);
  return record;
}

struct Finding {
  std::string state, reason, next;
};

Finding lost(Queue& queue, const Task& task, const Record& record) {
  Finding finding{"lost", "", ""};
  const double lease = record.lease_expires_unix_s;
  finding.reason = task.begun.empty() ? "no receipt, it never began" : "it began, no receipt";
  finding.reason += task.shown.empty() ? "; Slurm does not know it"
                                       : "; Slurm: " + task.shown.front().state +
                                             (task.shown.front().reason.empty() ||
                                                      task.shown.front().reason == "None"
                                                  ? ""
                                                  : ", " + task.shown.front().reason);
  finding.next = lease > queue.now_unix_s()
                     ? "a failed try when its lease ends, " + utc_stamp(lease)
                     : "a failed try at the next tick: its lease has ended";
  finding.next += "; now and not counted: manage-parcels recall " + task.folder;
  return finding;
}

// Slurm starts no task that is held until somebody says so.
std::string when_held(const std::string& reason) {
  const std::string low = lowered(reason);
  if (low.find("held") == std::string::npos && low.find("neversatisfied") == std::string::npos)
    return "";
  return "nothing by itself; scontrol release, or scancel: then collect-backlog gives it back";
}

// Of a parcel whose claim is held.
Finding open_finding(Queue& queue, const Task& task, const Record& record, bool answers) {
  for (const SchedulerTask& shown : task.shown)
    if (is_alive(shown.state) && shown.state != "PENDING") return {"running", shown.reason, ""};
  for (const SchedulerTask& shown : task.shown)
    if (is_alive(shown.state)) return {"queued", shown.reason, when_held(shown.reason)};
  if (!task.receipts.empty())
    return {"returned", std::to_string(task.receipts.size()) + " receipt(s) not taken in",
            "collect-backlog takes it in"};
  if (!answers)
    return {"unknown", "squeue does not answer, and there is no receipt",
            "collect-backlog keeps its lease until squeue answers; if Slurm is gone for good:"
            " manage-parcels recall " +
                task.folder};
  if (!task.shown.empty() && task.shown.front().state == "CANCELLED")
    return {"lost", "its task was cancelled before it left a receipt",
            "collect-backlog gives it back, not counted"};
  return lost(queue, task, record);
}

// Of a parcel whose claim has ended.
Finding ended_finding(const Task& task, const Record& record, Database& db) {
  const std::string& group = task.label.group_id;
  if (record.claim == "expired" || record.claim == "reset")
    return {record.claim == "expired" ? "lost" : "given back",
            record.claim == "expired" ? "its lease ended before a receipt came: a failed try"
                                      : record.reason,
            "nothing: it is in the queue; manage-queue show " + group};
  if (record.outcome == "failed")
    return {"failed", record.reason, "mend it, then: manage-queue retry " + group};
  if (record.outcome == "retry" || record.outcome == "expired")
    return {"failed", record.reason, "a try is left: run-tick or submit-backlog takes it"};
  Statement waiting(db,
                    "SELECT stage || ' waits: ' || coalesce(reason, '') FROM job"
                    " WHERE group_id = ? AND state = 'waiting' AND reason IS NOT NULL LIMIT 1");
  if (waiting.bind(1, group).step())
    return {"waits", waiting.text(0), "run-tick or submit-backlog takes it when it is due"};
  if (record.outcome == "released")
    return {"given back", record.reason, "ready: run-tick or submit-backlog takes it"};
  return {"done", "", ""};
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json row_of(Queue& queue, const Task& task, const Record& record, const Finding& finding,
            const std::vector<Array>& arrays) {
  const SchedulerTask shown = task.shown.empty() ? SchedulerTask{} : task.shown.back();
  const bool open = record.claim == "running";
  const std::string receipt =
      task.receipts.empty() ? "" : fs::path(task.receipts.back()).filename().string();
  return {{"batch", task.batch},
          {"task", std::stoll(task.index)},
          {"group_id", task.label.group_id},
          {"state", finding.state},
          {"reached", text_or_null(record.reached)},
          {"slurm_job", text_or_null(arrays.empty() ? "" : arrays.front().job + "_" + task.index)},
          {"slurm_state", text_or_null(shown.state)},
          {"node", text_or_null(!shown.node.empty() || open ? shown.node : record.host)},
          {"age_s", queue.now_unix_s() - task.label.packed_at_unix_s},
          {"receipt", text_or_null(receipt)},
          {"held", open},
          {"outcome", open ? Json(nullptr) : text_or_null(record.outcome)},
          {"reason", text_or_null(finding.reason)},
          {"next", text_or_null(finding.next)}};
}

// The stages are those of the manifest, which is the same in each of its lines.
std::string stages_in(const fs::path& batch) {
  std::istringstream file(file_bytes((batch / "manifest").string()).value_or(""));
  std::string line;
  if (!std::getline(file, line)) return "";
  const Json entry = Json::parse(line, nullptr, false);
  return entry.is_object() ? entry.value("stages", "") : "";
}

Json summary_of(const fs::path& batch, const Json& tasks) {
  Json row = {{"batch", batch.filename().string()}};
  std::string jobs;
  for (const Array& array : arrays_of(batch)) jobs += (jobs.empty() ? "" : ",") + array.job;
  row["slurm_job"] = text_or_null(jobs);
  row["submitted_at"] = static_cast<double>(fs::last_write_time(batch / "manifest"));
  row["stages"] = text_or_null(stages_in(batch));
  row["groups"] = tasks.size();
  for (std::string state : states()) {
    const auto n = std::count_if(tasks.begin(), tasks.end(),
                                 [&](const Json& task) { return task["state"] == state; });
    std::replace(state.begin(), state.end(), ' ', '_');
    row[state] = n;
  }
  return row;
}

}  // namespace

SchedulerView read_scheduler_view(const std::string& path) {
  const auto text = path == "-" ? std::string() : file_bytes(path);
  if (!text) throw UsageError(path + ": cannot be read, expected what the scheduler shows");
  std::istringstream file(*text);
  std::istream& lines = path == "-" ? std::cin : file;
  SchedulerView view;
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> parts = parts_of(line, '|');
    if (parts.size() < 3) continue;
    parts.resize(5);
    // "CANCELLED by 0"
    view[{parts[0], parts[1]}] = {parts[2].substr(0, parts[2].find(' ')), parts[3], parts[4]};
  }
  return view;
}

bool is_alive(const std::string& state) {
  static const std::set<std::string> alive = {
      "PENDING",    "RUNNING",   "SUSPENDED",     "STOPPED",      "CONFIGURING",
      "COMPLETING", "REQUEUED",  "REQUEUE_FED",   "REQUEUE_HOLD", "RESIZING",
      "SIGNALING",  "STAGE_OUT", "RESV_DEL_HOLD", "SPECIAL_EXIT"};
  return alive.count(state) > 0;
}

Json batch_tasks(Queue& queue, const std::string& batch, const std::optional<SchedulerView>& view) {
  const fs::path folder(batch);
  const std::vector<Array> arrays = arrays_of(folder);
  std::set<std::string> jobs;
  for (const Array& array : arrays) jobs.insert(array.job);
  Json rows = Json::array();
  for (const Task& task : tasks_of(folder, view)) {
    const Record record = record_of(queue, task, jobs);
    Finding finding{"unknown", "this queue gave no such claim",
                    "nothing: it belongs to another queue, or its group was dropped"};
    if (record.claim == "running")
      finding = open_finding(queue, task, record, view.has_value());
    else if (!record.claim.empty())
      finding = ended_finding(task, record, queue.database());
    rows.push_back(row_of(queue, task, record, finding, arrays));
  }
  return rows;
}

Json batch_status(Queue& queue, const std::vector<std::string>& batches,
                  const std::optional<SchedulerView>& view, bool with_tasks) {
  Json report = {{"scheduler", view ? "answers" : "squeue does not answer"},
                 {"batches", Json::array()}};
  Json tasks = Json::array();
  for (const std::string& batch : batches) {
    const fs::path folder =
        fs::path(batch).filename() == "." ? fs::path(batch).parent_path() : fs::path(batch);
    if (!fs::is_regular_file(folder / "manifest"))
      throw UsageError(batch + ": no batch, expected a folder that submit-backlog made");
    const Json rows = batch_tasks(queue, folder.string(), view);
    report["batches"].push_back(summary_of(folder, rows));
    tasks.insert(tasks.end(), rows.begin(), rows.end());
  }
  if (with_tasks) report["tasks"] = tasks;
  return report;
}

}  // namespace contimg::queue
