// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>

#include "astro/direction.h"

/// What averaging leaves of a point source's peak, for one baseline.
///
/// A source at direction cosines (l, m) has the phase 2 pi f tau, tau = (u l + v m + w (n - 1)) / c
/// (docs/conventions.md section 4). Averaging over a band of width B turns that phase by 2 pi B tau
/// across the band, averaging over a time T by 2 pi f T dtau/dt, and what is left is the mean of a
/// phasor whose phase runs evenly: sinc(pi B tau), sinc(pi f T dtau/dt), sinc(x) = sin(x) / x. Of N
/// samples, each of them smeared already, the mean is less than a sample by sin(N x) / (N sin x), x
/// half the phase from one to the next, so that sinc(x) sin(N x) / (N sin x) = sinc(N x). Bridle &
/// Schwab 1999 (ASP Conf. 180, 371), with the delay in full.
namespace contimg::image {

/// sin(N x) / (N sin x): the mean of `n` phasors whose phases lie 2 x apart, over one of them.
double dirichlet(std::size_t n, double x);

/// How fast a baseline turns as seen from the sky: d(u, v, w)/dt, metres per second, on the axes of
/// a phase centre at `declination_rad`: omega x (u, v, w), omega along the pole (0, cos dec, sin dec).
astro::Vector3 uvw_rate_m_s(const astro::Vector3& uvw_m, double declination_rad);

/// (u l + v m + w (n - 1)) / c, seconds; for a rate, seconds per second.
double delay_s(const astro::Vector3& uvw_m, double l, double m);

/// The worst place on a circle about the phase centre, for averaging in frequency and time together.
class SmearingBound {
 public:
  /// Given: a baseline and its rate; the circle's radius as a length of (l, m); the highest
  /// frequency; what is averaged: channels and integrations of these widths.
  SmearingBound(const astro::Vector3& uvw_m, const astro::Vector3& rate_m_s, double radius,
                double highest_frequency_hz, double channel_width_hz, double integration_s);

  /// The most of a peak that averaging so many channels and integrations takes away beyond what
  /// each of them has lost on its own: never less than the truth anywhere within the circle, and as
  /// close as (loss)^2.
  ///
  /// Derived here: sin(N x) / (N sin x) >= 1 - (N^2 - 1) x^2 / 6 and (1 - a)(1 - b) >= 1 - a - b, so
  /// the loss is at most a quadratic form of (l, m), whose larger eigenvalue is its largest value on
  /// the unit circle. The part of w (n - 1), which is always of one sign, is added to the length of
  /// the gradient.
  double loss(std::size_t n_channel, std::size_t n_integration) const;

 private:
  struct Form {
    double xx = 0, xy = 0, yy = 0;
  };
  static Form form_of(const astro::Vector3& vector_m, double radius, double half_phase_per_m);
  Form frequency_, time_;
};

}  // namespace contimg::image
