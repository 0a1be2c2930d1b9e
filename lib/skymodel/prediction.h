// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <optional>
#include <vector>

#include "astro/direction.h"
#include "base/span.h"
#include "skymodel/component.h"

namespace contimg::skymodel {

/// What of the instrument goes into a prediction.
struct PredictionSettings {
  double dish_diameter_m = 4.65;  ///< Of the Airy beam; 0: no beam.
  double integration_s = 0;       ///< Averaged over; 0: no time smearing.
  double channel_width_hz = 0;    ///< Averaged over; 0: no bandwidth smearing.
};

/// Predicts visibilities (Stokes I, so XX and YY alike) of one integration after the other:
///
///   V(b, f) = sum_k S_k(f) A(theta_k, f) sinc(pi f T d_kb) sinc(pi df t_kb)
///             exp(+2 pi i (u l + v m + w (n - 1)) f / c)
///
/// with UVW = r(ANTENNA1) - r(ANTENNA2) (docs/conventions.md, sections 3 and 4). l, m, n are the
/// cosines of each source's apparent direction on the axes of UVW, so that aberration and
/// precession are as exact as in the data. t_kb is the delay of the source on the baseline less
/// that of the direction whose fringe the correlator stopped (its pointing), d_kb its rate: both
/// turn with the sky, ds/dt = -omega x s, while the averaging lasts. Derived here: the mean of
/// exp(2 i x u) over u in [-1/2, 1/2] is sinc(x) = sin(x) / x.
///
/// Sums are in float: 1e-5 of the brightest source at most (test). Evenly spaced channels (to 1 Hz)
/// cost a few instructions for eight of them; others a sine and a cosine each.
class Predictor {
 public:
  /// Given: components (ICRS), ICRS phase centre of UVW, frequencies of the channels.
  Predictor(std::vector<Component> components, const astro::Direction& phase_centre,
            std::vector<double> frequency_hz, const PredictionSettings& settings);

  /// Prepares for an integration: `apparent` at its middle; `pointing` (ICRS) is where the dishes
  /// point and the correlator stops fringes: the meridian point, as in POINTING.
  void begin_integration(const astro::ApparentFrame& apparent, const astro::Direction& pointing);
  /// The same with flux densities behind the beam of the caller's: [component, channel].
  void begin_integration(const astro::ApparentFrame& apparent, const astro::Direction& pointing,
                         Span<const float> apparent_jy);
  /// Flux densities on the sky, Stokes I.
  float flux_jy(std::size_t component, std::size_t channel) const {
    return flux_jy_[component * n_padded_ + channel];
  }

  /// Writes out[baseline, channel] for the UVW of some baselines, metres, in the integration begun.
  /// Several threads may call it at once on one object.
  void predict(Span<const astro::Vector3> uvw_m, Span<std::complex<float>> out) const;

  std::size_t n_channel() const { return frequency_hz_.size(); }
  std::size_t n_component() const { return components_.size(); }

 private:
  void place_components(const astro::ApparentFrame& apparent, const astro::Direction& pointing);
  /// A source in the integration begun, on the axes of UVW; all in seconds per metre.
  struct Place {
    astro::Vector3 delay;      ///< (l, m, n - 1) / c
    astro::Vector3 unstopped;  ///< (s - s_pointing) / c
    astro::Vector3 rate;       ///< Change of that per second.
  };
  void add_component(std::size_t component, const astro::Vector3& uvw_m, float* re,
                     float* im) const;
  void add_uneven(std::size_t component, double delay_s, double unstopped_s, double rate, float* re,
                  float* im) const;

  std::vector<Component> components_;
  astro::Direction phase_centre_;
  std::vector<double> frequency_hz_;
  PredictionSettings settings_;
  std::optional<double> even_step_hz_;
  std::size_t n_padded_;
  std::vector<float> flux_jy_;      // [component, padded channel] on the sky
  std::vector<float> apparent_jy_;  // [component, padded channel] behind the beam
  std::vector<Place> places_;       // [component]
};

}  // namespace contimg::skymodel
