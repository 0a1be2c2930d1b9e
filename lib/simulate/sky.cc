// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/sky.h"

#include <algorithm>
#include <cmath>

#include "astro/primary_beam.h"
#include "base/error.h"
#include "simulate/interference_text.h"
#include "simulate/random.h"
#include "simulate/stations.h"
#include "simulate/structured.h"
#include "skymodel/primary_calibrators.h"

namespace contimg::simulate {
namespace {

constexpr double kFarthestSourceRad = 10 * astro::kDegree;

astro::Vector3 difference(const astro::Vector3& a, const astro::Vector3& b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}

double angle_rad(const astro::Vector3& a, const astro::Vector3& b) {
  const astro::Vector3 chord = difference(a, b);
  const double length = std::sqrt(chord[0] * chord[0] + chord[1] * chord[1] + chord[2] * chord[2]);
  return 2 * std::asin(std::min(1.0, length / 2));
}

/// A place at a distance and position angle (0 to the north, then east) from another.
astro::Direction displaced(const astro::Direction& from, double distance_rad, double angle) {
  const double sin_dec = std::sin(from.dec_rad) * std::cos(distance_rad) +
                         std::cos(from.dec_rad) * std::sin(distance_rad) * std::cos(angle);
  const double ra =
      std::atan2(std::sin(angle) * std::sin(distance_rad),
                 std::cos(from.dec_rad) * std::cos(distance_rad) -
                     std::sin(from.dec_rad) * std::sin(distance_rad) * std::cos(angle));
  const double turns = (from.ra_rad + ra) / (2 * astro::kPi);
  return {(turns - std::floor(turns)) * 2 * astro::kPi, std::asin(sin_dec)};
}

skymodel::Component random_source(const SkySettings& settings, const astro::Direction& centre,
                                  Random& random, const std::string& name) {
  skymodel::Component source;
  source.name = name;
  const double least_share = settings.flux_min_jy / settings.flux_max_jy;
  source.flux_jy = settings.flux_min_jy / (1 - random.uniform() * (1 - least_share));
  source.spectral_index = -0.7 + 0.2 * random.normal();
  const double cap = 1 - std::cos(settings.random_radius_rad);
  const double distance = std::acos(1 - cap * random.uniform());
  source.position = displaced(centre, distance, random.uniform(0, 2 * astro::kPi));
  return source;
}

struct InterferenceText {
  std::string kind;
  double frequency_hz = 0, flux_jy = 0;
};

InterferenceText parse_interference(const std::string& text) {
  InterferenceText parsed;
  parsed.kind = interference_kind(text);
  if (parsed.kind != "narrow" && parsed.kind != "broad" && parsed.kind != "intermittent")
    throw UsageError("--rfi " + text +
                     ": unknown kind, expected narrow, broad, intermittent or structured");
  double frequency_mhz = 0;
  read_interference_numbers(text, {{"frequency-mhz", &frequency_mhz}, {"flux-jy", &parsed.flux_jy}},
                            "frequency-mhz=NUMBER or flux-jy=NUMBER");
  parsed.frequency_hz = frequency_mhz * 1e6;
  return parsed;
}

/// Horizon towards an azimuth (from north through east), ITRF axes.
astro::Vector3 horizon(double azimuth_rad) {
  const astro::Site site = header_site();
  const double east[3] = {-std::sin(site.longitude_rad), std::cos(site.longitude_rad), 0};
  const double north[3] = {-std::sin(site.latitude_rad) * std::cos(site.longitude_rad),
                           -std::sin(site.latitude_rad) * std::sin(site.longitude_rad),
                           std::cos(site.latitude_rad)};
  astro::Vector3 direction;
  for (std::size_t i = 0; i < 3; ++i)
    direction[i] = std::cos(azimuth_rad) * north[i] + std::sin(azimuth_rad) * east[i];
  return direction;
}

}  // namespace

double Emitter::flux_jy(std::size_t integration, double frequency_hz,
                        double channel_width_hz) const {
  if (component)
    return skymodel::flux_density_jy(*component, frequency_hz) *
           astro::airy_power(separation_rad[integration], frequency_hz, kDishDiameterM);
  if (!transmitter->transmits[integration]) return 0;
  const double low = std::max(transmitter->low_hz, frequency_hz - channel_width_hz / 2);
  const double high = std::min(transmitter->high_hz, frequency_hz + channel_width_hz / 2);
  return transmitter->flux_jy * std::max(0.0, high - low) / channel_width_hz;
}

std::vector<skymodel::Component> sources_of_group(const SkySettings& settings,
                                                  const GroupPlan& group, double pointing_dec_rad,
                                                  std::uint64_t seed,
                                                  const astro::EarthOrientation& earth) {
  std::vector<skymodel::Component> sources;
  if (!settings.csv_path.empty()) sources = skymodel::read_sky_csv(settings.csv_path);
  if (!settings.calibrator.empty()) {
    const auto calibrator = skymodel::find_primary_calibrator(settings.calibrator);
    if (!calibrator)
      throw UsageError("--calibrator " + settings.calibrator +
                       ": unknown, expected 3C48, 3C138, 3C147, 3C196, 3C286 or 3C295");
    sources.push_back(calibrator->component);
  }
  const SkyGeometry geometry(group.mid_mjd_s(), header_itrf_m(), earth);
  const astro::Direction centre =
      geometry.icrs_place(meridian_direction(header_site().longitude_rad, pointing_dec_rad));
  Random random({seed, 0x5C1E5, group.index});
  for (std::size_t i = 0; i < settings.n_random; ++i)
    sources.push_back(
        random_source(settings, centre, random,
                      "random-" + std::to_string(group.index) + "-" + std::to_string(i)));
  return sources;
}

std::vector<Transmitter> transmitters_of_group(const std::vector<std::string>& interference,
                                               const GroupPlan& group, std::uint64_t seed) {
  constexpr double kKnownLinesHz[] = {1350e6, 1395e6, 1405e6, 1422e6, 1475e6};
  constexpr double kLineWidthHz = 0.3e6, kBroadWidthHz = 30e6;
  std::vector<Transmitter> transmitters;
  for (std::size_t i = 0; i < interference.size(); ++i) {
    if (parse_structured(interference[i])) continue;
    const InterferenceText text = parse_interference(interference[i]);
    Random station({seed, 0x2F1, i}), moment({seed, 0x2F2, i, group.index});
    Transmitter transmitter;
    transmitter.kind = text.kind;
    transmitter.direction = horizon(station.uniform(0, 2 * astro::kPi));
    const bool broad = text.kind == "broad";
    const double drawn_hz =
        broad ? station.uniform(1330e6, 1480e6) : kKnownLinesHz[station.below(5)];
    const double centre_hz = text.frequency_hz > 0 ? text.frequency_hz : drawn_hz;
    const double width_hz = broad ? kBroadWidthHz : kLineWidthHz;
    transmitter.low_hz = centre_hz - width_hz / 2;
    transmitter.high_hz = centre_hz + width_hz / 2;
    transmitter.flux_jy = text.flux_jy > 0 ? text.flux_jy : 1000;
    const std::size_t n_time = group.time_jd.size();
    const std::size_t burst = moment.below(n_time);
    for (std::size_t t = 0; t < n_time; ++t)
      transmitter.transmits.push_back(
          text.kind == "narrow" || (broad ? t == burst || t == burst + 1 : moment.uniform() < 0.3));
    transmitters.push_back(transmitter);
  }
  return transmitters;
}

std::vector<Emitter> emitters_of_group(const std::vector<skymodel::Component>& sources,
                                       const std::vector<Transmitter>& transmitters,
                                       const GroupPlan& group, double pointing_dec_rad,
                                       const astro::EarthOrientation& earth) {
  const astro::Vector3 meridian = meridian_direction(header_site().longitude_rad, pointing_dec_rad);
  const astro::Vector3 stopped = sky_motion(meridian);
  std::vector<Emitter> emitters(sources.size() + transmitters.size());
  for (std::size_t i = 0; i < sources.size(); ++i) emitters[i].component = &sources[i];
  for (std::size_t i = 0; i < transmitters.size(); ++i)
    emitters[sources.size() + i].transmitter = &transmitters[i];
  for (const double time_mjd_s : group.time_mjd_s) {
    const SkyGeometry geometry(time_mjd_s, header_itrf_m(), earth);
    for (Emitter& emitter : emitters) {
      astro::Vector3 direction, motion{};
      if (emitter.component) {
        direction = geometry.itrf_direction(emitter.component->position);
        motion = sky_motion(direction);
        emitter.separation_rad.push_back(angle_rad(direction, meridian));
      } else {
        direction = emitter.transmitter->direction;
      }
      emitter.offset.push_back(difference(direction, meridian));
      emitter.rate.push_back(difference(motion, stopped));
    }
  }
  const auto too_far = [](const Emitter& emitter) {
    return emitter.component &&
           *std::min_element(emitter.separation_rad.begin(), emitter.separation_rad.end()) >
               kFarthestSourceRad;
  };
  emitters.erase(std::remove_if(emitters.begin(), emitters.end(), too_far), emitters.end());
  return emitters;
}

}  // namespace contimg::simulate
