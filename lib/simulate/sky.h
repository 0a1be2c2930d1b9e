// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "simulate/schedule.h"
#include "simulate/settings.h"
#include "skymodel/component.h"

namespace contimg::simulate {

/// A transmitter on the horizon, the same for all antennas; it stands still while the sky turns,
/// so that stopping the sky's fringes makes its own turn.
struct Transmitter {
  std::string kind;
  double low_hz = 0, high_hz = 0;
  double flux_jy = 0;
  astro::Vector3 direction{};   ///< ITRF.
  std::vector<bool> transmits;  ///< [integration]
};

/// Something that all antennas receive during a group.
struct Emitter {
  std::vector<astro::Vector3> offset;  ///< [integration] s - s_meridian, ITRF.
  std::vector<astro::Vector3> rate;  ///< [integration] its change against the stopped fringe, 1/s.
  const skymodel::Component* component = nullptr;
  std::vector<double> separation_rad;  ///< [integration] from the pointing; sources only.
  const Transmitter* transmitter = nullptr;

  /// Flux density received, Jy: with the primary beam for a source.
  double flux_jy(std::size_t integration, double frequency_hz, double channel_width_hz) const;
};

/// The sources of a group: the CSV's, the calibrator, and random ones drawn about the group's
/// centre. Random flux densities follow N(> S) ~ 1/S between the limits, spectral indices are
/// normal, -0.7 +- 0.2, places uniform within the radius.
std::vector<skymodel::Component> sources_of_group(const SkySettings& settings,
                                                  const GroupPlan& group, double pointing_dec_rad,
                                                  std::uint64_t seed,
                                                  const astro::EarthOrientation& earth);

/// The transmitters of a group. Each text is KIND[:frequency-mhz=F][:flux-jy=S] with kind
/// narrow (one 0.3 MHz line), broad (30 MHz for two integrations) or intermittent (a line that
/// comes and goes); structured interference (structured.h) is none. Throws UsageError.
std::vector<Transmitter> transmitters_of_group(const std::vector<std::string>& interference,
                                               const GroupPlan& group, std::uint64_t seed);

/// Where everything is at every integration. Sources that never come within 10 degrees of the
/// pointing are left out: the Airy pattern is below 0.1 % there.
std::vector<Emitter> emitters_of_group(const std::vector<skymodel::Component>& sources,
                                       const std::vector<Transmitter>& transmitters,
                                       const GroupPlan& group, double pointing_dec_rad,
                                       const astro::EarthOrientation& earth);

}  // namespace contimg::simulate
