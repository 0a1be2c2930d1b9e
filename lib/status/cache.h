// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "status/exchange.h"

namespace contimg::status {

/// Answers that many ask for and that may be some seconds old. Each is made by one thread at a time:
/// others get the one before while it is young enough, and wait for the first. At most `most` answers
/// and 32 MB are kept. For many threads.
class Cache {
 public:
  explicit Cache(std::size_t most = 512) : most_(most) {}

  /// The answer under `key`, made by `make` when it is older than `max_age_s`. Given: a clock that
  /// does not go back, s. What `make` throws is thrown, and nothing is kept.
  Answer answer(const std::string& key, double max_age_s, const std::function<double()>& clock_s,
                const std::function<Answer()>& make);

  /// Forgets all: something was changed.
  void clear();

 private:
  struct Entry {
    Answer answer;
    double made_s = 0;
    bool made = false, being_made = false;
  };
  // An answer that is being made anew is given out for so many times its age at most.
  static constexpr double kStale = 3;
  static constexpr std::size_t kMostByte = 32 << 20;

  void forget();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t generation_ = 0;
  std::size_t kept_byte_ = 0;
};

}  // namespace contimg::status
