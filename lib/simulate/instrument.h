// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

#include "simulate/settings.h"

namespace contimg::simulate {

/// What one antenna and polarisation does to a signal: E_out = R E with, x = (f - f_low) / (f_high
/// - f_low) across the whole band, s(t) = sin(2 pi (t - t_ref) / period + drift_phase), y = drift s
/// and z = phase_drift s,
///
///   R(f, t) = scale^(1/2) exp(log_amplitude + y) exp(i (phase + y + z) + 2 pi i (f - f_mid) delay)
///             level[subband] (1 + ripple cos(2 pi cycles x + ripple_phase + y)
///                               + i ripple / 2 sin(2 pi (cycles + 1) x + ripple_phase))
///
/// so that a visibility in the file is conj(R1) R2 times the true one.
struct AntennaResponse {
  double log_amplitude, phase_rad, delay_s;
  double ripple, cycles, ripple_phase_rad;
  double drift, drift_period_s, drift_phase_rad;
  double phase_drift_rad;
  std::array<double, kSubbandCount> level;
};

/// The whole array's responses, drawn from the seed; station k has the same whatever the subset.
class Instrument {
 public:
  Instrument(const InstrumentSettings& settings, std::uint64_t seed, double reference_mjd_s);

  bool drifts() const { return settings_.drift > 0 || settings_.phase_drift_rad > 0; }
  double reference_mjd_s() const { return reference_mjd_s_; }
  const InstrumentSettings& settings() const { return settings_; }
  /// Given: station index (0 to 116), polarisation (0 X, 1 Y).
  const AntennaResponse& antenna(std::size_t station, std::size_t polarization) const {
    return antennas_[2 * station + polarization];
  }
  std::complex<double> response(std::size_t station, std::size_t polarization, std::size_t subband,
                                double frequency_hz, double time_mjd_s) const;
  /// Delays that the correlator's operators dialled in, ns: [station, 2]; 0 without hardware.
  std::vector<std::int64_t> applied_delay_ns(const std::vector<std::size_t>& stations) const;

  /// Noise of one visibility: standard deviation of its real and of its imaginary part, Jy.
  /// sigma = SEFD / (efficiency sqrt(2 bandwidth time)) (Thompson, Moran & Swenson 2017, eq. 6.50).
  double noise_jy(double bandwidth_hz) const;
  /// What an autocorrelation measures without a source, Jy.
  double system_power_jy() const;

 private:
  InstrumentSettings settings_;
  std::uint64_t seed_;
  double reference_mjd_s_;
  std::vector<AntennaResponse> antennas_;
};

}  // namespace contimg::simulate
