// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <vector>

#include "base/bulk_vector.h"
#include "base/span.h"

namespace contimg::calibrate {

/// Sums over time, channels or both from which gains are solved: of one cell
///
///     product = sum(w V conj(M)),   power = sum(w |M|^2)
///
/// and then R = product / power with weight `power` is all that least squares for
/// V = g_p M conj(g_q) needs of those samples: sum w |V - G M|^2 = power |R - G|^2 + a constant.
/// Derived here. The same gain must hold for all samples of a cell.
///
/// Single precision: a group of 24 integrations sums to within 2e-6, and a full group's sums are
/// 84 MB rather than 168.
struct RatioSums {
  explicit RatioSums(std::size_t n_cell) : product(n_cell, 0), power(n_cell, 0) {}
  /// Cells that are to be written before they are read.
  static RatioSums not_yet(std::size_t n_cell) {
    RatioSums sums(0);
    sums.product = BulkVector<std::complex<float>>(n_cell);
    sums.power = BulkVector<float>(n_cell);
    return sums;
  }

  /// Adds samples to cells first, first + 1, ... Those flagged, NaN or infinite are left out.
  ///
  /// Given: [sample] observed, model (Jy) and flag; weight of sample i is
  /// weight[i % weight.size()], as WEIGHT goes with [channel, correlation].
  void add(std::size_t first, Span<const std::complex<float>> observed,
           Span<const std::complex<float>> model, Span<const bool> flag, Span<const float> weight);

  /// Adds cell `from` to cell `to`, to average further.
  void merge(std::size_t from, std::size_t to);

  /// Turns `product` into R, 0 where nothing was added; `power` is its weight.
  void divide();

  BulkVector<std::complex<float>> product;
  BulkVector<float> power;
};

}  // namespace contimg::calibrate
