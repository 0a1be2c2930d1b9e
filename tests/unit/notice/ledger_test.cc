// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/ledger.h"

#include <gtest/gtest.h>

#include "queue/queue.h"
#include "scratch.h"

namespace contimg::notice {
namespace {

constexpr double kHour = 3600, kRepeat = 24 * kHour;

Notice notice(const std::string& key, Severity severity = Severity::warning) {
  return {key, severity, "subject of " + key, "text of " + key, "remedy of " + key};
}

// Tells all that is due at a time; the messages as "state key".
std::vector<std::string> told(Entries& entries, double now) {
  std::vector<std::string> words;
  for (const Message& message : due(entries, now, kRepeat)) {
    words.push_back(std::string(state_name(message.state)) + " " + message.key);
    mark_told(entries, message, now);
  }
  return words;
}
using Words = std::vector<std::string>;

TEST(Ledger, ANoticeIsToldOnceAndAgainAfterTheRepeatAndWhenItIsGone) {
  Entries entries;
  observe(entries, {notice("paused")}, 1000);
  EXPECT_EQ(told(entries, 1000), Words{"raised paused"});
  observe(entries, {notice("paused")}, 1300);
  EXPECT_EQ(told(entries, 1300), Words{});
  observe(entries, {notice("paused")}, 1000 + kRepeat);
  EXPECT_EQ(told(entries, 1000 + kRepeat), Words{"repeated paused"});
  observe(entries, {}, 2000 + kRepeat);
  EXPECT_EQ(told(entries, 2000 + kRepeat), Words{"cleared paused"});
  observe(entries, {}, 3000 + kRepeat);
  EXPECT_EQ(told(entries, 3000 + kRepeat), Words{});
  observe(entries, {notice("paused")}, 4000 + kRepeat);
  EXPECT_EQ(told(entries, 4000 + kRepeat), Words{"raised paused"});
  EXPECT_EQ(entries.at("paused").first_seen_at, 4000 + kRepeat);
}

TEST(Ledger, WhatBecomesWorseIsToldAtOnceAndWhatBecomesBetterIsNot) {
  Entries entries;
  observe(entries, {notice("disk/output")}, 1000);
  told(entries, 1000);
  observe(entries, {notice("disk/output", Severity::critical)}, 1300);
  EXPECT_EQ(told(entries, 1300), Words{"raised disk/output"});
  observe(entries, {notice("disk/output")}, 1600);
  EXPECT_EQ(told(entries, 1600), Words{});
}

TEST(Ledger, WhatWasNotDeliveredStaysDueAlsoWhenItIsGone) {
  Entries entries;
  observe(entries, {notice("paused")}, 1000);
  ASSERT_EQ(due(entries, 1000, kRepeat).size(), 1U);  // the hook fails: nothing is marked
  observe(entries, {notice("paused")}, 1300);
  ASSERT_EQ(due(entries, 1300, kRepeat).size(), 1U);
  observe(entries, {}, 1600);
  const std::vector<Message> messages = due(entries, 1600, kRepeat);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].state, Message::State::cleared);
  EXPECT_NE(messages[0].text.find("text of paused"), std::string::npos);
}

TEST(Ledger, WhatComesBackBeforeItsAllClearWasToldGoesOn) {
  Entries entries;
  observe(entries, {notice("paused")}, 1000);
  told(entries, 1000);
  observe(entries, {}, 1300);  // not told: the hook fails
  observe(entries, {notice("paused")}, 1600);
  EXPECT_EQ(told(entries, 1600), Words{});
  EXPECT_EQ(entries.at("paused").first_seen_at, 1000);
}

TEST(Ledger, ManyOfAKindAreOneMessage) {
  Entries entries;
  std::vector<Notice> found;
  for (int i = 10; i < 22; ++i)
    found.push_back(notice("group-failed/" + std::to_string(i) + "/flag"));
  found.push_back(notice("paused"));
  found[3].severity = Severity::critical;
  observe(entries, found, 1000);
  const std::vector<Message> messages = due(entries, 1000, kRepeat);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].subject, "12 groups failed");
  EXPECT_EQ(messages[0].key, "group-failed");
  EXPECT_EQ(messages[0].severity, Severity::critical);
  EXPECT_EQ(messages[0].keys.size(), 12U);
  for (const Message& message : messages) mark_told(entries, message, 1000);
  found.push_back(notice("group-failed/30/flag"));
  observe(entries, found, 1300);
  EXPECT_EQ(told(entries, 1300), Words{"raised group-failed/30/flag"});
  observe(entries, {}, 1600);
  const Words words = told(entries, 1600);
  EXPECT_EQ(words, (Words{"cleared group-failed", "cleared paused"}));
}

TEST(Ledger, OldEntriesGo) {
  Entries entries;
  observe(entries, {notice("paused")}, 1000);
  observe(entries, {}, 2000);
  told(entries, 2000);
  observe(entries, {}, 2000 + 29 * 24 * kHour);
  EXPECT_EQ(entries.size(), 1U);
  observe(entries, {}, 2000 + 31 * 24 * kHour);
  EXPECT_EQ(entries.size(), 0U);
}

TEST(Ledger, TheTableAndTheFileKeepEverything) {
  queue::QueueSettings settings;
  settings.path = scratch("ledger.sqlite3");
  queue::Queue queue(settings);
  Entries entries;
  observe(entries, {notice("a/1", Severity::critical), notice("b")}, 1000.5);
  told(entries, 1001);
  observe(entries, {notice("b")}, 1300);
  save(queue.database(), entries);
  EXPECT_EQ(entries_json(load(queue.database())), entries_json(entries));
  EXPECT_EQ(entries_json(entries_from(entries_json(entries))), entries_json(entries));
  entries.erase("b");
  save(queue.database(), entries);
  EXPECT_EQ(load(queue.database()).size(), 1U);
}

TEST(Ledger, TheMessageForTheHookNamesEachNotice) {
  Entries entries;
  observe(entries, {notice("group-failed/1/flag"), notice("group-failed/2/flag")}, 0);
  const Json json = to_json(due(entries, 0, kRepeat).front(), entries, 86400);
  EXPECT_EQ(json["subject"], "2 groups failed");
  EXPECT_EQ(json["state"], "raised");
  EXPECT_EQ(json["at"], "1970-01-02T00:00:00Z");
  EXPECT_EQ(json["notices"][1]["key"], "group-failed/2/flag");
  EXPECT_EQ(json["notices"][1]["since"], "1970-01-01T00:00:00Z");
}

}  // namespace
}  // namespace contimg::notice
