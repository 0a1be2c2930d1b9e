// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/solutions.h"

#include <numeric>

namespace contimg::caltable {

const char* vis_cal(Kind kind) {
  switch (kind) {
    case Kind::delay:
      return "K Jones";
    case Kind::bandpass:
      return "B Jones";
    case Kind::gain:
      break;
  }
  return "G Jones";
}

ms::SpectralWindow whole_band(const ms::SpectralWindow& window) {
  const double total_hz = std::accumulate(window.width_hz.begin(), window.width_hz.end(), 0.0);
  const double low_hz = window.frequency_hz.front() - window.width_hz.front() / 2;
  const double high_hz = window.frequency_hz.back() + window.width_hz.back() / 2;
  return {window.name, {(low_hz + high_hz) / 2}, {total_hz}};
}

Solutions flagged_solutions(Kind kind, std::size_t n_antenna, std::size_t n_channel) {
  Solutions solutions;
  solutions.n_channel = n_channel;
  const std::size_t n = n_antenna * n_channel * kReceptors;
  if (kind == Kind::delay)
    solutions.delay_ns.assign(n, 0.0F);
  else
    solutions.gain.assign(n, std::complex<float>(1, 0));
  solutions.error.assign(n, 0.0F);
  solutions.snr.assign(n, 0.0F);
  solutions.flagged.assign(n, 1);
  return solutions;
}

}  // namespace contimg::caltable
