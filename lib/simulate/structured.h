// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace contimg::simulate {

/// Interference of known strength, to measure flagging with: other on each baseline, the same
/// strength in each of its visibilities.
struct StructuredSettings {
  double min_sigma = 0.5, max_sigma = 30;  ///< Strengths are log-uniform between these.
  double events = 8;                       ///< A baseline has so many for each 768 channels.
};

/// A rectangle of one baseline's visibilities, in both polarisations:
///
///   sigma * noise * exp(i (phase[pol] + turn_time (t - t0) + turn_channel (c - c0)))
///
/// is added to those, with `noise` the standard deviation of the real part of their own noise.
struct StructuredEvent {
  const char* kind = "";  ///< "line", "burst" or "carrier".
  std::size_t first_integration = 0, n_integration = 0;
  std::size_t first_channel = 0, n_channel = 0;  ///< From the lowest frequency of the whole band.
  double sigma = 0;
  double phase_rad[2] = {0, 0};
  double turn_time_rad = 0, turn_channel_rad = 0;
};

/// The settings in a text "structured[:min-sigma=S][:max-sigma=S][:events=N]"; nothing for another
/// kind of interference. Throws UsageError.
std::optional<StructuredSettings> parse_structured(const std::string& text);

/// What one baseline of one group receives: lines (1 to 3 channels, all the time), bursts (1 or 2
/// integrations, 8 channels or more, log-uniform up to all), and carriers (1 or 2 channels, on for
/// runs of at least 8 integrations, the runs of one carrier equally strong). With fewer than 8
/// integrations carriers are lines; with fewer than 8 channels bursts take all of them. The phase of
/// every other event stands still in time.
std::vector<StructuredEvent> structured_events(const StructuredSettings& settings,
                                               std::uint64_t seed, std::size_t group,
                                               std::size_t station1, std::size_t station2,
                                               std::size_t n_integration, std::size_t n_channel);

}  // namespace contimg::simulate
