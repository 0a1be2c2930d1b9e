// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/check.h"

#include <cmath>

#include "base/error.h"

namespace contimg::caltable {
namespace {

bool usable(const std::complex<float>& gain) {
  return std::isfinite(gain.real()) && std::isfinite(gain.imag()) && std::abs(gain) > 0;
}

void check_values(const std::string& path, const CalTable& table, const Solutions& s) {
  for (std::size_t i = 0; i < s.flagged.size(); ++i) {
    if (s.flagged[i]) continue;
    const bool good = table.kind == Kind::delay ? std::isfinite(s.delay_ns[i]) : usable(s.gain[i]);
    if (good) continue;
    const std::size_t antenna = i / (s.n_channel * kReceptors);
    throw DataError(path + ": the solution of antenna " + table.description.antennas[antenna].name +
                    ", channel " + std::to_string(i / kReceptors % s.n_channel) +
                    " is NaN, infinite or 0 and not flagged, expected a flag or a number; "
                    "solve again");
  }
}

bool fits(std::int32_t id, std::size_t n) { return id >= 0 && static_cast<std::size_t>(id) < n; }

void check_shape(const std::string& path, const CalTable& table, const Solutions& s) {
  const ms::Description& d = table.description;
  if (!fits(s.spectral_window, d.spectral_windows.size()) || !fits(s.field, d.fields.size()) ||
      (s.refant != -1 && !fits(s.refant, d.antennas.size())))
    throw DataError(path +
                    ": a row names a spectral window, field or antenna that its subtable "
                    "does not have, expected a whole table");
  const std::size_t in_window =
      d.spectral_windows[static_cast<std::size_t>(s.spectral_window)].frequency_hz.size();
  if (s.n_channel != in_window || (table.kind != Kind::bandpass && s.n_channel != 1))
    throw DataError(path + ": solutions have " + std::to_string(s.n_channel) +
                    " channels and their spectral window " + std::to_string(in_window) +
                    ", expected the same number" +
                    (table.kind == Kind::bandpass ? "" : ", 1 for delays and gains"));
  const std::size_t n = d.antennas.size() * s.n_channel * kReceptors;
  const std::size_t n_value = table.kind == Kind::delay ? s.delay_ns.size() : s.gain.size();
  if (n_value != n || s.error.size() != n || s.snr.size() != n || s.flagged.size() != n)
    throw DataError(path + ": solutions are not [antenna, channel, receptor], expected " +
                    std::to_string(n) + " of each kind");
}

bool is_positive(double value) { return std::isfinite(value) && value > 0; }

// Of all windows: also those without a solution are matched with the data.
void check_windows(const std::string& path, const CalTable& table) {
  bool right = true;
  for (const ms::SpectralWindow& window : table.description.spectral_windows) {
    right = right && window.width_hz.size() == window.frequency_hz.size();
    for (const double frequency_hz : window.frequency_hz)
      right = right && is_positive(frequency_hz);
    for (const double width_hz : window.width_hz) right = right && std::isfinite(width_hz);
  }
  for (const double frequency_hz : table.reference_frequency_hz)
    right = right && is_positive(frequency_hz);
  if (!right)
    throw DataError(path +
                    ": a frequency in SPECTRAL_WINDOW is no positive number or a channel has no "
                    "width, expected both; solve again");
}

}  // namespace

void check(const std::string& path, const CalTable& table) {
  if (table.solutions.empty())
    throw DataError(path + ": holds no solutions, expected a row per antenna and interval");
  check_windows(path, table);
  for (const Solutions& s : table.solutions) {
    check_shape(path, table, s);
    if (!std::isfinite(s.time_mjd_s) || !std::isfinite(s.interval_s))
      throw DataError(path + ": the time of an interval is no number, expected one; solve again");
    check_values(path, table, s);
  }
}

}  // namespace contimg::caltable
