// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/plane.h"

namespace contimg::photometry {

struct Gaussian {
  double height = 0;
  double x = 0, y = 0;
  Ellipse::Form form;

  double at(double u, double v) const { return height * form(u - x, v - y); }
};

/// A pixel as a fit sees it.
struct FitSample {
  double x = 0, y = 0;
  double value = 0;
  double weight = 1;  ///< 1 / variance.
};

struct GaussianFit {
  std::vector<Gaussian> components;  ///< In the order of the start.
  bool converged = false;            ///< False: stopped, or a component is no Gaussian any more.
  int n_iteration = 0;
};

/// What is free to move beside heights and places.
enum class Shapes { fixed, free };

/// Fits a sum of Gaussians by least squares (Levenberg-Marquardt; Press et al., Numerical Recipes,
/// 15.5), starting from `start`. Never more than `max_iteration` steps of a time that goes with
/// samples times the square of the number of parameters.
GaussianFit fit_gaussians(const std::vector<FitSample>& samples, std::vector<Gaussian> start,
                          Shapes shapes, int max_iteration = 40);

/// One sigma of what a fit of one Gaussian gives, from the noise alone.
struct GaussianErrors {
  double height = 0;
  double total_share = 0;  ///< Of the integral, relative.
  double x = 0, y = 0;     ///< Pixels.
  double major_px = 0, minor_px = 0, angle_rad = 0;
};

/// Errors of a Gaussian fitted in correlated noise of `rms`, white noise smoothed with the Gaussian
/// `smoothing` (a width below two thirds of a pixel is white noise), of which the width along each
/// axis of the fit counts.
/// Source: Condon 1997, PASP 109, 166, equations 20, 21, 41, 42.
GaussianErrors condon_errors(const Gaussian& fitted, const Ellipse& smoothing, double rms);

}  // namespace contimg::photometry
