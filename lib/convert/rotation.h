// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <optional>
#include <vector>

#include "base/span.h"

namespace contimg::convert {

/// The phasors that move a baseline's visibilities to another phase centre, one per channel:
///
///     exp(-2 pi i f_k delta_w / c)
///
/// Real and imaginary parts are kept apart so that the compiler can use wide registers. Evenly
/// spaced channels (to 1 Hz) use exp(i(a + (k+8) b)) = exp(i(a + k b)) exp(i 8 b), started in
/// double precision every 64 channels, and are accurate to 2e-6 rad; others to a float's rounding.
/// Source: docs/conventions.md, "Rotation to a common phase centre".
class PhasorTable {
 public:
  /// Given: frequency of each channel, Hz.
  explicit PhasorTable(std::vector<double> frequency_hz);

  /// Computes the table for delta_w_m, w towards the new centre minus w towards the old one, for
  /// r(ANTENNA1) - r(ANTENNA2).
  void compute(double delta_w_m);

  const std::vector<float>& re() const { return re_; }  ///< [channel]
  const std::vector<float>& im() const { return im_; }  ///< [channel]

 private:
  std::vector<double> frequency_hz_;
  std::optional<double> even_step_hz_;
  std::vector<float> re_, im_;
};

/// How one subband's row becomes part of a row of the set.
struct RowTransform {
  std::size_t n_channel = 0;
  std::size_t n_polarization = 0;           ///< Of the file.
  Span<const std::size_t> polarization_of;  ///< [correlation] of the set -> of the file
  bool descending = false;                  ///< The file's channels run downwards.
  bool conjugate = false;                   ///< The file holds conj(E1) E2 with antennas in order.
};

/// Writes out[k, c] = in[k', polarization_of[c]] (conjugated if asked) times phasor[k], with k'
/// counting backwards for descending files. `phasors` null: no rotation.
/// Given in [channel, polarisation]; written out [channel, correlation].
/// Returns false when any value written is not finite.
bool transform_row(const RowTransform& transform, const PhasorTable* phasors,
                   const std::complex<float>* in, std::complex<float>* out);

}  // namespace contimg::convert
