// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/interpolation.h"

#include <algorithm>
#include <cmath>

namespace contimg::caltable {

InterpolatedGain interpolate_gain(Span<const double> times_mjd_s,
                                  Span<const std::complex<float>> gains,
                                  Span<const std::uint8_t> flagged, double time_mjd_s) {
  const std::size_t none = times_mjd_s.size();
  std::size_t before = none, after = none;
  for (std::size_t i = 0; i < none; ++i) {
    if (flagged[i]) continue;
    if (times_mjd_s[i] <= time_mjd_s)
      before = i;
    else if (after == none)
      after = i;
  }
  if (before == none && after == none) return {};
  if (before == none) return {gains[after], false};
  if (after == none) return {gains[before], false};
  const std::complex<double> first = gains[before], last = gains[after];
  const double part =
      (time_mjd_s - times_mjd_s[before]) / (times_mjd_s[after] - times_mjd_s[before]);
  const double amplitude = std::abs(first) + part * (std::abs(last) - std::abs(first));
  const double phase = std::arg(first) + part * std::arg(last * std::conj(first));
  return {std::polar(amplitude, phase), false};
}

std::size_t nearest_time(Span<const double> times_mjd_s, double time_mjd_s) {
  const double* after = std::lower_bound(times_mjd_s.begin(), times_mjd_s.end(), time_mjd_s);
  if (after == times_mjd_s.begin()) return 0;
  const auto i = static_cast<std::size_t>(after - times_mjd_s.begin());
  if (after == times_mjd_s.end()) return i - 1;
  return time_mjd_s - times_mjd_s[i - 1] <= times_mjd_s[i] - time_mjd_s ? i - 1 : i;
}

}  // namespace contimg::caltable
