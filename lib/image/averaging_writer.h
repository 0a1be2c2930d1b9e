// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <functional>

#include "image/averaging_plan.h"

namespace contimg::image {

/// Sums of one imaging set while the data are read.
struct SetSums {
  SetSums(std::size_t n_row, std::size_t n_channel_given)
      : n_channel(n_channel_given), sum(n_row * n_channel), weight(n_row * n_channel) {}
  std::size_t n_channel;
  std::vector<std::complex<float>> sum;  ///< [row, channel] of weight times visibility
  std::vector<float> weight;             ///< [row, channel]
};

/// Where the visibilities of an averaged row are, weighted.
struct Centroid {
  double weight = 0, time_s = 0;  ///< Time after the first integration.
  astro::Vector3 uvw_m{};
  double start_mjd_s = 0, end_mjd_s = 0;
  std::int32_t scan = 0;
  void add(const SetLayout& layout, std::size_t row, double row_weight);
};

/// Writes the averages as Measurement Sets, rows with a weight only, by time; `sums` are emptied on
/// the way. Sets without a row are left out.
std::vector<ImagingSet> write_sets(const std::string& folder, const SetLayout& layout,
                                   const AveragingPlan& plan,
                                   const std::vector<Centroid>& centroids,
                                   std::vector<SetSums>& sums, const std::function<void()>& check);

}  // namespace contimg::image
