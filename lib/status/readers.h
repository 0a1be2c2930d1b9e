// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/sqlite.h"
#include "lightcurve/curve.h"

namespace contimg::status {

/// A database that is only read, with its statements kept prepared. For one thread at a time.
class Reader {
 public:
  explicit Reader(Database database) : database_(std::move(database)) {}

  Database& database() { return database_; }
  /// The statement, ready for parameters. Prepared once.
  Statement& prepared(const std::string& sql);
  /// Ends what was not read to its end, which would hold this connection at the state of then, and
  /// the log of writes from being taken in.
  void rest() noexcept;

 private:
  Database database_;
  std::unordered_map<std::string, Statement> statements_;
};

/// The number that a query without parameters answers with.
std::int64_t count_of(Reader& reader, const char* sql);

/// What is done with a connection that is given back.
template <typename Connection>
void rest(Connection& /*connection*/) noexcept {}
template <>
inline void rest(Reader& reader) noexcept {
  reader.rest();
}

/// Which file a path names now; the empty one when there is none.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  bool operator==(const FileIdentity& o) const { return device == o.device && inode == o.inode; }
};
FileIdentity identity_of(const std::string& path);

/// Connections to one file that many threads share: each is lent to one thread at a time, opened when
/// all are lent, `most` at once; whoever comes then waits. A file that was replaced is opened anew.
template <typename Connection>
class Pool {
 public:
  using Open = std::function<std::unique_ptr<Connection>()>;
  Pool(std::string path, std::size_t most, Open open)
      : path_(std::move(path)), most_(most), open_(std::move(open)) {}

  /// Gives itself back when it is destroyed.
  class Lent {
   public:
    Lent(Pool& pool, std::unique_ptr<Connection> connection, FileIdentity identity)
        : pool_(&pool), connection_(std::move(connection)), identity_(identity) {}
    Lent(Lent&& other) noexcept = default;
    Lent& operator=(Lent&&) = delete;
    ~Lent() {
      if (!connection_) return;
      rest(*connection_);
      pool_->take_back(std::move(connection_), identity_);
    }
    Connection* operator->() { return connection_.get(); }
    Connection& operator*() { return *connection_; }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    FileIdentity identity_;
  };

  /// Throws what opening throws.
  Lent lend() {
    const FileIdentity now = identity_of(path_);
    std::unique_lock<std::mutex> lock(mutex_);
    returned_.wait(lock, [&] { return n_lent_ < most_; });
    ++n_lent_;
    while (!idle_.empty()) {
      Idle idle = std::move(idle_.back());
      idle_.pop_back();
      if (idle.identity == now) return Lent(*this, std::move(idle.connection), now);
    }
    lock.unlock();
    try {
      return Lent(*this, open_(), now);
    } catch (const Error&) {
      take_back(nullptr, now);
      throw;
    }
  }

  /// Closes what is not lent, so that nobody is kept from the file.
  void close_idle() {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.clear();
  }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    FileIdentity identity;
  };
  void take_back(std::unique_ptr<Connection> connection, FileIdentity identity) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      --n_lent_;
      if (connection) idle_.push_back({std::move(connection), identity});
    }
    returned_.notify_one();
  }

  const std::string path_;
  const std::size_t most_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t n_lent_ = 0;
  std::vector<Idle> idle_;
};

}  // namespace contimg::status
