// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/baseline_sums.h"

#include <algorithm>

#include "base/vectors.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kLanes = 16;  // four channels of two receptors' two parts

// Sums of a b over all channels, apart for each place within a channel: `kLanes` chains that do not
// wait for one another.
CONTIMG_AVX512 void sum_products(const float* __restrict a, const float* __restrict b,
                                 std::size_t n, float* __restrict sums) {
  float lane[kLanes] = {};
  const std::size_t whole = n / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) lane[k] += a[i + k] * b[i + k];
  for (std::size_t i = whole; i < n; ++i) lane[i % kLanes] += a[i] * b[i];
  for (std::size_t k = 0; k < kLanes; ++k) sums[k] = lane[k];
}

CONTIMG_AVX512 void add_turned_parts(const float* __restrict from, const float* __restrict factor,
                                     std::size_t n_channel, float* __restrict to) {
  const float re0 = factor[0], im0 = factor[1], re1 = factor[2], im1 = factor[3];
  for (std::size_t c = 0; c < n_channel; ++c) {
    const float* x = from + 4 * c;
    to[4 * c] += x[0] * re0 - x[1] * im0;
    to[4 * c + 1] += x[1] * re0 + x[0] * im0;
    to[4 * c + 2] += x[2] * re1 - x[3] * im1;
    to[4 * c + 3] += x[3] * re1 + x[2] * im1;
  }
}

CONTIMG_AVX512 void add_values(const float* __restrict from, std::size_t n, float* __restrict to) {
  for (std::size_t i = 0; i < n; ++i) to[i] += from[i];
}

CONTIMG_AVX512 void multiply_by_conjugate(const float* __restrict re, const float* __restrict im,
                                          std::size_t n, float* __restrict x) {
  for (std::size_t i = 0; i < n; i += 2) {
    const float real = x[i] * re[i] + x[i + 1] * re[i + 1];
    x[i + 1] = x[i] * im[i] + x[i + 1] * im[i + 1];
    x[i] = real;
  }
}

const float* numbers(const std::complex<float>* values) {
  return reinterpret_cast<const float*>(values);
}
float* numbers(std::complex<float>* values) { return reinterpret_cast<float*>(values); }

// Adds up what belongs to each of `n_place` places.
float total(const float* lanes, std::size_t place, std::size_t n_place) {
  float sum = 0;
  for (std::size_t k = place; k < kLanes; k += n_place) sum += lanes[k];
  return sum;
}

}  // namespace

PairGains::PairGains(std::size_t n_channel)
    : real_part_(4 * n_channel), imaginary_part_(4 * n_channel), power_(2 * n_channel) {}

// x conj(G) = (x.re G.re + x.im G.im) + i (x.im G.re - x.re G.im): two sums of products of
// neighbouring numbers.
void PairGains::set(const std::complex<float>* gain1, const std::complex<float>* gain2) {
  for (std::size_t i = 0; i < power_.size(); ++i) {
    const float re = gain1[i].real() * gain2[i].real() + gain1[i].imag() * gain2[i].imag();
    const float im = gain1[i].imag() * gain2[i].real() - gain1[i].real() * gain2[i].imag();
    real_part_[2 * i] = re;
    real_part_[2 * i + 1] = im;
    imaginary_part_[2 * i] = -im;
    imaginary_part_[2 * i + 1] = re;
    power_[i] = re * re + im * im;
  }
}

BandSum PairGains::sum(const BaselineSums& sums) const {
  float re[kLanes], im[kLanes], power[kLanes];
  sum_products(numbers(sums.product), real_part_.data(), real_part_.size(), re);
  sum_products(numbers(sums.product), imaginary_part_.data(), imaginary_part_.size(), im);
  sum_products(sums.power, power_.data(), power_.size(), power);
  BandSum band;
  for (std::size_t r = 0; r < 2; ++r) {
    band.product[r] = {total(re, 2 * r, 4) + total(re, 2 * r + 1, 4),
                       total(im, 2 * r, 4) + total(im, 2 * r + 1, 4)};
    band.power[r] = total(power, r, 2);
  }
  return band;
}

void PairGains::turn(std::complex<float>* product) const {
  multiply_by_conjugate(real_part_.data(), imaginary_part_.data(), real_part_.size(),
                        numbers(product));
}

BandSum sum_against(const BaselineSums& interval, const BaselineSums& reference,
                    std::size_t n_channel, std::size_t per_step) {
  BandSum band;
  for (std::size_t first = 0; first < n_channel; first += per_step) {
    const std::size_t end = std::min(first + per_step, n_channel);
    for (std::size_t r = 0; r < 2; ++r) {
      std::complex<float> product = 0, expected = 0;
      float power = 0, known = 0;
      for (std::size_t at = 2 * first + r; at < 2 * end; at += 2) {
        product += interval.product[at];
        power += interval.power[at];
        expected += reference.product[at];
        known += reference.power[at];
      }
      if (!(known > 0)) continue;
      expected /= known;
      band.product[r] += product * std::conj(expected);
      band.power[r] += power * std::norm(expected);
    }
  }
  return band;
}

void add_turned(const BaselineSums& sums, const std::array<std::complex<float>, 2>& turn,
                std::size_t n_channel, std::complex<float>* product, float* power) {
  add_turned_parts(numbers(sums.product), numbers(turn.data()), n_channel, numbers(product));
  add_values(sums.power, 2 * n_channel, power);
}

}  // namespace contimg::calibrate
