// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/service.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <sstream>

#include "base/overrides.h"
#include "queue/schema.h"
#include "status/route.h"

namespace contimg::status {

const std::vector<double> kAnswerBounds_s = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.25,   0.5,   1,    2,     5};

namespace {

constexpr int kPatience_ms = 5000;
constexpr double kSettings_s = 2, kWrongTokenCost = 10, kBurst_s = 2;

double steady_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<std::string> listed(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

std::unique_ptr<Reader> open_queue_reader(const std::string& path) {
  if (identity_of(path) == FileIdentity{})
    throw Refused(503, "there is no queue yet; the first tool that works makes it");
  auto reader = std::make_unique<Reader>(Database(path, Database::Mode::read_only, kPatience_ms));
  try {
    queue::require_current(reader->database());
  } catch (const UsageError& error) {
    throw Refused(503, error.what());
  }
  return reader;
}

std::unique_ptr<lightcurve::Curves> open_curves(const std::string& path) {
  if (path.empty() || identity_of(path) == FileIdentity{})
    throw Refused(503, "there are no light curves yet; update-lightcurves makes them");
  try {
    auto curves = std::make_unique<lightcurve::Curves>(path);
    // As many connections as readers: pages are the kernel's to keep.
    curves->database().execute("PRAGMA cache_size = -4096");
    return curves;
  } catch (const UsageError& error) {
    throw Refused(503, error.what());
  }
}

// By the length that was told: the library takes the bodies of forms apart.
void require_json(const Request& request) {
  const std::string length = request.header("content-length");
  const bool any = !request.body.empty() || length.find_first_not_of('0') != std::string::npos;
  if (any && request.header("content-type").rfind("application/json", 0) != 0)
    throw Refused(415, "expected a body of Content-Type application/json");
}

std::string cache_key(const Request& request) {
  std::string key = request.path;
  for (const auto& [name, text] : request.query) key += '\n' + name + '=' + text;
  return key;
}

}  // namespace

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      rate_(options_.settings.rate_limit, kBurst_s * options_.settings.rate_limit),
      queue_(required_path(options_.settings, &Settings::queue_db), options_.most_readers,
             [path = options_.settings.queue_db] { return open_queue_reader(path); }),
      curves_(options_.settings.lightcurve_db, options_.most_readers,
              [path = options_.settings.lightcurve_db] { return open_curves(path); }),
      processes_(options_.settings.queue_db),
      started_unix_s_(options_.clock_unix_s()),
      settings_(options_.settings) {
  if (!options_.clock_s) options_.clock_s = steady_s;
  traffic_.counts.assign(kAnswerBounds_s.size() + 1, 0);
  rules_.tokens = load_tokens(options_.settings.token_file, options_.tokens);
  rules_.legacy_loopback_writes = options_.settings.legacy_loopback_writes;
  rules_.allowed_origins = listed(options_.settings.allowed_origins);
}

Settings Service::settings() {
  const std::lock_guard<std::mutex> lock(settings_mutex_);
  const double now_s = clock_s();
  if (settings_read_s_ < 0 || now_s - settings_read_s_ > kSettings_s) {
    try {
      settings_ = options_.resolve(load_overrides(options_.settings.queue_db));
    } catch (const UsageError& error) {
      spdlog::warn("{}; the settings before stay in force here", error.what());
    }
    settings_read_s_ = now_s;
  }
  return settings_;
}

void Service::forget_settings() {
  const std::lock_guard<std::mutex> lock(settings_mutex_);
  settings_read_s_ = -1;
}

void Service::change(const std::function<void(queue::Queue&)>& change) {
  const std::lock_guard<std::mutex> lock(change_mutex_);
  if (identity_of(options_.settings.queue_db) == FileIdentity{})
    throw Refused(503, "there is no queue yet; the first tool that works makes it");
  queue::QueueSettings how = queue::queue_settings(settings());
  how.path = options_.settings.queue_db;
  how.busy_timeout_ms = kPatience_ms;
  how.clock_unix_s = options_.clock_unix_s;
  queue::Queue queue(how);
  change(queue);
  cache_.clear();
}

Answer Service::preflight(const Request& request) {
  Answer answer{204, "", ""};
  answer.headers = cors_headers(request, rules_);
  if (answer.headers.empty()) throw Refused(403, "this origin may not ask");
  return answer;
}

// Who may not even read is not told what there is.
Match Service::known_route(const Request& request) {
  try {
    return find_route(routes(), request.method, request.path);
  } catch (const Refused&) {
    granted(request, Need::read, rules_);
    throw;
  }
}

Answer Service::routed(const Request& request, bool health_only) {
  const std::string client = client_of(request.peer);
  if (!rate_.take(client, 1, clock_s())) throw Refused(429, "too many requests, expected fewer");
  if (request.method == "OPTIONS") return preflight(request);
  const Match match = known_route(request);
  const Route& route = *match.route;
  if (health_only && !route.probe)
    throw Refused(404, "this port has /health, /ready and /metrics only");
  std::string asker;
  try {
    asker = granted(request, route.need, rules_);
  } catch (const Refused& refused) {
    // A wrong token costs more than a right one, so that they cannot be tried one after the other.
    if (refused.status == 401 && !request.header("authorization").empty() &&
        !rate_.take(client, kWrongTokenCost, clock_s()))
      throw Refused(429, "too many wrong tokens, expected fewer");
    throw;
  }
  require_json(request);
  Json values = checked_query(route.query, request.query);
  for (const auto& [name, text] : match.parts)
    for (const Field& field : route.path_fields)
      if (field.name == name) values[name] = checked_text(field, text);
  const Json body = checked_body(route.body, request.body);
  values.update(body);
  const auto make = [&] { return route.handler({*this, request, values, asker}); };
  if (route.max_age_s <= 0) return make();
  return cache_.answer(cache_key(request), route.max_age_s, options_.clock_s, make);
}

Answer Service::answer(const Request& request, bool health_only) {
  const double began_s = clock_s();
  Answer answer;
  try {
    answer = routed(request, health_only);
  } catch (const Refused& refused) {
    answer = as_refusal(refused);
    if (refused.status == 405) {
      answer = as_refusal(Refused(405, refused.what()));
      answer.headers.emplace_back("Allow", refused.field);
    }
  } catch (const TemporaryError& error) {
    answer = as_refusal(Refused(503, error.what()));
  } catch (const UsageError& error) {
    answer = as_refusal(Refused(400, error.what()));
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", request.method, request.path, error.what());
    answer = as_refusal(Refused(500, "this could not be answered; the log says why"));
  }
  for (auto& header : cors_headers(request, rules_)) answer.headers.push_back(std::move(header));
  const std::lock_guard<std::mutex> lock(traffic_.mutex);
  ++traffic_.by_status[answer.status];
  const double took_s = clock_s() - began_s;
  traffic_.seconds += took_s;
  const auto bound = std::lower_bound(kAnswerBounds_s.begin(), kAnswerBounds_s.end(), took_s);
  ++traffic_.counts[static_cast<std::size_t>(bound - kAnswerBounds_s.begin())];
  return answer;
}

}  // namespace contimg::status
