// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "image/averaging_writer.h"
#include "skymodel/component.h"

namespace contimg::image {

/// The catalogue's brightest sources behind the beam of a drifting group, the best moment of each;
/// none for a group whose pointing stands still.
std::vector<skymodel::Component> drifting_sources(const SetLayout& layout,
                                                  const DriftSettings& settings);

/// Takes out of averaged visibilities that sources brighten and fade while they drift through the
/// beam, so that each is as bright at all times as it is on average,
///
///     V  ->  V - sum_k S_k (A_k(t) - mean A_k) exp(2 pi i (u l + v m + w (n - 1)) f / c)
///
/// with smearing as in the data. CLEAN takes sources as steady: what changes in a bright one stays
/// as sidelobes over the whole image, 2 % of it far from the middle. What is taken out is zero on average over the
/// time at the source's place, so that its flux density in the image is the data's own, whatever the
/// catalogue says; a catalogue that is 10 % off leaves a tenth of the effect. Sources outside of the
/// image, which CLEAN cannot reach and whose sidelobes cross all of it, are taken out altogether
/// (mean A_k = 0).
///
/// Given: sums of averaged rows and their centroids, of the plan; the weight of each integration.
/// Returned: how many sources were held steady.
std::size_t hold_steady(const SetLayout& layout, const AveragingPlan& plan,
                        const std::vector<Centroid>& centroids,
                        const std::vector<double>& integration_weight,
                        const std::vector<skymodel::Component>& sources,
                        const DriftSettings& settings, std::vector<SetSums>& sums,
                        const std::function<void()>& check);

}  // namespace contimg::image
