// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/ledger.h"

#include <algorithm>

#include "base/utc_stamp.h"
#include "queue/queue.h"

namespace contimg::notice {
namespace {

constexpr double kKept_s = 30 * 86400.0;
constexpr std::size_t kListed = 20;  // of many notices in a text

std::optional<Message::State> state_of(const Entry& entry, double now_unix_s, double repeat_s) {
  if (entry.cleared_at)
    return entry.clear_sent_at ? std::nullopt : std::optional(Message::State::cleared);
  if (!entry.sent_at) return Message::State::raised;
  if (now_unix_s - *entry.sent_at >= repeat_s) return Message::State::repeated;
  return std::nullopt;
}

std::string one_text(const Entry& entry, Message::State state) {
  const std::string since = "Since " + utc_stamp(entry.first_seen_at);
  if (state == Message::State::cleared)
    return since + ", gone by " + utc_stamp(*entry.cleared_at) + ".\nIt was: " + entry.notice.text;
  return entry.notice.text + "\n" + since + ".";
}

// One message of all that is due of a kind and state.
Message message_of(const std::vector<const Entry*>& entries, Message::State state) {
  Message message;
  message.state = state;
  const Notice& first = entries.front()->notice;
  const std::string gone = state == Message::State::cleared ? "gone: " : "";
  for (const Entry* entry : entries) {
    message.keys.push_back(entry->notice.key);
    message.severity = std::max(message.severity, entry->notice.severity);
  }
  if (entries.size() == 1) {
    message.key = first.key;
    message.subject = gone + first.subject;
    message.text = one_text(*entries.front(), state);
    message.remedy = state == Message::State::cleared ? "" : first.remedy;
    return message;
  }
  message.key = kind_of(first.key);
  message.subject = gone + in_numbers(message.key, entries.size());
  for (std::size_t i = 0; i < std::min(entries.size(), kListed); ++i)
    message.text += entries[i]->notice.subject + "\n";
  if (entries.size() > kListed)
    message.text += "and " + std::to_string(entries.size() - kListed) + " more\n";
  message.remedy = state == Message::State::cleared ? "" : first.remedy;
  return message;
}

Json as_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> optional_real(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<double>(row.real(column));
}

std::optional<double> optional_of(const Json& json, const char* key) {
  if (!json.contains(key) || !json[key].is_number()) return std::nullopt;
  return json[key].get<double>();
}

}  // namespace

const char* state_name(Message::State state) {
  if (state == Message::State::cleared) return "cleared";
  return state == Message::State::raised ? "raised" : "repeated";
}

void observe(Entries& entries, const std::vector<Notice>& found, double now_unix_s) {
  std::map<std::string, const Notice*> present;
  for (const Notice& notice : found) present[notice.key] = &notice;
  for (const auto& [key, notice] : present) {
    const auto known = entries.find(key);
    if (known == entries.end() || known->second.clear_sent_at) {
      Entry entry;
      entry.notice = *notice;
      entry.first_seen_at = entry.last_seen_at = now_unix_s;
      entries[key] = entry;
      continue;
    }
    Entry& entry = known->second;
    if (notice->severity > entry.notice.severity) entry.sent_at.reset();
    entry.notice = *notice;
    entry.last_seen_at = now_unix_s;
    entry.cleared_at.reset();
    ++entry.seen;
  }
  for (auto entry = entries.begin(); entry != entries.end();) {
    Entry& known = entry->second;
    if (present.count(entry->first) == 0 && !known.cleared_at) known.cleared_at = now_unix_s;
    const bool old = known.clear_sent_at && now_unix_s - *known.clear_sent_at > kKept_s;
    entry = old ? entries.erase(entry) : std::next(entry);
  }
}

std::vector<Message> due(const Entries& entries, double now_unix_s, double repeat_s) {
  std::map<std::pair<std::string, Message::State>, std::vector<const Entry*>> by_kind;
  for (const auto& [key, entry] : entries)
    if (const auto state = state_of(entry, now_unix_s, repeat_s))
      by_kind[{kind_of(key), *state}].push_back(&entry);
  std::vector<Message> messages;
  for (const auto& [kind, of_kind] : by_kind) messages.push_back(message_of(of_kind, kind.second));
  std::stable_sort(messages.begin(), messages.end(),
                   [](const Message& a, const Message& b) { return a.severity > b.severity; });
  return messages;
}

void mark_told(Entries& entries, const Message& message, double now_unix_s) {
  for (const std::string& key : message.keys) {
    Entry& entry = entries.at(key);
    (message.state == Message::State::cleared ? entry.clear_sent_at : entry.sent_at) = now_unix_s;
  }
}

Json to_json(const Message& message, const Entries& entries, double now_unix_s) {
  Json notices = Json::array();
  for (const std::string& key : message.keys) {
    const Entry& entry = entries.at(key);
    notices.push_back({{"key", key},
                       {"severity", severity_name(entry.notice.severity)},
                       {"subject", entry.notice.subject},
                       {"text", entry.notice.text},
                       {"remedy", entry.notice.remedy},
                       {"since", utc_stamp(entry.first_seen_at)}});
  }
  return {{"key", message.key},
          {"state", state_name(message.state)},
          {"severity", severity_name(message.severity)},
          {"subject", message.subject},
          {"text", message.text},
          {"remedy", message.remedy},
          {"host", queue::this_worker().host},
          {"at", utc_stamp(now_unix_s)},
          {"notices", notices}};
}

Entries load(Database& db) {
  Statement rows(db,
                 "SELECT key, severity, subject, text, remedy, first_seen_at, last_seen_at, seen,"
                 " sent_at, cleared_at, clear_sent_at FROM notice");
  Entries entries;
  while (rows.step()) {
    Entry& entry = entries[rows.text(0)];
    entry.notice = {rows.text(0), severity_from(rows.text(1)), rows.text(2), rows.text(3),
                    rows.text(4)};
    entry.first_seen_at = rows.real(5);
    entry.last_seen_at = rows.real(6);
    entry.seen = static_cast<int>(rows.integer(7));
    entry.sent_at = optional_real(rows, 8);
    entry.cleared_at = optional_real(rows, 9);
    entry.clear_sent_at = optional_real(rows, 10);
  }
  return entries;
}

void save(Database& db, const Entries& entries) {
  Transaction transaction(db);
  const Entries before = load(db);
  for (const auto& [key, entry] : before)
    if (entries.count(key) == 0)
      Statement(db, "DELETE FROM notice WHERE key = ?").bind(1, key).run();
  Statement put(
      db,
      "INSERT OR REPLACE INTO notice (key, severity, subject, text, remedy, first_seen_at,"
      " last_seen_at, seen, sent_at, cleared_at, clear_sent_at)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [key, entry] : entries) {
    put.bind(1, key).bind(2, severity_name(entry.notice.severity)).bind(3, entry.notice.subject);
    put.bind(4, entry.notice.text).bind(5, entry.notice.remedy).bind(6, entry.first_seen_at);
    put.bind(7, entry.last_seen_at).bind(8, entry.seen).bind(9, entry.sent_at);
    put.bind(10, entry.cleared_at).bind(11, entry.clear_sent_at).run();
  }
  transaction.commit();
}

Json entries_json(const Entries& entries) {
  Json json = Json::object();
  for (const auto& [key, entry] : entries)
    json[key] = {{"severity", severity_name(entry.notice.severity)},
                 {"subject", entry.notice.subject},
                 {"text", entry.notice.text},
                 {"remedy", entry.notice.remedy},
                 {"first_seen_at", entry.first_seen_at},
                 {"last_seen_at", entry.last_seen_at},
                 {"seen", entry.seen},
                 {"sent_at", as_json(entry.sent_at)},
                 {"cleared_at", as_json(entry.cleared_at)},
                 {"clear_sent_at", as_json(entry.clear_sent_at)}};
  return json;
}

Entries entries_from(const Json& json) {
  Entries entries;
  for (const auto& [key, value] : json.items()) {
    Entry& entry = entries[key];
    entry.notice = {key, severity_from(value.value("severity", "warning")),
                    value.value("subject", ""), value.value("text", ""), value.value("remedy", "")};
    entry.first_seen_at = value.value("first_seen_at", 0.0);
    entry.last_seen_at = value.value("last_seen_at", 0.0);
    entry.seen = value.value("seen", 1);
    entry.sent_at = optional_of(value, "sent_at");
    entry.cleared_at = optional_of(value, "cleared_at");
    entry.clear_sent_at = optional_of(value, "clear_sent_at");
  }
  return entries;
}

}  // namespace contimg::notice
