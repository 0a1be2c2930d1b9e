// SPDX-License-Identifier: GPL-3.0-or-later
// Routes by which the server is watched: health, readiness, metrics, keep-up, its description, logs.
#include <cmath>

#include "base/byte_text.h"
#include "base/filesystem.h"
#include "base/version.h"
#include "metrics/exposition.h"
#include "metrics/figures.h"
#include "status/answers.h"
#include "status/files.h"
#include "status/route.h"
#include "status/service.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

constexpr double kHealthy_gb = 10, kDegraded_gb = 5;

Json disk_check(const Settings& settings) {
  const double free_byte = settings.output_dir.empty() ? -1 : available_byte(settings.output_dir);
  if (free_byte < 0) return {{"status", "unhealthy"}, {"output_free_gb", nullptr}};
  const double free_gb = free_byte / kBytesPerGb;
  const char* status = free_gb > kHealthy_gb    ? "healthy"
                       : free_gb > kDegraded_gb ? "degraded"
                                                : "unhealthy";
  return {{"status", status}, {"output_free_gb", std::round(1000 * free_gb) / 1000}};
}

Answer show_health(const Asked& asked) {
  Service& service = asked.service;
  Json checks = Json::object();
  std::string error;
  try {
    auto reader = service.queue().lend();
    checks["queue"] = group_counts(*reader);
    checks["queue"].erase("total");
  } catch (const Error& failed) {
    checks["queue"] = nullptr;
    error = failed.what();
  }
  checks["disk"] = disk_check(service.settings());
  const bool bad = checks["queue"].is_null() || checks["disk"]["status"] == "unhealthy";
  const bool degraded = checks["disk"]["status"] == "degraded";
  Json json = {{"status", bad        ? "unhealthy"
                          : degraded ? "degraded"
                                     : "healthy"},
               {"checks", checks},
               {"version", kVersion},
               {"uptime_seconds", service.now_unix_s() - service.started_unix_s()}};
  if (!error.empty()) json["error"] = error;
  return as_json(json, bad ? 503 : 200);
}

Answer show_ready(const Asked& asked) {
  try {
    auto reader = asked.service.queue().lend();
    hold(*reader);
  } catch (const Error& error) {
    return {503, "text/plain; charset=utf-8", std::string("not ready: ") + error.what() + "\n"};
  }
  return {200, "text/plain; charset=utf-8", "ready\n"};
}

std::string light_curve_metrics(Service& service) {
  try {
    auto curves = service.curves().lend();
    Statement row(curves->database(),
                  "SELECT (SELECT count(*) FROM source), (SELECT total(n_row) FROM"
                  " source_statistics), (SELECT total(n_blind) FROM source)");
    row.step();
    using metrics::Family;
    std::string text;
    text += Family("dsa110_sources_count", Family::Type::gauge, "Sources with a light curve.")
                .add(row.real(0))
                .text();
    text += Family("dsa110_photometry_count", Family::Type::gauge, "Points of light curves.")
                .add(row.real(1))
                .text();
    text +=
        Family("dsa110_photometry_records_total", Family::Type::counter, "The same, as a counter.")
            .add(row.real(1))
            .text();
    text += Family("dsa110_sources_detected_total", Family::Type::counter,
                   "Sightings of blind searches.")
                .add(row.real(2))
                .text();
    return text;
  } catch (const Error&) {
    return "";  // no light curves yet: an absent sample says so
  }
}

std::string own_metrics(Service& service) {
  using metrics::Family;
  Traffic& traffic = service.traffic();
  const std::lock_guard<std::mutex> lock(traffic.mutex);
  Family answers("dsa110_serve_answers_total", Family::Type::counter, "Answers by HTTP status.");
  for (const auto& [status, n] : traffic.by_status)
    answers.add(static_cast<double>(n), {{"status", std::to_string(status)}});
  return answers.text() +
         Family("dsa110_serve_seconds", Family::Type::histogram, "Time an answer took.")
             .add_histogram(kAnswerBounds_s, traffic.counts, traffic.seconds, {})
             .text() +
         Family("dsa110_serve_start_time_seconds", Family::Type::gauge, "When the server began.")
             .add(service.started_unix_s())
             .text();
}

Answer show_metrics(const Asked& asked) {
  Service& service = asked.service;
  const double now = service.now_unix_s();
  std::string text;
  {
    auto reader = service.queue().lend();
    text = metrics::prometheus_text(
        metrics::read_figures(reader->database(), service.settings(), now));
    text += further_metrics(*reader, now);
  }
  text += light_curve_metrics(service) + own_metrics(service);
  return {200, "text/plain; version=0.0.4; charset=utf-8", text};
}

Answer show_keep_up(const Asked& asked) {
  Service& service = asked.service;
  auto reader = service.queue().lend();
  const Settings settings = service.settings();
  return as_json(
      metrics::to_json(metrics::read_figures(reader->database(), settings, service.now_unix_s()),
                       settings.allowed_latency, asked.values["limit"].get<std::size_t>()));
}

Answer show_openapi(const Asked&) {
  static const std::string text = dumped(openapi(routes()));
  return {200, "application/json", text};
}

Answer show_logs(const Asked& asked) { return as_json(log_list(asked.service.settings().log_dir)); }

Answer show_log(const Asked& asked) {
  const std::string folder = asked.service.settings().log_dir;
  const std::string name = asked.values["name"];
  // Compared with what is there: the name itself makes no path.
  for (const Json& log : log_list(folder))
    if (log["name"] == name)
      return {
          200, "text/plain; charset=utf-8",
          log_lines(folder + "/" + log["name"].get<std::string>(), folder, asked.values["lines"])};
  throw Refused(404, "there is no such log; /api/v1/logs lists them", "name");
}

}  // namespace

std::vector<Route> health_routes() {
  const std::string text = "text/plain";
  const std::vector<Field> detailed = {
      {"detailed", Type::truth, "All is told anyway.", false, 0, 0, {}, true}};
  const std::vector<Field> waiting = {{"limit",
                                       Type::integer,
                                       "Of the groups that wait, those with the least time.",
                                       false,
                                       1,
                                       200,
                                       {},
                                       50}};
  const std::vector<Field> name = {{"name", Type::name, "As the list has it.", true}};
  const std::vector<Field> lines = {
      {"lines", Type::integer, "How many of the last.", false, 1, 2000, {}, 200}};
  const auto health = [&](const char* path) {
    return Route{"GET",      path,
                 Need::read, "Queue and disk: healthy, degraded or unhealthy (503).",
                 {},         detailed,
                 {},         show_health,
                 1,          "application/json",
                 true};
  };
  return {
      health("/health"),
      health("/api/health"),
      health("/api/v1/health"),
      {"GET",
       "/ready",
       Need::read,
       "Whether the queue can be read.",
       {},
       {},
       {},
       show_ready,
       0,
       text,
       true},
      {"GET",
       "/metrics",
       Need::read,
       "Everything for Prometheus.",
       {},
       {},
       {},
       show_metrics,
       5,
       text,
       true},
      {"GET",
       "/api/v1/keep-up",
       Need::read,
       "Whether work keeps up with the sky.",
       {},
       waiting,
       {},
       show_keep_up,
       5},
      {"GET", "/openapi.json", Need::read, "This description.", {}, {}, {}, show_openapi},
      {"GET", "/api/v1/logs", Need::read, "Logs of the tools.", {}, {}, {}, show_logs, 2},
      {"GET",
       "/api/v1/logs/{name}",
       Need::read,
       "The last lines of one.",
       name,
       lines,
       {},
       show_log,
       1,
       text},
  };
}

}  // namespace contimg::status
