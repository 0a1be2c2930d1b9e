// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <vector>

/// What is done with the sums of one baseline, [channel, receptor], in single precision and in
/// vector instructions where the processor has them.
namespace contimg::calibrate {

/// Products w V conj(M) and powers w |M|^2 of one baseline; see RatioSums.
struct BaselineSums {
  const std::complex<float>* product = nullptr;  ///< [channel, receptor]
  const float* power = nullptr;                  ///< [channel, receptor]
};

/// One number for each receptor.
struct BandSum {
  std::array<std::complex<float>, 2> product{};
  std::array<float, 2> power{};
};

/// G = g_p conj(g_q) of one baseline, and what goes with it.
class PairGains {
 public:
  explicit PairGains(std::size_t n_channel);

  /// Given: gains of its two antennas, [channel, receptor], 0 where flagged.
  void set(const std::complex<float>* gain1, const std::complex<float>* gain2);

  /// Sums over the channels: w V conj(M) conj(G), and w |M|^2 |G|^2.
  BandSum sum(const BaselineSums& sums) const;
  /// Multiplies products by conj(G).
  void turn(std::complex<float>* product) const;

 private:
  std::vector<float> real_part_, imaginary_part_;  // [channel, receptor, part] factors; see set()
  std::vector<float> power_;                       // [channel, receptor] |G|^2
};

/// How an interval's phases differ from a reference's: sums over steps of `per_step` channels of
/// product conj(R of the reference), and of power |R of the reference|^2. What both intervals have
/// alike, delays and bandpass, cancels.
BandSum sum_against(const BaselineSums& interval, const BaselineSums& reference,
                    std::size_t n_channel, std::size_t per_step);

/// Adds to [channel, receptor] products times `turn` (of each receptor), and powers.
void add_turned(const BaselineSums& sums, const std::array<std::complex<float>, 2>& turn,
                std::size_t n_channel, std::complex<float>* product, float* power);

}  // namespace contimg::calibrate
