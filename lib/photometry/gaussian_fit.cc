// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/gaussian_fit.h"

#include <algorithm>
#include <cmath>

#include "photometry/cholesky.h"

namespace contimg::photometry {
namespace {

constexpr double kFirstDamping = 1e-2, kMostDamping = 1e8;
constexpr double kSettled = 1e-5;  // of chi-squared in one step
constexpr int kSmallStepsToEnd = 2;
// Of the width of the noise's smoothing, pixels: with 4 width^2 = 8 ln 2 / pi Condon's equation 41 is
// his equation 20 for white noise.
const double kLeastSmoothing = std::sqrt(2 * std::log(2.0) / 3.14159265358979323846);

class Fitter {
 public:
  Fitter(const std::vector<FitSample>& samples, std::size_t n_component, Shapes shapes)
      : samples_(samples),
        n_each_(shapes == Shapes::free ? 6 : 3),
        n_(n_component * n_each_),
        normal_(n_),
        gradient_(n_, 0.0) {}

  // Chi-squared, with the normal equations of the next step.
  double linearise(const std::vector<Gaussian>& components) {
    std::fill(normal_.values.begin(), normal_.values.end(), 0.0);
    std::fill(gradient_.begin(), gradient_.end(), 0.0);
    std::vector<double> slope(n_);
    double chi2 = 0;
    for (const FitSample& s : samples_) {
      double left = s.value;
      for (std::size_t c = 0; c < components.size(); ++c)
        left -= differentiate(components[c], s, &slope[c * n_each_]);
      chi2 += s.weight * left * left;
      for (std::size_t i = 0; i < n_; ++i) {
        gradient_[i] += s.weight * left * slope[i];
        for (std::size_t j = 0; j <= i; ++j) normal_(i, j) += s.weight * slope[i] * slope[j];
      }
    }
    return chi2;
  }

  double chi2(const std::vector<Gaussian>& components) const {
    double sum = 0;
    for (const FitSample& s : samples_) {
      double left = s.value;
      for (const Gaussian& g : components) left -= g.at(s.x, s.y);
      sum += s.weight * left * left;
    }
    return sum;
  }

  // Where the step with this damping leads; false when it leads nowhere.
  bool step(double damping, std::vector<Gaussian>& components) const {
    Matrix damped = normal_;
    for (std::size_t i = 0; i < n_; ++i) damped(i, i) *= 1 + damping;
    const Cholesky factors(damped);
    if (factors.any_bad()) return false;
    const std::vector<double> change = factors.solve(gradient_);
    for (std::size_t c = 0; c < components.size(); ++c) {
      const double* d = &change[c * n_each_];
      Gaussian& g = components[c];
      g.height += d[0];
      g.x += d[1];
      g.y += d[2];
      if (n_each_ == 3) continue;
      g.form.p += d[3];
      g.form.q += d[4];
      g.form.r += d[5];
      if (!(g.form.p > 0 && g.form.r > 0 && g.form.p * g.form.r > g.form.q * g.form.q))
        return false;
    }
    return true;
  }

 private:
  // The component's value, and its derivatives.
  double differentiate(const Gaussian& g, const FitSample& s, double* slope) const {
    const double dx = s.x - g.x, dy = s.y - g.y;
    const double shape = g.form(dx, dy), value = g.height * shape;
    slope[0] = shape;
    slope[1] = value * (g.form.p * dx + g.form.q * dy);
    slope[2] = value * (g.form.q * dx + g.form.r * dy);
    if (n_each_ == 3) return value;
    slope[3] = -0.5 * value * dx * dx;
    slope[4] = -value * dx * dy;
    slope[5] = -0.5 * value * dy * dy;
    return value;
  }

  const std::vector<FitSample>& samples_;
  const std::size_t n_each_, n_;
  Matrix normal_;
  std::vector<double> gradient_;
};

// Width of the smoothing in one direction. Condon has a circular one; along the axes of the fit his
// equations hold with the width there, for then everything is a product of two dimensions.
double noise_width(const Ellipse& smoothing, double x, double y) {
  if (!(smoothing.minor_px > 0)) return kLeastSmoothing;
  const Ellipse::Form f = smoothing.form();
  const double square = 8 * std::log(2.0) / (f.p * x * x + 2 * f.q * x * y + f.r * y * y);
  return std::max(std::sqrt(square), kLeastSmoothing);
}

}  // namespace

GaussianFit fit_gaussians(const std::vector<FitSample>& samples, std::vector<Gaussian> start,
                          Shapes shapes, int max_iteration) {
  GaussianFit fit;
  fit.components = std::move(start);
  const std::size_t n_parameter = fit.components.size() * (shapes == Shapes::free ? 6 : 3);
  if (samples.size() < n_parameter || fit.components.empty()) return fit;
  Fitter fitter(samples, fit.components.size(), shapes);
  double damping = kFirstDamping;
  double chi2 = fitter.linearise(fit.components);
  int n_small = 0;
  while (fit.n_iteration < max_iteration && damping < kMostDamping) {
    ++fit.n_iteration;
    std::vector<Gaussian> next = fit.components;
    const double next_chi2 = fitter.step(damping, next) ? fitter.chi2(next) : HUGE_VAL;
    if (!(next_chi2 <= chi2)) {
      damping *= 10;
      continue;
    }
    n_small = chi2 - next_chi2 <= kSettled * chi2 ? n_small + 1 : 0;
    fit.components = next;
    damping = std::max(damping / 10, 1e-9);
    if (n_small == kSmallStepsToEnd) {
      fit.converged = true;
      return fit;
    }
    chi2 = fitter.linearise(fit.components);
  }
  // No step leads down any more: this is the bottom, to the precision of numbers.
  fit.converged = damping >= kMostDamping;
  return fit;
}

GaussianErrors condon_errors(const Gaussian& fitted, const Ellipse& smoothing, double rms) {
  const Ellipse shape = Ellipse::from(fitted.form);
  const double s = std::sin(shape.angle_rad), c = std::cos(shape.angle_rad);
  const double across_major = noise_width(smoothing, -s, c) / shape.major_px;
  const double across_minor = noise_width(smoothing, c, s) / shape.minor_px;
  const double snr = fitted.height / rms;
  // Equation 41: rho^2 for the exponents that belong to each quantity.
  const auto rho = [&](double of_major, double of_minor) {
    const double square = 0.25 / (across_major * across_minor) *
                          std::pow(1 + across_major * across_major, of_major) *
                          std::pow(1 + across_minor * across_minor, of_minor) * snr * snr;
    return std::sqrt(square);
  };
  const double root2 = std::sqrt(2.0), width = std::sqrt(8 * std::log(2.0));
  GaussianErrors e;
  const double height_share = root2 / rho(1.5, 1.5);
  const double major_share = root2 / rho(2.5, 0.5), minor_share = root2 / rho(0.5, 2.5);
  e.height = std::abs(fitted.height) * height_share;
  e.major_px = shape.major_px * major_share;
  e.minor_px = shape.minor_px * minor_share;
  const double along = e.major_px / width, across = e.minor_px / width;
  e.x = std::hypot(along * s, across * c);
  e.y = std::hypot(along * c, across * s);
  const double difference = shape.major_px * shape.major_px - shape.minor_px * shape.minor_px;
  const double round = 1e-3 * shape.major_px * shape.minor_px;  // no angle to speak of
  e.angle_rad = std::min(
      1.0, 2 * minor_share * shape.major_px * shape.minor_px / std::max(difference, round));
  e.total_share = std::sqrt(height_share * height_share +
                            across_major * across_minor *
                                (major_share * major_share + minor_share * minor_share));
  return e;
}

}  // namespace contimg::photometry
