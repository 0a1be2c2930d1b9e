// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/instrument.h"

#include <cmath>

#include "simulate/random.h"
#include "simulate/stations.h"

namespace contimg::simulate {
namespace {

constexpr double kDefaultSefdJy = 5800;
constexpr double kHourS = 3600;

AntennaResponse drawn(const InstrumentSettings& settings, Random random) {
  AntennaResponse antenna{};
  antenna.log_amplitude = settings.gain_error * random.normal();
  antenna.phase_rad = settings.phase_error_rad * random.normal();
  antenna.delay_s = settings.delay_error_s * random.normal();
  antenna.ripple = settings.bandpass_error * random.uniform();
  antenna.cycles = 1 + static_cast<double>(random.below(3));
  antenna.ripple_phase_rad = random.uniform(0, 2 * astro::kPi);
  antenna.drift = settings.drift * std::sqrt(2.0) * std::abs(random.normal());
  antenna.drift_period_s = random.uniform(3, 9) * kHourS;
  antenna.drift_phase_rad = random.uniform(0, 2 * astro::kPi);
  for (double& level : antenna.level) level = std::exp(settings.bandpass_error * random.normal());
  antenna.phase_drift_rad = settings.phase_drift_rad * std::sqrt(2.0) * random.normal();
  return antenna;
}

}  // namespace

Instrument::Instrument(const InstrumentSettings& settings, std::uint64_t seed,
                       double reference_mjd_s)
    : settings_(settings), seed_(seed), reference_mjd_s_(reference_mjd_s) {
  for (std::size_t station = 0; station < kStationCount; ++station)
    for (std::size_t polarization = 0; polarization < 2; ++polarization)
      antennas_.push_back(drawn(settings, Random({seed, 0xA27E, station, polarization})));
}

std::complex<double> Instrument::response(std::size_t station, std::size_t polarization,
                                          std::size_t subband, double frequency_hz,
                                          double time_mjd_s) const {
  const AntennaResponse& a = antenna(station, polarization);
  constexpr double kBandwidth = kSubbandWidthHz * kSubbandCount;
  const double x = (frequency_hz - (kBandTopHz - kBandwidth)) / kBandwidth;
  const double turns = (time_mjd_s - reference_mjd_s_) / a.drift_period_s;
  const double s = std::sin(2 * astro::kPi * turns + a.drift_phase_rad), y = a.drift * s;
  const double angle = 2 * astro::kPi * x;
  const std::complex<double> bandpass(
      1 + a.ripple * std::cos(a.cycles * angle + a.ripple_phase_rad + y),
      a.ripple / 2 * std::sin((a.cycles + 1) * angle + a.ripple_phase_rad));
  const double from_middle_hz = (x - 0.5) * kBandwidth;
  const double phase =
      a.phase_rad + y + a.phase_drift_rad * s + 2 * astro::kPi * from_middle_hz * a.delay_s;
  return std::polar(std::sqrt(settings_.scale) * std::exp(a.log_amplitude + y) * a.level[subband],
                    phase) *
         bandpass;
}

std::vector<std::int64_t> Instrument::applied_delay_ns(
    const std::vector<std::size_t>& stations) const {
  std::vector<std::int64_t> delays(2 * kStationCount, 0);
  for (const std::size_t station : stations)
    for (std::size_t polarization = 0; polarization < 2; ++polarization) {
      Random random({seed_, 0xDE1A, station, polarization});
      delays[2 * station + polarization] = 2 * static_cast<std::int64_t>(random.below(2000));
    }
  return delays;
}

double Instrument::noise_jy(double bandwidth_hz) const {
  return settings_.sefd_jy /
         (settings_.efficiency * std::sqrt(2 * bandwidth_hz * kIntegrationTimeS));
}

double Instrument::system_power_jy() const {
  return settings_.sefd_jy > 0 ? settings_.sefd_jy : kDefaultSefdJy;
}

}  // namespace contimg::simulate
