// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "photometry/blind.h"

namespace contimg::photometry {

/// Turns the peaks of one island into detections; peaks within 0.6 beams of a higher one belong to
/// that. More than 8 are fitted one by one. Flux densities of point sources are only a first guess.
class IslandFit {
 public:
  IslandFit(const Plane& plane, const Background& background, const NoiseCorrelation& noise,
            const Ellipse& beam);

  std::vector<Detection> detections(const Island& island) const;

 private:
  std::vector<Peak> starts(const Island& island) const;
  std::vector<FitSample> around(const std::vector<Peak>& peaks, double beams,
                                const std::vector<std::size_t>& more) const;
  std::vector<Gaussian> start(const std::vector<Peak>& peaks) const;
  bool stayed(const Gaussian& fitted, const Peak& peak, double beams) const;
  bool larger_than_beam(const Gaussian& fitted, double rms) const;
  std::vector<Detection> fit(const std::vector<Peak>& peaks, const Island& island) const;
  Detection point(const Gaussian& fitted, const Peak& peak, bool good) const;
  Detection extended(const Gaussian& fitted, const Peak& peak) const;

  const Plane& plane_;
  const Background& background_;
  const Ellipse beam_;
  const Ellipse::Form form_;
  Ellipse smoothing_;
};

}  // namespace contimg::photometry
