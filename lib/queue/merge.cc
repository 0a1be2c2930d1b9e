// SPDX-License-Identifier: GPL-3.0-or-later
// Receipts of a parcel taken into the queue: each checked on a copy, the one that came farthest first.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <tuple>

#include "base/atomic_output.h"
#include "base/error.h"
#include "queue/backup.h"
#include "queue/merge_rows.h"
#include "queue/parcel.h"
#include "queue/schema.h"
#include "queue/verify.h"

namespace contimg::queue {
namespace {

namespace fs = boost::filesystem;

struct Receipt {
  std::string path;
  std::string copy;  // empty: damaged
  std::string fault;
  ParcelLabel label;
  Progress progress;
};

std::vector<std::string> receipts_in(const std::string& folder) {
  if (!fs::is_directory(folder))
    throw UsageError(folder + ": no such folder, expected one made by 'manage-parcels pack'");
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("receipt", 0) == 0 && entry.path().extension() == ".sqlite3")
      found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What a task left claimed has nobody any more: it ends as a worker's job does that died.
void end_claims(const Queue& queue, const std::string& copy) {
  QueueSettings settings = queue.settings();
  settings.path = copy;
  Queue returned(settings);
  Statement(returned.database(), "UPDATE job SET lease_expires = ? WHERE state = 'claimed'")
      .bind(1, queue.now_unix_s() - 1)
      .run();
  returned.recover_expired();
}

std::string cannot_be_taken_in(const std::string& path, const std::string& why) {
  return path + ": cannot be taken in (" + why + ")";
}

// Receipts may lie on a network filesystem, and are never changed: what is read is a copy.
Receipt read_receipt(const Queue& queue, const std::string& path, const std::string& copy) {
  Receipt receipt;
  receipt.path = path;
  try {
    require_checksum(path);
    receipt.label = read_label(path);
    {
      Database source(path, Database::Mode::immutable, 1000);
      Database target(copy, Database::Mode::create, 1000);
      source.copy_to(target);
      const std::vector<std::string> damages = target.damages(1);
      if (!damages.empty())
        throw DataError(path + ": damaged: " + damages.front() + ", expected a sound receipt");
      require_current(target);
    }
    end_claims(queue, copy);
    Database db(copy, Database::Mode::read_write, 1000);
    const Json faults = check_queue(db);
    if (!faults.empty())
      throw DataError(path + ": not in order: " + faults[0]["check"].get<std::string>() +
                      " does not hold (" + faults[0]["detail"].get<std::string>() +
                      "), expected a parcel's queue that tools alone have changed");
    receipt.progress = progress_of(db, receipt.label, "main");
    receipt.copy = copy;
  } catch (const TemporaryError&) {
    throw;
  } catch (const Error& error) {
    const std::string why = error.what();
    receipt.fault = why.find(path) == std::string::npos ? cannot_be_taken_in(path, why) : why;
    spdlog::error("{}", receipt.fault);
  }
  return receipt;
}

bool came_farther(const Receipt& a, const Receipt& b) {
  return std::make_tuple(-a.progress.n_done, a.progress.n_failed, a.path) <
         std::make_tuple(-b.progress.n_done, b.progress.n_failed, b.path);
}

Json taken_in(Queue& queue, const Receipt& receipt, const Loss& loss) {
  if (!receipt.fault.empty()) return {{"status", "damaged"}, {"reason", receipt.fault}};
  try {
    return ParcelMerge(queue, receipt.label, receipt.copy, loss).apply();
  } catch (const CorruptDatabase&) {
    throw;  // the queue itself: the copy of the receipt was sound
  } catch (const TemporaryError&) {
    throw;
  } catch (const Error& error) {  // a stage or a state that there is not is a UsageError
    const std::string fault = cannot_be_taken_in(receipt.path, error.what());
    spdlog::error("{}", fault);
    return {{"status", "damaged"}, {"reason", fault}};
  }
}

}  // namespace

Json merge_parcel(Queue& queue, const std::string& folder, const Loss& loss) {
  const std::string product = queue.settings().path + ".receipts";
  const AtomicOutput workshop(product, this_process(0), true);
  create_folders(workshop.path());
  std::vector<Receipt> receipts;
  for (const std::string& path : receipts_in(folder))
    receipts.push_back(read_receipt(
        queue, path, workshop.path() + "/" + std::to_string(receipts.size()) + ".sqlite3"));
  std::sort(receipts.begin(), receipts.end(), came_farther);
  Json answer = Json::array();
  for (const Receipt& receipt : receipts) {
    Json line = {{"receipt", receipt.path}, {"group_id", receipt.label.group_id}};
    line.update(taken_in(queue, receipt, loss));
    answer.push_back(line);
  }
  return answer;
}

}  // namespace contimg::queue
