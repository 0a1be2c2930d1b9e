// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace contimg::status {

/// How many requests each client may still send: a bucket of tokens that fills at `rate_per_s` up to
/// `burst`. Remembers at most `most_clients`; beyond that those whose bucket is full are forgotten,
/// and then all. For many threads at once.
class RateLimit {
 public:
  RateLimit(double rate_per_s, double burst, std::size_t most_clients = 4096);

  /// Takes `cost` from the client's bucket; false when there is not so much in it. Given: a clock that
  /// does not go back, s.
  bool take(const std::string& client, double cost, double now_s);

 private:
  struct Bucket {
    double level = 0, at_s = 0;
  };
  void forget(double now_s);

  const double rate_per_s_, burst_;
  const std::size_t most_clients_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

/// What counts as one client: an IPv4 address, the first 64 bits of an IPv6 one.
std::string client_of(const std::string& address);

}  // namespace contimg::status
