// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "status/server.h"

namespace contimg::status {

/// Threads that all ports share: one for each connection, made when first needed. A connection for which
/// there is none is turned away by whoever accepted it.
class Crew {
 public:
  explicit Crew(std::size_t most) : most_(most) {}
  ~Crew();

  /// Runs `work` on a thread; false when all are busy.
  bool run(std::function<void()> work);
  /// Waits for all work that was begun.
  void finish();

 private:
  void live();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::size_t n_busy_ = 0;  ///< At work, or about to take what waits in work_.
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

/// One port, on the HTTP library: that parses a request and writes the answer. Sockets, time and sizes
/// are ours: whole requests are read, and judged, before the library sees a byte of them.
class HttpServer : public httplib::Server {
 public:
  HttpServer(Service& service, bool health_only, const ServerLimits& limits, Crew* crew,
             std::function<bool()> stopped);

  /// Throws TemporaryError when the port is in use.
  void bind(const std::string& address, int port);
  std::string answer(const std::string& request, const std::string& peer);

 private:
  bool process_and_close_socket(socket_t socket) override;
  bool serve_one(class Connection& connection, const std::string& peer, std::string& bytes);

  Service& service_;
  const bool health_only_;
  const ServerLimits limits_;
  const std::function<bool()> stopped_;
};

}  // namespace contimg::status
