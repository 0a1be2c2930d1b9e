// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/smooth_fit.h"

#include <algorithm>
#include <cmath>

namespace contimg::calibrate {
namespace {

using Complex = std::complex<double>;

/// Chebyshev polynomials 0 to `degree` at x in [-1, 1].
std::vector<double> chebyshev(double x, std::size_t degree) {
  std::vector<double> t{1, x};
  for (std::size_t k = 2; k <= degree; ++k) t.push_back(2 * x * t[k - 1] - t[k - 2]);
  t.resize(degree + 1);
  return t;
}

// Orthonormalises the columns (modified Gram-Schmidt, twice, against rounding) and gives the
// coefficients of `values` in the original ones by back substitution.
std::vector<Complex> least_squares(std::vector<std::vector<double>> columns,
                                   const std::vector<Complex>& values) {
  const std::size_t n_term = columns.size();
  std::vector<std::vector<double>> r(n_term, std::vector<double>(n_term, 0));
  const auto product = [](const auto& a, const auto& b) {
    auto sum = a[0] * b[0];
    for (std::size_t i = 1; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  };
  std::vector<Complex> rhs(n_term);
  for (std::size_t k = 0; k < n_term; ++k) {
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < k; ++j) {
        const double overlap = product(columns[j], columns[k]);
        r[j][k] += overlap;
        for (std::size_t i = 0; i < values.size(); ++i) columns[k][i] -= overlap * columns[j][i];
      }
    }
    r[k][k] = std::sqrt(product(columns[k], columns[k]));
    for (double& x : columns[k]) x = r[k][k] > 0 ? x / r[k][k] : 0;
    rhs[k] = product(values, columns[k]);
  }
  std::vector<Complex> result(n_term);
  for (std::size_t k = n_term; k-- > 0;) {
    Complex rest = rhs[k];
    for (std::size_t j = k + 1; j < n_term; ++j) rest -= r[k][j] * result[j];
    result[k] = r[k][k] > 1e-12 * r[0][0] ? rest / r[k][k] : 0;
  }
  return result;
}

}  // namespace

SmoothFit fit_smooth(Span<const double> where, Span<const std::complex<float>> gains,
                     Span<const std::uint8_t> flagged, std::size_t degree) {
  SmoothFit fit;
  fit.curve.assign(gains.begin(), gains.end());
  if (where.size() == 0) return fit;
  const auto [low, high] = std::minmax_element(where.begin(), where.end());
  const double middle = (*low + *high) / 2, half = std::max((*high - *low) / 2, 1e-300);
  std::vector<std::vector<double>> terms;
  for (const double x : where) terms.push_back(chebyshev((x - middle) / half, degree));
  std::vector<std::vector<double>> columns(degree + 1);
  std::vector<Complex> values;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    if (flagged[i]) continue;
    values.emplace_back(gains[i]);
    for (std::size_t k = 0; k <= degree; ++k) columns[k].push_back(terms[i][k]);
  }
  fit.n_point = values.size();
  if (values.size() < degree + 3) return fit;
  fit.fitted = true;
  const std::vector<Complex> coefficients = least_squares(std::move(columns), values);
  double amplitude = 0, phase = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    Complex curve = 0;
    for (std::size_t k = 0; k <= degree; ++k) curve += coefficients[k] * terms[i][k];
    fit.curve[i] = std::complex<float>(curve);
    if (flagged[i] || !(std::abs(curve) > 0)) continue;
    const Complex relative = Complex(gains[i]) / curve;
    amplitude += std::pow(std::abs(relative) - 1, 2);
    phase += std::pow(std::arg(relative), 2);
  }
  const double free = static_cast<double>(fit.n_point - degree - 1);
  fit.amplitude_scatter = std::sqrt(amplitude / free);
  fit.phase_scatter_rad = std::sqrt(phase / free);
  return fit;
}

}  // namespace contimg::calibrate
