// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/rate.h"

#include <arpa/inet.h>

#include <algorithm>

namespace contimg::status {

RateLimit::RateLimit(double rate_per_s, double burst, std::size_t most_clients)
    : rate_per_s_(rate_per_s), burst_(burst), most_clients_(most_clients) {}

bool RateLimit::take(const std::string& client, double cost, double now_s) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = buckets_.find(client);
  if (found == buckets_.end()) {
    if (buckets_.size() >= most_clients_) forget(now_s);
    found = buckets_.emplace(client, Bucket{burst_, now_s}).first;
  }
  Bucket& bucket = found->second;
  bucket.level = std::min(burst_, bucket.level + rate_per_s_ * std::max(0.0, now_s - bucket.at_s));
  bucket.at_s = now_s;
  if (bucket.level < cost) return false;
  bucket.level -= cost;
  return true;
}

void RateLimit::forget(double now_s) {
  for (auto each = buckets_.begin(); each != buckets_.end();) {
    const bool full = each->second.level + rate_per_s_ * (now_s - each->second.at_s) >= burst_;
    each = full ? buckets_.erase(each) : std::next(each);
  }
  if (buckets_.size() >= most_clients_) buckets_.clear();
}

std::string client_of(const std::string& address) {
  in6_addr six = {};
  if (::inet_pton(AF_INET6, address.c_str(), &six) != 1) return address;
  if (IN6_IS_ADDR_V4MAPPED(&six)) return address.substr(address.rfind(':') + 1);
  std::fill(six.s6_addr + 8, six.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &six, text, sizeof text);
  return text;
}

}  // namespace contimg::status
