// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/heartbeat.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/subprocess.h"
#include "notice/hook.h"
#include "queue/queue.h"
#include "queue/tick.h"
#include "scratch.h"

namespace contimg::notice {
namespace {

std::vector<std::string> keys(const std::vector<Notice>& notices) {
  std::vector<std::string> found;
  for (const Notice& notice : notices) found.push_back(notice.key);
  return found;
}
using Keys = std::vector<std::string>;

TEST(Heartbeat, ATickThatGoesOnIsASignOfLifeAndItsEndIsTheLast) {
  double now = 4e9;  // the files of the test are older
  queue::QueueSettings settings;
  settings.path = scratch("beat.sqlite3");
  settings.clock_unix_s = [&] { return now; };
  queue::Queue queue(settings);
  Watchman watchman;
  const auto found = [&](double later_s) {
    return keys(heartbeat_findings(settings.path, 15, false, now + later_s, watchman));
  };
  EXPECT_EQ(found(0), Keys{"ticks"});  // none was ever recorded
  const std::int64_t tick = queue::begin_tick(queue);
  EXPECT_EQ(found(800), Keys{});
  EXPECT_EQ(found(1000), Keys{"ticks"});
  now += 1000;
  queue::mark_tick(queue, tick, std::nullopt);
  EXPECT_EQ(found(800), Keys{});
  queue::mark_tick(queue, tick, 0);
  EXPECT_EQ(found(1000), Keys{"ticks"});
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 0, false, now + 1e6, watchman)), Keys{});
  now += 8 * 86400;
  queue::begin_tick(queue);
  EXPECT_EQ(queue.database().integer("SELECT count(*) FROM tick"), 1);
}

TEST(Heartbeat, AnAbsentOrDamagedQueueAndTheLockOfTheTick) {
  const std::string path = scratch("absent.sqlite3");
  Watchman watchman;
  EXPECT_EQ(keys(heartbeat_findings(path, 15, false, 2e9, watchman)), Keys{"queue"});
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::create_directories(path + ".locks");
  std::ofstream(path + ".locks/tick") << 1;
  EXPECT_EQ(keys(heartbeat_findings(path, 15, false, 4e9, watchman)), (Keys{"queue", "ticks"}));
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_EQ(keys(heartbeat_findings(path, 15, false, queue::system_clock_unix_s(), watchman)),
            Keys{"queue"});
}

TEST(Heartbeat, DamageInsideIsFoundOnceAnHour) {
  queue::QueueSettings settings;
  settings.path = scratch("damaged.sqlite3");
  {
    queue::Queue queue(settings);
    queue::begin_tick(queue);
    queue.database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const double now = queue::system_clock_unix_s();
  Watchman watchman;
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 15, false, now, watchman)), Keys{});
  const auto size = std::filesystem::file_size(settings.path);
  std::fstream file(settings.path, std::ios::in | std::ios::out | std::ios::binary);
  for (std::uintmax_t page = 3 * 4096; page < size; page += 4096) {
    file.seekp(static_cast<std::streamoff>(page));
    file << std::string(64, '\x5a');
  }
  file.close();
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 0, false, now + 3700, watchman)), Keys{"queue"});
}

TEST(Heartbeat, ThatNotifyDoesNotRun) {
  queue::QueueSettings settings;
  settings.path = scratch("silent.sqlite3");
  queue::Queue queue(settings);
  queue::begin_tick(queue);
  const double now = queue::system_clock_unix_s();
  Watchman watchman;
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 15, true, now, watchman)), Keys{});
  watchman.last_run_unix_s = now - 1000;
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 15, true, now, watchman)), Keys{"notify"});
  EXPECT_EQ(keys(heartbeat_findings(settings.path, 15, false, now, watchman)), Keys{});
}

TEST(Watchman, IsKeptInAFileAndADamagedOneIsForgotten) {
  const std::string path = scratch("watchman.json");
  EXPECT_TRUE(read_watchman(path).entries.empty());
  Watchman watchman;
  observe(watchman.entries, {{"ticks", Severity::critical, "s", "t", "r"}}, 100);
  watchman.last_run_unix_s = 5;
  write_watchman(path, watchman);
  EXPECT_EQ(entries_json(read_watchman(path).entries), entries_json(watchman.entries));
  EXPECT_EQ(read_watchman(path).last_run_unix_s, 5);
  for (const char* text : {"", "{", "[]", "{\"notices\": {\"a\": {\"severity\": 3}}}"}) {
    std::ofstream(path) << text;
    EXPECT_TRUE(read_watchman(path).entries.empty()) << text;
  }
}

TEST(Hook, IsGivenTheMessageAndItsEndIsJudged) {
  const std::string file = scratch("heard");
  Message message;
  message.key = "paused";
  message.subject = "it's \"paused\"";
  const Json json = {{"subject", message.subject}};
  const std::string command = "cat >" + file +
                              "; echo \"$CONTIMG_NOTICE_KEY|$CONTIMG_NOTICE_SEVERITY|"
                              "$CONTIMG_NOTICE_SUBJECT|$CONTIMG_NOTICE_STATE\" >>" +
                              file;
  EXPECT_EQ(deliver({command, 10}, message, json), "");
  std::ifstream heard(file);
  std::string line;
  std::getline(heard, line);
  EXPECT_EQ(Json::parse(line), json);
  std::getline(heard, line);
  EXPECT_EQ(line, "paused|warning|it's \"paused\"|raised");
  const std::string fault = deliver({"echo password=hunter2 no >&2; exit 3", 10}, message, json);
  EXPECT_NE(fault.find("exit code 3"), std::string::npos);
  EXPECT_EQ(fault.find("hunter2"), std::string::npos);
  EXPECT_NE(deliver({"sleep 30", 0.3}, message, json).find("took too long"), std::string::npos);
}

}  // namespace
}  // namespace contimg::notice
