// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/sqlite.h"

#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>

#include "base/clock.h"
#include "base/file_bytes.h"

namespace contimg {

struct Database::Patience {
  std::chrono::milliseconds budget{0};
  Clock::time_point began;
  std::minstd_rand random{std::random_device{}()};

  // SQLite's callback: true to try again. Sleeps grow from 0.1 ms to at most 5 ms.
  static int wait(void* self, int n_tried) {
    Patience& patience = *static_cast<Patience*>(self);
    const Clock::time_point now = Clock::now();
    if (n_tried == 0) patience.began = now;
    if (now - patience.began >= patience.budget) return 0;
    const long longest_ns = std::min(5'000'000L, 200'000L << std::min(n_tried, 10));
    std::uniform_int_distribution<long> sleep_ns(longest_ns / 2, longest_ns);
    const timespec pause{0, sleep_ns(patience.random)};
    nanosleep(&pause, nullptr);
    return 1;
  }
};

namespace {

// The form of sqlite.org/uri.html: '%', '?' and '#' would end the path.
std::string immutable_uri(const std::string& path) {
  std::string uri = path.compare(0, 1, "/") == 0 ? "file://" : "file:";
  for (const char c : path) {
    if (c == '%')
      uri += "%25";
    else if (c == '?')
      uri += "%3f";
    else if (c == '#')
      uri += "%23";
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

// SQLite takes a disk that cannot be read for a file that is damaged. Asked after an error.
bool disk_failed(sqlite3* db) {
  int of_file = 0;
  const int code = errno;
  if (db) sqlite3_file_control(db, nullptr, SQLITE_FCNTL_LAST_ERRNO, &of_file);
  return code == EIO || of_file == EIO;
}

}  // namespace

Database::Database(const std::string& path, Mode mode, int busy_timeout_ms)
    : path_(path), patience_(std::make_shared<Patience>()) {
  patience_->budget = std::chrono::milliseconds(busy_timeout_ms);
  int flags = SQLITE_OPEN_READONLY;
  if (mode == Mode::read_write) flags = SQLITE_OPEN_READWRITE;
  if (mode == Mode::create) flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const bool immutable = mode == Mode::immutable;
  if (immutable) flags |= SQLITE_OPEN_URI;
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(immutable ? immutable_uri(path).c_str() : path.c_str(), &db, flags, nullptr);
  db_.reset(db);
  check(code);
  check(sqlite3_busy_handler(db, Patience::wait, patience_.get()));
  check(sqlite3_extended_result_codes(db, 1));
}

void Database::check(int code) const {
  const int primary = code & 0xff;
  if (primary == SQLITE_OK || primary == SQLITE_ROW || primary == SQLITE_DONE) return;
  const std::string what = path_ + ": " + (db_ ? sqlite3_errmsg(db_.get()) : "out of memory");
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw TemporaryError(what + " (another process holds it; try again)");
    case SQLITE_FULL:
      throw TemporaryError(what + " (free some space, then try again)");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw TemporaryError(what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      if (disk_failed(db_.get())) throw unreadable(path_);
      throw CorruptDatabase(what);
    default:
      throw DataError(what);
  }
}

void Database::execute(const std::string& sql) {
  check(sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

void Database::run_triggers(bool on) {
  check(sqlite3_db_config(get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr));
}

std::vector<std::string> Database::damages(int most) {
  std::vector<std::string> found;
  errno = 0;
  Statement check(*this, "PRAGMA integrity_check(" + std::to_string(most) + ")");
  while (check.step()) found.push_back(check.text(0));
  if (found == std::vector<std::string>{"ok"}) return {};
  if (disk_failed(get())) throw unreadable(path_);
  return found;
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.step() ? statement.text(0) : "";
}

void Database::copy_to(Database& target) {
  sqlite3_backup* copy = sqlite3_backup_init(target.get(), "main", get(), "main");
  if (copy == nullptr) target.check(sqlite3_errcode(target.get()));
  // All pages in one step: a reader's snapshot, so that no writer makes it start again.
  const int stepped = sqlite3_backup_step(copy, -1);
  const int finished = sqlite3_backup_finish(copy);
  target.check(stepped);
  target.check(finished);
}

Statement::Statement(Database& db, const std::string& sql) : db_(db) {
  sqlite3_stmt* statement = nullptr;
  db_.check(sqlite3_prepare_v2(db_.get(), sql.c_str(), static_cast<int>(sql.size()), &statement,
                               nullptr));
  statement_.reset(statement);
}

Statement& Statement::bind(int index, std::int64_t value) {
  db_.check(sqlite3_bind_int64(statement_.get(), index, value));
  return *this;
}

Statement& Statement::bind(int index, double value) {
  if (std::isnan(value)) return bind_null(index);
  db_.check(sqlite3_bind_double(statement_.get(), index, value));
  return *this;
}

Statement& Statement::bind(int index, const std::string& value) {
  db_.check(sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()),
                              SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_blob(int index, const std::string& bytes) {
  db_.check(sqlite3_bind_blob(statement_.get(), index, bytes.data(), static_cast<int>(bytes.size()),
                              SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null(int index) {
  db_.check(sqlite3_bind_null(statement_.get(), index));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  db_.check(code);
  return code == SQLITE_ROW;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { db_.check(sqlite3_reset(statement_.get())); }

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  if (is_null(column)) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(statement_.get(), column);
}

double Statement::real_or_zero(int column) const { return is_null(column) ? 0.0 : real(column); }

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (!text) return "";
  return std::string(text,
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

std::string Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return "";
  return std::string(bytes,
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

Transaction::Transaction(Database& db) : db_(db) { db_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!committed_) sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  db_.execute("COMMIT");
  committed_ = true;
}

ReadTransaction::ReadTransaction(Database& db) : db_(db) { db_.execute("BEGIN"); }

ReadTransaction::~ReadTransaction() {
  sqlite3_exec(db_.get(), "COMMIT", nullptr, nullptr, nullptr);
}

}  // namespace contimg
