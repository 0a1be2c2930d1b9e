// SPDX-License-Identifier: GPL-3.0-or-later
#include "incoming/scan.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_set>

#include "base/stop.h"
#include "incoming/inspect.h"

namespace contimg::incoming {
namespace {

using queue::FileRecord;
using queue::FileState;

/// Few enough that a killed scan loses a second's work, enough that commits cost nothing.
constexpr std::size_t kBatch = 256;

std::string parent_of(const std::string& path) { return path.substr(0, path.find_last_of('/')); }

bool is_below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
         path[folder.size()] == '/';
}

void count(const FileRecord& record, ScanReport& report) {
  if (record.state == FileState::valid) ++report.n_valid;
  if (record.state == FileState::invalid) ++report.n_invalid;
  if (record.state == FileState::unreadable) ++report.n_unreadable;
  if (record.state == FileState::vanished) ++report.n_vanished;
}

}  // namespace

Scanner::Scanner(queue::FileLedger& ledger, ScanSettings settings, OnRecord on_record)
    : ledger_(ledger), settings_(std::move(settings)), on_record_(std::move(on_record)) {}

bool Scanner::settled(const Entry& entry, const queue::FileLedger::Known* known) const {
  if (settings_.settle_time_s <= 0) return true;
  const double now = settings_.now_unix_s();
  const double age_s = now - static_cast<double>(entry.identity.mtime_ns) * 1e-9;
  if (age_s >= settings_.settle_time_s) return true;
  return known && known->identity == entry.identity &&
         now - known->seen_at_unix_s >= settings_.settle_time_s;
}

void Scanner::note_growing(const Entry& entry, const queue::FileLedger::Known* known,
                           ScanReport& report) {
  ++report.n_growing;
  growing_.emplace(entry.path, settings_.now_unix_s());
  if (known && known->identity == entry.identity && known->state == FileState::growing) return;
  FileRecord record;
  record.path = entry.path;
  record.identity = entry.identity;
  record.state = FileState::growing;
  batch_.push_back(std::move(record));
}

void Scanner::consider(const Entry& entry, const queue::FileLedger::Known* known, bool closed,
                       ScanReport& report) {
  const bool same = known && known->identity == entry.identity;
  if (same && (known->state == FileState::valid || known->state == FileState::invalid)) {
    ++report.n_known;
    growing_.erase(entry.path);
    return;
  }
  const bool stands_still = settled(entry, known);
  if (!stands_still && !closed) return note_growing(entry, known, report);
  FileRecord record = inspect(entry, settings_.limits);
  const bool condemned = record.state != FileState::valid && record.state != FileState::vanished;
  if (record.state == FileState::growing || (condemned && !stands_still))
    return note_growing({entry.path, record.identity, entry.misnamed}, known, report);
  growing_.erase(entry.path);
  batch_.push_back(std::move(record));
  if (batch_.size() >= kBatch) flush(report);
}

void Scanner::flush(ScanReport& report) {
  if (batch_.empty()) return;
  const std::vector<bool> changed = ledger_.record(batch_, settings_.now_unix_s());
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const FileRecord& record = batch_[i];
    if (record.state == FileState::growing) continue;
    if (!changed[i]) {
      ++report.n_known;
      continue;
    }
    count(record, report);
    on_record_(record);
  }
  batch_.clear();
}

void Scanner::mark_vanished(const Known& known, const Listing& listing, ScanReport& report) {
  std::unordered_set<std::string> seen;
  for (const Entry& entry : listing.entries) seen.insert(entry.path);
  const auto hidden_from_us = [&](const std::string& path) {
    return std::any_of(listing.unreadable_folders.begin(), listing.unreadable_folders.end(),
                       [&](const std::string& folder) { return is_below(path, folder); });
  };
  for (const auto& [path, file] : known) {
    if (file.state == FileState::vanished || seen.count(path)) continue;
    if (!settings_.recursive && parent_of(path) != settings_.folder) continue;
    if (hidden_from_us(path) || look_at(path)) continue;
    FileRecord record;
    record.path = path;
    record.identity = file.identity;
    record.state = FileState::vanished;
    record.reason = path + ": vanished";
    growing_.erase(path);
    batch_.push_back(std::move(record));
    if (batch_.size() >= kBatch) flush(report);
  }
}

ScanReport Scanner::scan() {
  ScanReport report;
  const Listing listing = list_incoming(settings_.folder, settings_.recursive);
  report.n_incomplete = listing.n_incomplete;
  for (const std::string& folder : listing.unreadable_folders)
    spdlog::warn("{}: cannot be listed; check its owner and mode", folder);
  const Known known = ledger_.known_below(settings_.folder);
  for (const Entry& entry : listing.entries) {
    const auto found = known.find(entry.path);
    consider(entry, found == known.end() ? nullptr : &found->second, false, report);
  }
  mark_vanished(known, listing, report);
  flush(report);
  return report;
}

ScanReport Scanner::look(const std::vector<std::string>& paths, bool closed) {
  ScanReport report;
  for (const std::string& path : paths) {
    const std::optional<queue::FileLedger::Known> known = ledger_.known(path);
    const std::optional<Entry> entry = look_at(path);
    if (entry) {
      consider(*entry, known ? &*known : nullptr, closed, report);
      continue;
    }
    growing_.erase(path);
    if (!known || known->state == FileState::vanished) continue;
    FileRecord record;
    record.path = path;
    record.identity = known->identity;
    record.state = FileState::vanished;
    record.reason = path + ": vanished";
    batch_.push_back(std::move(record));
  }
  flush(report);
  return report;
}

}  // namespace contimg::incoming
