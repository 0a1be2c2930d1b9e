// SPDX-License-Identifier: GPL-3.0-or-later
// Receipts that come back from Slurm tasks, and parcels (lib/queue/parcel, merge, merge_rows). The input
// says what becomes of a right receipt: cells of other types and values, rows gone or doubled, bytes of the
// file changed. Whatever comes back, the queue stays sound and other groups stay as they were.
#include <filesystem>
#include <optional>
#include <set>

#include "harness.h"
#include "queue/backup.h"
#include "queue/claim.h"
#include "queue/groups.h"
#include "queue/parcel.h"
#include "queue/verify.h"
#include "spdlog/spdlog.h"

using namespace contimg;
namespace fs = std::filesystem;

namespace {

const std::string kGroup = "2025-10-05T12:00:00", kOther = "2025-10-05T12:05:09";
double now_unix_s = 1.8e9;

queue::QueueSettings settings_of(const std::string& path) {
  queue::QueueSettings settings;
  settings.path = path;
  settings.clock_unix_s = [] { return now_unix_s; };
  settings.stages = {queue::Stage::convert, queue::Stage::flag};
  return settings;
}

void add_group(queue::Queue& queue, const std::string& id) {
  queue::Group group;
  group.group_id = id;
  group.state = queue::GroupState::pending;
  group.received_at_unix_s = group.last_update_unix_s = now_unix_s;
  queue::insert_group(queue.database(), group, "test", "");
}

queue::Outcome outcome() {
  queue::Outcome result;
  result.products.push_back({"/data/ms", "ms", 100, "abc", "{}"});
  result.measurement_set = queue::MeasurementSetRow{"/data/ms", 60000, 60000.1, "field", 10, 20};
  result.conversion = queue::ConversionTimes{1, 2, 3, 6, "direct"};
  result.flag_shares.push_back({"total", R"({"all": 0.25})"});
  return result;
}

// Everything in a folder, made once: a queue with two groups, one of which was sent away, and what its
// task brings back.
struct Made {
  std::string main, parcel, receipt;
  std::vector<std::pair<std::string, std::string>> columns;  // table, column
};

const Made& given() {
  static const Made made = [] {
    spdlog::set_level(spdlog::level::off);
    Made g;
    const std::string path = fuzz::folder() + "/made.sqlite3", away = fuzz::folder() + "/made";
    {
      queue::Queue queue(settings_of(path));
      add_group(queue, kGroup);
      add_group(queue, kOther);
      queue::pack_group(queue, kGroup, away);
      queue.database().text("PRAGMA journal_mode = DELETE");
    }
    const std::string copy = fuzz::folder() + "/task.sqlite3",
                      back = fuzz::folder() + "/back.sqlite3";
    fs::copy_file(queue::parcel_path(away), copy);
    {
      queue::QueueSettings settings = settings_of(copy);
      settings.worker = {"node-7", 4242, "1234", "5"};
      queue::Queue task(settings);
      task.claim_group(queue::Stage::convert, kGroup)->finish(outcome());
      task.claim_group(queue::Stage::flag, kGroup)->finish(outcome());
      queue::backup_queue(task.database(), back, now_unix_s);
      Statement columns(task.database(),
                        "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c"
                        " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, 2");
      while (columns.step()) g.columns.emplace_back(columns.text(0), columns.text(1));
    }
    g.main = fuzz::read_file(path);
    g.parcel = fuzz::read_file(queue::parcel_path(away));
    g.receipt = fuzz::read_file(back);
    return g;
  }();
  return made;
}

std::string value_of(fuzz::Bytes& bytes) {
  static const std::vector<std::string> values = {"NULL",
                                                  "0",
                                                  "-1",
                                                  "1",
                                                  "9223372036854775807",
                                                  "1e308",
                                                  "''",
                                                  "'\x1b[2J'",
                                                  "x'00ff'",
                                                  "'" + kOther + "'",
                                                  "'" + kGroup + "'",
                                                  "'done'",
                                                  "'failed'",
                                                  "'running'",
                                                  "'convert'",
                                                  "'flag'",
                                                  "'lightcurve'",
                                                  "'nothing'",
                                                  "'claimed'",
                                                  "'{'",
                                                  "1.5",
                                                  "'../../etc'",
                                                  "9e18",
                                                  "2"};
  return bytes.pick(values);
}

// One statement that the schema may refuse: then nothing changed.
void change_rows(fuzz::Bytes& bytes, Database& db) {
  const auto& [table, column] = bytes.pick(given().columns);
  const std::string value = value_of(bytes);
  const std::size_t how = bytes.below(16);
  std::string sql = "UPDATE \"" + table + "\" SET \"" + column + "\" = " + value;
  if (how == 0) sql = "DELETE FROM \"" + table + "\"";
  if (how == 1) sql = "DROP TABLE \"" + table + "\"";
  if (how == 2) sql = "ALTER TABLE \"" + table + "\" DROP COLUMN \"" + column + "\"";
  if (how == 3) sql = "INSERT INTO \"" + table + "\" (\"" + column + "\") VALUES (" + value + ")";
  if (how == 4) sql = "PRAGMA user_version = " + std::to_string(bytes.below(12));
  if (how == 5)
    sql = "CREATE TRIGGER t" + std::to_string(bytes.below(3)) + " AFTER UPDATE ON \"" + table +
          "\" BEGIN DELETE FROM \"" + table + "\"; END";
  if (how == 6)
    sql = "DROP TABLE \"" + table + "\"; CREATE VIEW \"" + table + "\" AS SELECT 1 AS \"" + column +
          "\"";
  try {
    db.execute(sql);
  } catch (const Error&) {
  }
}

void change_receipt(fuzz::Bytes& bytes, const std::string& path) {
  const std::size_t n_statement = bytes.below(5), n_patch = bytes.below(4);
  {
    Database db(path, Database::Mode::read_write, 1000);
    db.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON");
    if (bytes.below(2) == 1) db.run_triggers(false);
    for (std::size_t i = 0; i < n_statement; ++i) change_rows(bytes, db);
  }
  if (n_patch < 2) return;
  std::string file = fuzz::read_file(path);
  for (std::size_t i = 0; i < 4 && !bytes.empty() && !file.empty(); ++i)
    file[bytes.integer() % file.size()] = static_cast<char>(bytes.byte());
  if (n_patch == 3) file.resize(bytes.integer() % (file.size() + 1));
  fuzz::write_file(path.substr(fuzz::folder().size() + 1), file);
}

// All that the queue knows of a group.
std::string rows_of(Database& db, const std::string& group_id) {
  std::string all;
  for (const char* table : {"ingest_queue", "job", "job_attempt", "state_history", "product"}) {
    Statement rows(db,
                   std::string("SELECT * FROM ") + table + " WHERE group_id = ?1 ORDER BY 1, 2");
    rows.bind(1, group_id);
    while (rows.step()) {
      all += table;
      for (int i = 0; i < rows.n_column(); ++i) all += "|" + rows.text(i);
      all += "\n";
    }
  }
  return all;
}

void check_merge(queue::Queue& queue, const std::string& parcel, const std::string& receipt) {
  static const std::set<std::string> statuses = {"merged", "doubled", "late",
                                                 "busy",   "unknown", "damaged"};
  Database& db = queue.database();
  const std::string before = rows_of(db, kGroup), other = rows_of(db, kOther);
  queue::Json answer;
  const bool accepted = fuzz::accepts(receipt.substr(0, receipt.rfind('/')),
                                      [&] { answer = queue::merge_parcel(queue, parcel); });
  fuzz::require(rows_of(db, kOther) == other, "another group stays as it was");
  bool merged = false;
  if (accepted) {
    fuzz::require(answer.size() == 1, "one receipt has one answer");
    const std::string status = answer[0]["status"];
    fuzz::require(statuses.count(status) == 1, "a status is one of six: " + status);
    merged = status == "merged";
  }
  fuzz::require(merged || rows_of(db, kGroup) == before, "what is not merged changes nothing");
  const queue::Json faults = queue::check_queue(db);
  fuzz::require(faults.empty(), "the queue stays sound: " + faults.dump());
  if (!merged) return;
  const std::string again = queue::merge_parcel(queue, parcel)[0]["status"];
  fuzz::require(again != "merged", "a receipt is taken in once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Made& made = given();
  fuzz::Bytes bytes(data, size);
  const std::string main = fuzz::write_file("queue.sqlite3", made.main);
  for (const char* side : {"-wal", "-shm"}) fs::remove(main + side);
  const std::string parcel = fuzz::folder() + "/parcel";
  fs::create_directories(parcel);
  fuzz::write_file("parcel/queue.sqlite3", made.parcel);
  const std::string receipt = fuzz::write_file("parcel/receipt-1.sqlite3", made.receipt);
  change_receipt(bytes, receipt);
  fuzz::accepts(receipt, [&] {
    const queue::ParcelLabel label = queue::read_label(receipt);
    fuzz::require(!label.group_id.empty(), "a label names a group");
  });
  queue::Queue queue(settings_of(main));
  check_merge(queue, parcel, receipt);
  return 0;
}
