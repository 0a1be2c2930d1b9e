// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/sqlite.h"
#include "notice/notice.h"

namespace contimg::notice {

using Json = nlohmann::ordered_json;

/// What is known of a notice. Times are unix seconds.
struct Entry {
  Notice notice;
  double first_seen_at = 0, last_seen_at = 0;
  int seen = 1;
  std::optional<double> sent_at;        ///< Nothing: not told yet, or not how bad it is now.
  std::optional<double> cleared_at;     ///< When it was found to be gone.
  std::optional<double> clear_sent_at;  ///< When that was told.
};

/// Notices by key, of the past month.
using Entries = std::map<std::string, Entry>;

/// Takes in what is found now: new notices and those that came back begin anew; those that last are
/// brought up to date, and count as not told when they have become worse; those that are not found are
/// cleared. One that comes back before its all-clear was told goes on. Entries whose all-clear is a
/// month old are dropped.
void observe(Entries& entries, const std::vector<Notice>& found, double now_unix_s);

/// One message to people, of one notice or of many of a kind.
struct Message {
  enum class State { raised, repeated, cleared };
  State state = State::raised;
  std::string key;                        ///< The notice's, or the kind of many.
  Severity severity = Severity::warning;  ///< The worst.
  std::string subject, text, remedy;
  std::vector<std::string> keys;  ///< Of the notices.
};
/// "raised", "repeated", "cleared".
const char* state_name(Message::State state);

/// What is to be told now: what was not told yet, what was told `repeat_s` ago, and what is gone (also
/// when telling of it never succeeded). The worst first, then in order of keys.
std::vector<Message> due(const Entries& entries, double now_unix_s, double repeat_s);

/// Records that a message was delivered.
void mark_told(Entries& entries, const Message& message, double now_unix_s);

/// A message for the hook: key, state, severity, subject, text, remedy, host, at, notices.
Json to_json(const Message& message, const Entries& entries, double now_unix_s);

/// The table `notice` of the queue.
Entries load(Database& db);
/// Writes all entries in one transaction; only rows that differ change.
void save(Database& db, const Entries& entries);

/// The same as JSON, for a file.
Json entries_json(const Entries& entries);
Entries entries_from(const Json& json);

}  // namespace contimg::notice
