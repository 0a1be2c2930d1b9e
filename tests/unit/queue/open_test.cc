// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/sha256.h"
#include "fixture.h"
#include "queue/backup.h"
#include "queue/schema.h"

namespace contimg::queue {
namespace {

std::string refusal(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_F(QueueTest, RefusesANetworkFilesystemAQueueFromTheFutureAndAForeignDatabase) {
  QueueSettings remote = settings();
  remote.filesystem = [](const std::string&) {
    return Filesystem{Filesystem::Kind::network, "NFS"};
  };
  EXPECT_THROW(Queue{remote}, UsageError);
  EXPECT_FALSE(std::filesystem::exists(remote.path));
  { Queue{settings()}.database().execute("PRAGMA user_version = 99"); }
  EXPECT_THROW(Queue{settings()}, UsageError);
  EXPECT_NE(refusal([&] { Queue{settings()}; }).find("newer tools"), std::string::npos);
  QueueSettings foreign = settings();
  foreign.path += ".other";
  Database(foreign.path, Database::Mode::create, 100).execute("CREATE TABLE x (y)");
  EXPECT_THROW(Queue{foreign}, UsageError);
}

TEST_F(QueueTest, RefusesAFileThatIsNoDatabaseAndSaysHowToRestore) {
  std::ofstream(settings().path) << std::string(5000, 'x');
  EXPECT_THROW(Queue{settings()}, CorruptDatabase);
  EXPECT_NE(refusal([&] { Queue{settings()}; }).find("manage-queue restore"), std::string::npos);
}

TEST_F(QueueTest, MigratesThroughEveryStepOnceAndKeepsTheRows) {
  Queue queue(settings());
  add(queue, "a");
  std::vector<Migration> chain = migrations();
  const int before = static_cast<int>(chain.size());
  chain.push_back("ALTER TABLE ingest_queue ADD COLUMN later TEXT DEFAULT 'x'");
  chain.push_back("UPDATE ingest_queue SET later = later || 'y'");
  EXPECT_EQ(migrate(queue.database(), chain), before);
  EXPECT_EQ(migrate(queue.database(), chain), before + 2);
  EXPECT_EQ(text(queue, "SELECT later FROM ingest_queue"), "xy");
}

TEST_F(QueueTest, AMigrationThatFailsChangesNothing) {
  Queue queue(settings());
  std::vector<Migration> chain = migrations();
  const int before = static_cast<int>(chain.size());
  chain.push_back("CREATE TABLE half (x); INSERT INTO nowhere VALUES (1)");
  EXPECT_THROW(migrate(queue.database(), chain), DataError);
  EXPECT_EQ(schema_version(queue.database()), before);
  EXPECT_EQ(text(queue, "SELECT count(*) FROM sqlite_master WHERE name = 'half'"), "0");
}

TEST_F(QueueTest, ABackupIsRestoredAndItsTokensAreNotGivenAgain) {
  const std::string backup = (folder / "backup.sqlite3").string();
  std::int64_t token = 0;
  {
    Queue queue(settings());
    add(queue, "a");
    token = queue.claim(Stage::convert)->detach().claim_token;
    backup_queue(queue.database(), backup, now);
    EXPECT_THROW(restore_queue(settings(), backup), TemporaryError);
  }
  EXPECT_THROW(restore_queue(settings(), backup), TemporaryError) << "a lease is held";
  now += 901;
  std::ofstream(settings().path, std::ios::trunc) << "rubbish that is no database at all, longer";
  const Json result = restore_queue(settings(), backup);
  EXPECT_EQ(result["requeued"], 1);
  Queue queue(settings());
  auto claim = queue.claim(Stage::convert);
  ASSERT_TRUE(claim);
  EXPECT_GT(claim->job().claim_token, token + 1000);
  std::ofstream(backup, std::ios::app) << "x";
  EXPECT_THROW(restore_queue(settings(), backup), DataError);
}

TEST(Sha256, AgreesWithTheExamplesOfFips180) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Filesystem, KnowsWhereLocksCannotBeTrusted) {
  using Kind = Filesystem::Kind;
  EXPECT_EQ(classify_filesystem(0x6969, "nfs4").kind, Kind::network);
  EXPECT_EQ(classify_filesystem(static_cast<int>(0xff534d42), "cifs").kind, Kind::network);
  EXPECT_EQ(classify_filesystem(0x0bd00bd0, "lustre").kind, Kind::network);
  EXPECT_EQ(classify_filesystem(0x65735546, "fuse.sshfs").kind, Kind::network);
  EXPECT_EQ(classify_filesystem(0x65735546, "fuseblk").kind, Kind::doubtful);
  EXPECT_EQ(classify_filesystem(0x794c7630, "overlay").kind, Kind::doubtful);
  EXPECT_EQ(classify_filesystem(0xef53, "ext4").kind, Kind::local);
  EXPECT_EQ(filesystem_of("/dev/shm/none/below").kind, Kind::local);
}

// SQLite would take it for a new database.
TEST_F(QueueTest, EmptiedFileIsDamageAndNamesTheRemedy) {
  std::ofstream(settings().path).close();
  EXPECT_NE(refusal([&] { open_queue(settings(), false); }).find("manage-queue restore"),
            std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(settings().path), 0U);
}

}  // namespace
}  // namespace contimg::queue
