// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/server.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/overrides.h"
#include "base/stop.h"
#include "status/access.h"
#include "status/http_server.h"

namespace contimg::status {
namespace {

constexpr std::chrono::milliseconds kLook{100};
constexpr std::chrono::milliseconds kLookForListening{5};
constexpr int kLooksUntilIdle = 300;  // 30 s

std::vector<int> ports_of(const Settings& settings) {
  std::vector<int> ports = {settings.serve_port};
  std::istringstream words(settings.serve_also);
  for (std::string word; std::getline(words, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    if (word.empty()) continue;
    const bool right =
        word.size() <= 5 && word.find_first_not_of("0123456789") == std::string::npos;
    const int port = right ? std::stoi(word) : 0;
    if (port < 1 || port > 65535)
      throw UsageError("serve.also is \"" + settings.serve_also +
                       "\", expected ports from 1 to 65535");
    if (std::find(ports.begin(), ports.end(), port) == ports.end()) ports.push_back(port);
  }
  return ports;
}

void require_tokens(const Settings& settings) {
  const bool local = is_loopback(settings.serve_address) || settings.serve_address == "localhost";
  const char* variable = std::getenv("CONTIMG_TOKENS");
  const bool any = !load_tokens(settings.token_file, variable != nullptr ? variable : "").empty();
  if (!local && !any)
    throw UsageError("serve.address is " + settings.serve_address +
                     ", beyond this machine, and there is no token, expected serve.token_file; "
                     "without a token nobody there could ask anything");
}

// The library's stop() does nothing to a server that does not listen yet: told to end while it
// begins, it would listen for ever.
void stop(HttpServer& server, const std::future<void>& listener) {
  while (!server.is_running() &&
         listener.wait_for(kLookForListening) == std::future_status::timeout) {
  }
  server.stop();
}

}  // namespace

std::string answer_bytes(Service& service, const std::string& request, const std::string& peer,
                         bool health_only) {
  HttpServer server(service, health_only, {}, nullptr, [] { return false; });
  return server.answer(request, peer);
}

Listening listening_of(const Settings& settings, bool probes_only) {
  if (probes_only && settings.health_port == 0)
    throw UsageError("--probes-only and no --health-port, expected one");
  return {settings.serve_address, probes_only ? std::vector<int>() : ports_of(settings),
          settings.health_port};
}

void serve(Service& service, const Listening& where, const ServerLimits& limits,
           const std::function<bool()>& stopped, const std::function<void()>& listening) {
  Crew crew(limits.most_connections);
  std::vector<std::unique_ptr<HttpServer>> servers;
  const auto add = [&](int port, bool health_only) {
    auto server = std::make_unique<HttpServer>(service, health_only, limits, &crew, stopped);
    server->bind(where.address, port);
    servers.push_back(std::move(server));
  };
  for (const int port : where.ports) add(port, false);
  if (where.health_port > 0) {
    try {
      add(where.health_port, true);
    } catch (const TemporaryError& error) {
      if (where.ports.empty()) throw;
      spdlog::warn("{}; /health, /ready and /metrics are on the other ports too", error.what());
    }
  }
  std::vector<std::future<void>> listeners;
  for (const auto& server : servers)
    listeners.push_back(std::async(std::launch::async, [&server] { server->listen_after_bind(); }));
  if (listening) listening();
  for (int look = 1; !stopped(); ++look) {
    std::this_thread::sleep_for(kLook);
    if (look % kLooksUntilIdle != 0) continue;
    service.queue().close_idle();
    service.curves().close_idle();
  }
  for (std::size_t i = 0; i < servers.size(); ++i) stop(*servers[i], listeners[i]);
  for (std::future<void>& listener : listeners) listener.get();
  crew.finish();
}

void serve_until_told(const Settings& settings, const Resolve& resolve, bool probes_only) {
  // Each of many threads would else leave holes in an arena of its own: memory grows for minutes.
  ::mallopt(M_ARENA_MAX, 2);
  require_tokens(settings);
  const Listening where = listening_of(settings, probes_only);
  ServiceOptions options;
  options.settings = settings;
  options.resolve = resolve;
  const char* variable = std::getenv("CONTIMG_TOKENS");
  options.tokens = variable != nullptr ? variable : "";
  Service service(options);
  serve(service, where, {}, stop_requested, [&] {
    std::string ports;
    for (const int port : where.ports) ports += std::to_string(port) + ", ";
    spdlog::info("listening on {}, ports {}probes on {}", where.address, ports, where.health_port);
  });
  spdlog::info("told to end: ended");
}

}  // namespace contimg::status
