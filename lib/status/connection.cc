// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>

namespace contimg::status {
namespace {

constexpr double kSlice_s = 0.25, kFarewell_s = 0.5;

/// Waits until the socket can be read or written; false: not before the deadline.
bool ready(int socket, short events, double deadline_s) {
  for (;;) {
    const double left_s = deadline_s - steady_now_s();
    if (left_s <= 0) return false;
    pollfd one = {socket, events, 0};
    const int n = ::poll(&one, 1, static_cast<int>(std::ceil(1000 * std::min(left_s, 60.0))));
    if (n > 0) return true;
    if (n < 0 && errno != EINTR) return false;
  }
}

}  // namespace

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Connection::~Connection() { ::close(socket_); }

bool Connection::await(double idle_s, const std::function<bool()>& stopped) {
  for (const double end_s = steady_now_s() + idle_s; steady_now_s() < end_s && !stopped();)
    if (ready(socket_, POLLIN, std::min(end_s, steady_now_s() + kSlice_s))) return true;
  return false;
}

Connection::Reading Connection::read_until(std::string& bytes,
                                           const std::function<bool(const std::string&)>& enough,
                                           std::size_t most, double deadline_s) {
  char block[8192];
  while (!enough(bytes) && bytes.size() < most) {
    if (!ready(socket_, POLLIN, deadline_s)) return Reading::late;
    const ssize_t n = ::recv(socket_, block, std::min(sizeof block, most - bytes.size()), 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return Reading::ended;
    bytes.append(block, static_cast<std::size_t>(n));
  }
  return Reading::done;
}

bool Connection::send_all(const std::string& bytes, double deadline_s) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    if (!ready(socket_, POLLOUT, deadline_s)) return false;
    const ssize_t n =
        ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

void Connection::finish() {
  ::shutdown(socket_, SHUT_WR);
  const double end_s = steady_now_s() + kFarewell_s;
  char block[8192];
  while (ready(socket_, POLLIN, end_s) && ::recv(socket_, block, sizeof block, MSG_DONTWAIT) > 0) {
  }
}

std::string Connection::peer() const {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  char text[INET6_ADDRSTRLEN] = "";
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  if (address.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&address)->sin_addr, text, sizeof text);
  if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr, text, sizeof text);
  return text;
}

}  // namespace contimg::status
