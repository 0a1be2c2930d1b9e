// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace contimg {

/// The file is not an SQLite database, or a damaged one.
class CorruptDatabase : public DataError {
 public:
  using DataError::DataError;
};

/// How long a stage waits for others that write to the same database.
inline constexpr int kBusyTimeout_ms = 30'000;

/// One connection to an SQLite file. Not for use by two threads at once.
///
/// Every failure becomes an exception that names the file: TemporaryError when waiting can help
/// (locked, disk full, cannot open, I/O error), CorruptDatabase when it is damaged, DataError
/// otherwise (constraint, SQL).
///
/// Waiting for a lock is by short random sleeps: with dozens of processes the library's own
/// waiting (up to 100 ms at a time) leaves the file idle.
class Database {
 public:
  /// immutable: a file that nobody will ever write again; read without locks or side files, so also
  /// from a folder that cannot be written.
  enum class Mode { read_only, read_write, create, immutable };

  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  /// Opens `path`; waits up to `busy_timeout_ms` for locks held by other processes.
  Database(const std::string& path, Mode mode, int busy_timeout_ms);

  /// Runs one or more statements that return nothing.
  void execute(const std::string& sql);

  /// Switches the schema's triggers off or on, for this connection only.
  void run_triggers(bool on);

  /// Throws the error for a result code of this connection; returns on OK, ROW and DONE.
  void check(int code) const;

  /// Rows changed by the last INSERT, UPDATE or DELETE.
  int changes() const { return sqlite3_changes(db_.get()); }
  std::int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(db_.get()); }

  /// The first column of the first row of a query, e.g. integer("PRAGMA user_version").
  std::int64_t integer(const std::string& sql);
  std::string text(const std::string& sql);

  /// What SQLite finds wrong in the file, `most` things at most. Throws TemporaryError when the disk
  /// cannot be read, which SQLite counts among them.
  std::vector<std::string> damages(int most = 100);

  /// Copies the whole database into `target`, as one moment's state, while others go on using it.
  void copy_to(Database& target);

  const std::string& path() const { return path_; }
  sqlite3* get() const { return db_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  struct Patience;  // The busy handler's state. Before db_, whose handler points at it.
  std::string path_;
  std::shared_ptr<Patience> patience_;  // shared_ptr: its deleter needs no complete type here
  std::unique_ptr<sqlite3, Close> db_;
};

/// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement(Database& db, const std::string& sql);

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, int value) { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, std::size_t value) {
    return bind(index, static_cast<std::int64_t>(value));
  }
  Statement& bind(int index, bool value) { return bind(index, std::int64_t{value}); }
  Statement& bind(int index, double value);  ///< NaN is stored as NULL.
  Statement& bind(int index, const std::string& value);
  Statement& bind(int index, const char* value) { return bind(index, std::string(value)); }
  Statement& bind_blob(int index, const std::string& bytes);
  Statement& bind_null(int index);
  template <typename T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind_null(index);
  }

  /// Advances to the next row; false when there is none.
  bool step();
  /// Steps to the end and makes the statement ready for new parameters.
  void run();
  /// Makes the statement ready to be stepped again; parameters stay bound.
  void reset();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;  ///< NaN for NULL.
  double real_or_zero(int column) const;
  std::string text(int column) const;  ///< Empty for NULL.
  std::string blob(int column) const;  ///< Its bytes; empty for NULL.
  int n_column() const { return sqlite3_column_count(statement_.get()); }
  std::string column_name(int column) const {
    return sqlite3_column_name(statement_.get(), column);
  }
  int column_type(int column) const { return sqlite3_column_type(statement_.get(), column); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An IMMEDIATE transaction (it takes the write lock at once, so a later statement cannot find
/// its snapshot stale). Rolls back unless commit() was called.
class Transaction {
 public:
  explicit Transaction(Database& db);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& db_;
  bool committed_ = false;
};

/// While it lives, all that a connection reads is of the moment of the first reading.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& db);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& db_;
};

}  // namespace contimg
