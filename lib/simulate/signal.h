// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

#include "base/span.h"
#include "simulate/instrument.h"
#include "simulate/random.h"
#include "simulate/sky.h"
#include "simulate/stations.h"
#include "simulate/structured.h"

namespace contimg::simulate {

/// Mean of exp(2 pi i f (r2 - r1).(s(t) - s_m(t)) / c) over an integration, divided by its value at
/// the middle, with the phase changing linearly: sin(x) / x, x = pi f T d/dt[delay].
/// Derived here: the mean of exp(i 2 x u) over u in [-1/2, 1/2].
double integration_smearing(double frequency_hz, double delay_rate, double integration_s);

/// Visibilities of one subband of one group, in the file's order and convention:
///
///   visdata(1, 2) = conj(R1) R2 { sum_k S_k(f) A(theta_k, f) sinc exp(+2 pi i f tau_k) + noise }
///   tau_k = (r2 - r1) . (s_k - s_meridian) / c       (docs/formats/uvh5.md)
///
/// Autocorrelations are real: |R|^2 (system power + sum of fluxes) with fluctuations.
/// One object serves one thread; rows must be asked for in order (the noise is a stream).
class SubbandSignal {
 public:
  /// `emitters`, `instrument` must outlive it. `noise` starts the noise stream.
  SubbandSignal(const GroupPlan& group, const std::vector<Emitter>& emitters,
                const Instrument& instrument, const std::vector<std::size_t>& stations,
                std::size_t subband, std::vector<double> frequency_hz, double channel_width_hz,
                Random noise);

  /// Adds structured interference, [baseline in the correlator's order]; `n_band_channel` is the
  /// number of channels of all subbands.
  void set_structured(const std::vector<std::vector<StructuredEvent>>& events,
                      std::size_t n_band_channel);

  std::size_t n_row() const { return baselines_.size() * group_.time_mjd_s.size(); }
  /// Fills rows [first, first + out.size() / (channels * 2)): [row, channel, polarisation].
  void rows(std::size_t first, Span<std::complex<float>> out);

 private:
  void begin_integration(std::size_t integration);
  void add_emitters(std::size_t station1, std::size_t station2);
  void add_emitter(std::size_t emitter, double delay_s, double delay_rate);
  void correlate(std::size_t baseline, std::complex<float>* out);
  void add_structured(std::size_t baseline, std::size_t polarization);
  void autocorrelate(std::size_t station, std::complex<float>* out);

  const GroupPlan& group_;
  const std::vector<Emitter>& emitters_;
  const Instrument& instrument_;
  std::vector<std::size_t> stations_;
  std::vector<BaselineStations> baselines_;
  std::size_t subband_, n_channel_, n_padded_;
  std::vector<double> frequency_hz_;
  double channel_width_hz_;
  Random noise_;
  float noise_jy_, system_power_jy_, auto_fluctuation_;
  const std::vector<std::vector<StructuredEvent>>* structured_ = nullptr;
  std::size_t band_end_ = 0;  // channel 0 is this less one, from the lowest frequency of the band
  std::size_t integration_ = SIZE_MAX;
  std::vector<astro::Vector3> position_s_;        // [station] r / c
  std::vector<double> delay_s_, delay_rate_;      // [emitter, station]
  std::vector<float> flux_jy_;                    // [emitter, padded channel]
  std::vector<float> total_flux_jy_;              // [padded channel]
  std::vector<float> response_re_, response_im_;  // [station, pol, padded channel]
  std::vector<float> re_, im_;                    // [padded channel], sum over emitters
  std::vector<float> extra_re_, extra_im_;        // [padded channel], structured interference
  std::vector<float> phasor_re_, phasor_im_;      // [padded channel]
};

}  // namespace contimg::simulate
