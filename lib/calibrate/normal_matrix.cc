// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/normal_matrix.h"

#include <algorithm>

#include "base/vectors.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kRowStep = 16;

/// Of one antenna q, [p].
struct Column {
  const float *re, *im, *weight;
};

// Adds the terms of one antenna q. The loop runs over p, whose sums are independent, so that it
// vectorises without leave to reorder additions.
CONTIMG_AVX512 void add_column(const Column& column, std::complex<float> gain, std::size_t n,
                               float* __restrict sum_re, float* __restrict sum_im,
                               float* __restrict information) {
  const float* __restrict re = column.re;
  const float* __restrict im = column.im;
  const float* __restrict weight = column.weight;
  const float g_re = gain.real(), g_im = gain.imag(), power = g_re * g_re + g_im * g_im;
  for (std::size_t p = 0; p < n; ++p) {
    sum_re[p] += re[p] * g_re - im[p] * g_im;
    sum_im[p] += re[p] * g_im + im[p] * g_re;
    information[p] += weight[p] * power;
  }
}

}  // namespace

NormalMatrix::NormalMatrix(std::size_t n_antenna)
    : n_antenna_(n_antenna), stride_((n_antenna + kRowStep - 1) / kRowStep * kRowStep) {
  for (std::vector<float>* matrix : {&re_, &im_, &weight_}) matrix->resize(n_antenna * stride_);
  for (std::vector<float>* row : {&sum_re_, &sum_im_, &information_}) row->resize(stride_);
}

void NormalMatrix::fill(Span<const Baseline> baselines, Span<const std::complex<float>> ratio,
                        Span<const float> weight) {
  for (std::vector<float>* matrix : {&re_, &im_, &weight_})
    std::fill(matrix->begin(), matrix->end(), 0.0F);
  for (std::size_t b = 0; b < baselines.size(); ++b) {
    const float w = weight[b];
    if (!(w > 0)) continue;
    const std::size_t p = baselines[b].antenna1, q = baselines[b].antenna2;
    const std::size_t pq = q * stride_ + p, qp = p * stride_ + q;
    re_[pq] = re_[qp] = w * ratio[b].real();
    im_[pq] = w * ratio[b].imag();
    im_[qp] = -im_[pq];  // R_qp = conj(R_pq)
    weight_[pq] = weight_[qp] = w;
  }
}

void NormalMatrix::sum(const std::vector<std::complex<float>>& gain) {
  for (std::vector<float>* row : {&sum_re_, &sum_im_, &information_})
    std::fill(row->begin(), row->end(), 0.0F);
  for (std::size_t q = 0; q < n_antenna_; ++q) {
    const std::size_t at = q * stride_;
    add_column({&re_[at], &im_[at], &weight_[at]}, gain[q], stride_, sum_re_.data(), sum_im_.data(),
               information_.data());
  }
}

void NormalMatrix::renew(const std::vector<std::complex<float>>& gain,
                         std::vector<std::complex<float>>& best) {
  sum(gain);
  best = gain;
  for (std::size_t p = 0; p < n_antenna_; ++p)
    if (information_[p] > 0) best[p] = {sum_re_[p] / information_[p], sum_im_[p] / information_[p]};
}

std::vector<float> NormalMatrix::information(const std::vector<std::complex<float>>& gain) {
  sum(gain);
  return {information_.begin(), information_.begin() + static_cast<std::ptrdiff_t>(n_antenna_)};
}

}  // namespace contimg::calibrate
