// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "ms/description.h"

/// What a calibration table holds, without casacore's types. Signs: docs/conventions.md section 8.
namespace contimg::caltable {

/// A receptor is one of an antenna's two feeds: X and Y, or R and L.
inline constexpr std::size_t kReceptors = 2;

enum class Kind {
  delay,     ///< "K Jones": one delay per antenna and receptor.
  bandpass,  ///< "B Jones": one gain per antenna, channel and receptor.
  gain,      ///< "G Jones": one gain per antenna and receptor.
};

/// "K Jones", "B Jones" or "G Jones".
const char* vis_cal(Kind kind);

/// Solutions of all antennas for one time interval and one spectral window.
struct Solutions {
  double time_mjd_s = 0;  ///< Middle.
  double interval_s = 0;
  std::int32_t field = 0;            ///< Row of FIELD.
  std::int32_t spectral_window = 0;  ///< Row of SPECTRAL_WINDOW.
  std::int32_t scan = 1;
  std::int32_t observation = 0;
  std::int32_t refant = -1;  ///< Row of ANTENNA; -1 where phases have no reference.
  std::size_t n_channel = 1;

  std::vector<std::complex<float>> gain;  ///< [antenna, channel, receptor]; empty for delays.
  std::vector<float> delay_ns;            ///< [antenna, 1, receptor]; empty for gains.
  std::vector<float> error;  ///< [antenna, channel, receptor], of a real or imaginary part, or ns.
  std::vector<float> snr;    ///< [antenna, channel, receptor]
  std::vector<std::uint8_t> flagged;  ///< [antenna, channel, receptor], 1 = no solution.
};

/// One calibration table.
struct CalTable {
  Kind kind = Kind::gain;
  std::string ms_name;  ///< Name of the Measurement Set, without its folders.
  /// Antennas, fields, observation, provenance (HISTORY) and correlations of that set.
  /// Its spectral windows are the table's: for delays and gains each is one channel as wide as the
  /// band, see whole_band().
  ms::Description description;
  /// [spectral window] f_ref of delays; when empty, that is each window's first channel.
  std::vector<double> reference_frequency_hz;
  std::vector<Solutions> solutions;
};

/// The window as delay and gain tables have it: one channel at the middle of the band, as wide as
/// all channels together.
ms::SpectralWindow whole_band(const ms::SpectralWindow& window);

/// Solutions of the right shape, all flagged, gains 1 and delays 0.
Solutions flagged_solutions(Kind kind, std::size_t n_antenna, std::size_t n_channel);

}  // namespace contimg::caltable
