// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/structured.h"

#include <algorithm>
#include <cmath>

#include "astro/constants.h"
#include "base/error.h"
#include "simulate/interference_text.h"
#include "simulate/random.h"

namespace contimg::simulate {
namespace {

constexpr std::size_t kLeastRun = 8;
constexpr double kFullBand = 768;
// A carrier comes and goes with this chance in each integration.
constexpr double kSwitch = 0.1;

double log_uniform(Random& random, double low, double high) {
  return low * std::exp(random.uniform() * std::log(high / low));
}

std::size_t place(Random& random, std::size_t length, std::size_t whole) {
  return static_cast<std::size_t>(random.below(whole - length + 1));
}

StructuredEvent line(Random& random, std::size_t n_integration, std::size_t n_channel) {
  StructuredEvent event;
  event.kind = "line";
  event.n_integration = n_integration;
  event.n_channel = std::min<std::size_t>(1 + random.below(3), n_channel);
  event.first_channel = place(random, event.n_channel, n_channel);
  return event;
}

StructuredEvent burst(Random& random, std::size_t n_integration, std::size_t n_channel) {
  StructuredEvent event;
  event.kind = "burst";
  event.n_integration = std::min<std::size_t>(1 + random.below(2), n_integration);
  event.first_integration = place(random, event.n_integration, n_integration);
  const double least = static_cast<double>(std::min(kLeastRun, n_channel));
  event.n_channel = std::min(n_channel, static_cast<std::size_t>(log_uniform(
                                            random, least, static_cast<double>(n_channel) + 1)));
  event.first_channel = place(random, event.n_channel, n_channel);
  return event;
}

// Runs of at least kLeastRun integrations, or one line when there is no room for a pause.
std::vector<StructuredEvent> carrier(Random& random, std::size_t n_integration,
                                     std::size_t n_channel) {
  StructuredEvent event;
  event.kind = "carrier";
  event.n_channel = std::min<std::size_t>(1 + random.below(2), n_channel);
  event.first_channel = place(random, event.n_channel, n_channel);
  std::vector<StructuredEvent> runs;
  std::size_t t =
      random.below(std::max<std::size_t>(1, n_integration - std::min(n_integration, kLeastRun)));
  if (n_integration < kLeastRun) t = 0;
  while (t < n_integration && (runs.empty() || t + kLeastRun <= n_integration)) {
    event.first_integration = t;
    std::size_t end = std::min(n_integration, t + kLeastRun);
    while (end < n_integration && random.uniform() > kSwitch) ++end;
    event.n_integration = end - t;
    runs.push_back(event);
    t = end + 1;
    while (t < n_integration && random.uniform() > kSwitch) ++t;
  }
  return runs;
}

}  // namespace

std::optional<StructuredSettings> parse_structured(const std::string& text) {
  if (interference_kind(text) != "structured") return std::nullopt;
  StructuredSettings settings;
  const std::string expected = "min-sigma=NUMBER, max-sigma=NUMBER or events=NUMBER, above 0";
  read_interference_numbers(text,
                            {{"min-sigma", &settings.min_sigma},
                             {"max-sigma", &settings.max_sigma},
                             {"events", &settings.events}},
                            expected);
  if (!(settings.min_sigma > 0 && settings.max_sigma > 0 && settings.events > 0))
    throw UsageError("--rfi " + text + ": expected " + expected);
  if (settings.min_sigma > settings.max_sigma)
    throw UsageError("--rfi " + text + ": expected min-sigma <= max-sigma");
  return settings;
}

std::vector<StructuredEvent> structured_events(const StructuredSettings& settings,
                                               std::uint64_t seed, std::size_t group,
                                               std::size_t station1, std::size_t station2,
                                               std::size_t n_integration, std::size_t n_channel) {
  Random random({seed, 0x57A7, group, station1, station2});
  const double wanted = settings.events * static_cast<double>(n_channel) / kFullBand;
  auto n = static_cast<std::size_t>(wanted);
  n += random.uniform() < wanted - static_cast<double>(n);
  std::vector<StructuredEvent> events;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t first = events.size();
    const std::uint64_t kind = random.below(3);
    if (kind == 2)
      for (const StructuredEvent& run : carrier(random, n_integration, n_channel))
        events.push_back(run);
    else
      events.push_back((kind == 0 ? line : burst)(random, n_integration, n_channel));
    const double sigma = log_uniform(random, settings.min_sigma, settings.max_sigma);
    // What stands still in phase can pass for a source.
    const double turn_time = random.below(2) == 0 ? 0 : random.uniform(-astro::kPi, astro::kPi);
    const double turn_channel = random.uniform(-astro::kPi, astro::kPi) / 8;
    for (std::size_t k = first; k < events.size(); ++k) {
      events[k].sigma = sigma;
      for (double& phase : events[k].phase_rad) phase = random.uniform(0, 2 * astro::kPi);
      events[k].turn_time_rad = turn_time;
      events[k].turn_channel_rad = turn_channel;
    }
  }
  return events;
}

}  // namespace contimg::simulate
