// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>

namespace contimg::injection {

/// The chance that a search finds a source, when it looks for the highest point near by and takes
/// what is `threshold` noises high or more, in Gaussian noise correlated as the source's own shape is.
///
/// Derived here: with the amplitude and two coordinates free the fit's height squared is that of the
/// source plus noise at its place, squared, plus a chi squared of two degrees of freedom for going to
/// the highest point: h^2 = (s + z)^2 + c, z normal, P(c > x) = exp(-x / 2). Integrated over z,
///
///     P = Phi(s - t) + (phi(s - t) - exp(-(s^2 + t^2) / 2) / sqrt(2 pi)) / s
///
/// which is Phi(s - t), what a look at the very place would find, and 1 / s for the freedom.
/// Given: s > 0, the source's height over the noise where the pixels see it; t.
double probability_found(double snr, double threshold);

/// What such shares are known to: Wilson's interval of one sigma (1927, JASA 22, 209), which
/// holds for none and for all too. Not known for n = 0.
struct Share {
  double value = std::numeric_limits<double>::quiet_NaN(), low = 0, high = 1;
};
Share share_of(int n_found, int n);

}  // namespace contimg::injection
