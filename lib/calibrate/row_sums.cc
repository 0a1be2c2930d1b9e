// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/row_sums.h"

#include <cmath>
#include <limits>

namespace contimg::calibrate {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();

std::uint64_t add_hand(const RowSamples& row, std::size_t receptor, std::complex<float>* product,
                       float* power) {
  const std::size_t hand = row.hands[receptor];
  const float w = row.weight[hand];
  if (!(w > 0 && w <= kLargest)) return 0;
  std::uint64_t good = 0;
  for (std::size_t c = 0; c < row.n_channel; ++c) {
    const std::complex<float> v = row.data[c * row.n_correlation + hand], m = row.model[c];
    const float re = v.real() * m.real() + v.imag() * m.imag();
    const float im = v.imag() * m.real() - v.real() * m.imag();
    const bool usable =
        !row.flag[c * row.n_correlation + hand] && std::abs(re) + std::abs(im) <= kLargest;
    if (!usable) continue;
    ++good;
    product[2 * c + receptor] += std::complex<float>(w * re, w * im);
    power[2 * c + receptor] += w * std::norm(m);
  }
  return good;
}

// Both hands of a row that has no others, numbers side by side: without branches the compiler
// makes vectors of it, which takes little more than half of the time.
[[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]] std::uint32_t add_both(
    const float* __restrict data, const bool* __restrict flag, const float* __restrict model,
    std::size_t n_channel, float first_weight, float second_weight, float* __restrict product,
    float* __restrict power) {
  std::uint32_t good = 0;
  for (std::size_t c = 0; c < n_channel; ++c) {
    const float m_re = model[2 * c], m_im = model[2 * c + 1];
    const float size = m_re * m_re + m_im * m_im;
    const float* const v = data + 4 * c;
    const float re0 = v[0] * m_re + v[1] * m_im, im0 = v[1] * m_re - v[0] * m_im;
    const float re1 = v[2] * m_re + v[3] * m_im, im1 = v[3] * m_re - v[2] * m_im;
    const bool usable0 = (std::abs(re0) + std::abs(im0) <= kLargest) & !flag[2 * c];
    const bool usable1 = (std::abs(re1) + std::abs(im1) <= kLargest) & !flag[2 * c + 1];
    good += usable0;
    good += usable1;
    product[4 * c] += usable0 ? first_weight * re0 : 0;
    product[4 * c + 1] += usable0 ? first_weight * im0 : 0;
    product[4 * c + 2] += usable1 ? second_weight * re1 : 0;
    product[4 * c + 3] += usable1 ? second_weight * im1 : 0;
    power[2 * c] += usable0 ? first_weight * size : 0;
    power[2 * c + 1] += usable1 ? second_weight * size : 0;
  }
  return good;
}

const float* numbers(const std::complex<float>* values) {
  return reinterpret_cast<const float*>(values);
}

}  // namespace

std::uint64_t add_row(const RowSamples& row, std::complex<float>* product, float* power) {
  const float first = row.weight[row.hands[0]], second = row.weight[row.hands[1]];
  const bool weights = first > 0 && second > 0 && first <= kLargest && second <= kLargest;
  if (weights && row.n_correlation == 2 && row.hands[0] == 0 && row.hands[1] == 1)
    return add_both(numbers(row.data), row.flag, numbers(row.model), row.n_channel, first, second,
                    reinterpret_cast<float*>(product), power);
  return add_hand(row, 0, product, power) + add_hand(row, 1, product, power);
}

}  // namespace contimg::calibrate
