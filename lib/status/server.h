// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "status/service.h"

namespace contimg::status {

/// Bounds of what one client, and all of them, may take.
struct ServerLimits {
  std::size_t most_connections = 128;  ///< At once; more are told 503 and closed.
  double request_s = 10;               ///< For a whole request to come in, from its first byte.
  double idle_s = 15;                  ///< Between two requests of one connection.
  double answer_s = 30;                ///< For an answer to be taken.
};

/// The bytes that answer the bytes of one whole request whose head was judged right. Given: the address
/// of who asks. The boundary to the HTTP library, without a socket.
std::string answer_bytes(Service& service, const std::string& request, const std::string& peer,
                         bool health_only);

/// Which ports.
struct Listening {
  std::string address;
  std::vector<int> ports;  ///< All is answered there.
  int health_port = 0;     ///< /health, /ready and /metrics; 0: none.
};
/// From the settings. Throws UsageError for a port that is none.
Listening listening_of(const Settings& settings, bool probes_only);

/// Serves until `stopped` is true. Then requests that are being answered are finished, and all
/// connections closed. Beside other ports, a health port that is in use (another serves the probes) is
/// a warning. Given: what to call once all ports listen.
/// Throws TemporaryError "<address>:<port>: ..." when a port is in use.
void serve(Service& service, const Listening& where, const ServerLimits& limits,
           const std::function<bool()>& stopped, const std::function<void()>& listening = {});

/// What serve-status does: tells on stderr where it listens, and serves until TERM. Throws UsageError
/// where an address beyond loopback is served without any token.
void serve_until_told(const Settings& settings, const Resolve& resolve, bool probes_only);

}  // namespace contimg::status
