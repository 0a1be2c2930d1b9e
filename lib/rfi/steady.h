// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

#include "rfi/lane_median.h"

namespace contimg::rfi {

/// One correlation of one baseline, [time, channel].
struct Plane {
  std::vector<float> re, im;
};

/// The steady part of one baseline: what does not change from integration to integration, and
/// little from channel to channel. A bright source is that; interference is not. Without it,
/// interference shows in the amplitudes whatever its phase against the source.
///
///   steady(t, c) = (a(t) + s(t) x(c)) B(c),  x from -1 to 1 over the band
///
/// B: the median over time of each channel, so that a bandpass of any shape is steady; channels that
/// stand out from the median over kWindow channels (the delay taken out) take that instead. a and
/// s: fitted in each integration, for a source in a moving beam, then the median over kTimeWindow integrations. Neither sees what fills
/// less than half of its window: lines of up to 12 channels, bursts of up to 4 integrations (2 at
/// the ends).
class SteadyPart {
 public:
  static constexpr std::size_t kWindow = 25, kLeastWindow = 9, kTimeWindow = 9;

  SteadyPart(std::size_t n_time, std::size_t n_channel);

  /// Subtracts it. Given: which samples are bad, [time, channel]; they count for nothing.
  void subtract(Plane& plane, const std::vector<char>& bad);

  /// Standard deviation of the real part, for noise alone: from the median amplitude. 0 when
  /// nothing is good.
  float noise(const Plane& plane, const std::vector<char>& bad);

 private:
  void find_spectrum(const Plane& plane, const std::vector<char>& bad);
  void median_over_time(const std::vector<float>& values, const std::vector<char>& bad,
                        std::vector<float>& result);
  void find_delay();
  void smooth_spectrum();
  void replace_lines();
  void median_over_channels(std::vector<float>& values);
  void find_level(const Plane& plane, const std::vector<char>& bad);
  float farthest_from_spectrum(const Plane& plane, const std::vector<char>& bad);
  float apart_squared(const Plane& plane, std::size_t t, std::size_t c) const;
  void settle(std::vector<std::complex<float>>& values, const std::vector<char>& found,
              float otherwise);

  std::size_t n_time_, n_channel_;
  LaneMedian time_median_, channel_median_;
  std::vector<float> rows_;                         // scratch of the medians
  std::vector<float> spectrum_re_, spectrum_im_;    // [channel]; 0 where nothing is good
  std::vector<std::size_t> known_;                  // channels that have anything good
  std::vector<float> turned_re_, turned_im_;        // [known channel], delay taken out
  std::vector<float> smooth_re_, smooth_im_;        // the same, median over channels
  std::vector<std::complex<float>> level_, slope_;  // [time]
  std::vector<float> place_;                        // [channel] from -1 to 1
  std::vector<std::complex<double>> turns_;         // [channel] phasor of the delay
  std::vector<float> amplitudes_;                   // scratch
};

}  // namespace contimg::rfi
