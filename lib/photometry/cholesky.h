// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace contimg::photometry {

/// A square matrix of a few rows.
struct Matrix {
  std::size_t n = 0;
  std::vector<double> values;  ///< [row, column]
  explicit Matrix(std::size_t n_given) : n(n_given), values(n_given * n_given, 0.0) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * n + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * n + j]; }
};

/// A = L L^T of a symmetric positive definite matrix (Cholesky), of which the lower half is read.
class Cholesky {
 public:
  /// `least_share`: of a diagonal element that must be left when those before it have explained
  /// what they can; rows with less are bad().
  explicit Cholesky(const Matrix& a, double least_share = 1e-12) : lower_(a), bad_(a.n, false) {
    for (std::size_t j = 0; j < a.n; ++j) {
      double left = a(j, j);
      for (std::size_t k = 0; k < j; ++k) left -= lower_(j, k) * lower_(j, k);
      if (!(left > least_share * a(j, j))) {
        bad_[j] = any_bad_ = true;
        left = 1;  // any number: a matrix with a bad row is not to be solved
      }
      lower_(j, j) = std::sqrt(left);
      for (std::size_t i = j + 1; i < a.n; ++i) {
        double sum = a(i, j);
        for (std::size_t k = 0; k < j; ++k) sum -= lower_(i, k) * lower_(j, k);
        lower_(i, j) = sum / lower_(j, j);
      }
    }
  }

  bool any_bad() const { return any_bad_; }
  bool bad(std::size_t row) const { return bad_[row]; }

  /// x of A x = b.
  std::vector<double> solve(std::vector<double> b) const {
    const std::size_t n = lower_.n;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < i; ++k) b[i] -= lower_(i, k) * b[k];
      b[i] /= lower_(i, i);
    }
    for (std::size_t i = n; i-- > 0;) {
      for (std::size_t k = i + 1; k < n; ++k) b[i] -= lower_(k, i) * b[k];
      b[i] /= lower_(i, i);
    }
    return b;
  }

 private:
  Matrix lower_;
  std::vector<bool> bad_;
  bool any_bad_ = false;
};

}  // namespace contimg::photometry
