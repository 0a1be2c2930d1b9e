// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "astro/direction.h"
#include "base/bulk_vector.h"
#include "ms/reader.h"

/// What is known of a Measurement Set before it is imaged, and the small sets made of it.
namespace contimg::image {

/// The shape of a set that is to be imaged: one phase centre, one band of evenly spaced channels.
struct SetLayout {
  std::string path;
  ms::Description description;
  astro::Direction phase_centre;
  std::string field;                        ///< Name of the first field.
  std::vector<double> frequency_hz;         ///< [channel] of all windows together, ascending.
  double channel_width_hz = 0;              ///< From one channel to the next.
  std::vector<std::size_t> first_channel;   ///< [window] where it begins in frequency_hz.
  std::size_t n_window_channel = 0;         ///< Channels of a row.
  std::vector<double> integration_mjd_s;    ///< [integration] middles, ascending.
  double integration_s = 0;                 ///< The longest INTERVAL.
  std::vector<std::size_t> integration_of;  ///< [row]
  ms::RowKeys keys;
  double dish_diameter_m = 0;     ///< Median of the antennas'; 0: not known.
  double longest_baseline_m = 0;  ///< sqrt(u^2 + v^2), whether flagged or not.

  double highest_frequency_hz() const { return frequency_hz.back(); }
  double middle_frequency_hz() const { return (frequency_hz.front() + frequency_hz.back()) / 2; }
  double bandwidth_hz() const {
    return channel_width_hz * static_cast<double>(frequency_hz.size());
  }
};

/// Reads a set's layout (a tenth of a second for 110,000 rows). Throws DataError naming the path
/// when it has no rows, more than one phase centre (made with --phase-centres per-integration),
/// windows of unlike shape or channels that are not evenly spaced over all windows.
SetLayout layout_of(const ms::Reader& set);
SetLayout layout_of(const std::string& ms_path);

/// What was imaged.
enum class DataOrigin {
  corrected_column,  ///< CORRECTED_DATA.
  recorded_tables,   ///< Tables that calibrate-ms recorded, applied on the way.
  named_tables,      ///< Tables named by hand.
  uncalibrated,      ///< DATA, by permission.
};
const char* to_text(DataOrigin origin);

/// A row of an imaging set.
struct AveragedRow {
  std::int32_t antenna1 = 0, antenna2 = 0, scan = 0;
  std::uint32_t first_integration = 0;
  std::uint32_t n_integration = 0;  ///< That were averaged, flagged ones among them.
  double time_mjd_s = 0;            ///< Centroid, weighted as the data are, as is uvw_m.
  double interval_s = 0;  ///< From the start of the first good integration to the last's end.
  astro::Vector3 uvw_m{};
};

/// One imaging set: a Measurement Set with one window of evenly spaced channels, one correlation
/// (Stokes I), DATA, FLAG, WEIGHT and WEIGHT_SPECTRUM.
struct ImagingSet {
  std::string path;
  std::size_t channel_factor = 1;    ///< Channels averaged.
  std::vector<double> frequency_hz;  ///< [channel]
  double channel_width_hz = 0;
  std::vector<AveragedRow> rows;  ///< As in the set, by time.
  BulkVector<float> weight;       ///< [row, channel]; 0 where flagged. WEIGHT_SPECTRUM.
  std::size_t n_visibility() const { return weight.size(); }
};

/// The sets made of one Measurement Set, and what was seen on the way.
struct ImagingSets {
  std::vector<ImagingSet> sets;  ///< By channel_factor, descending: short baselines first.
  DataOrigin origin = DataOrigin::corrected_column;
  std::vector<std::string> tables;  ///< That were applied.
  astro::Direction phase_centre;
  double integration_s = 0, channel_width_hz = 0;  ///< Of the data.
  double bandwidth_hz = 0, middle_frequency_hz = 0;
  double dish_diameter_m = 0;  ///< 0: not known.
  std::vector<ms::Pointing> pointings;
  std::vector<double> integration_mjd_s;  ///< [integration]
  /// [integration] sum of the weights in it: the data's, or after weigh_as_imaged() the imager's.
  std::vector<double> integration_weight;
  struct Channel {
    double frequency_hz, weight;
  };
  std::vector<Channel> channels;  ///< Averaged channels of all sets, with such sums.
  std::size_t n_input = 0;        ///< Stokes I visibilities of the data, without autocorrelations,
  std::size_t n_good = 0;         ///< and of them those that are in an average.
  std::size_t n_output = 0;       ///< Averaged visibilities, flagged ones among them.
  double sum_of_weights = 0;
  double longest_uv_lambda = 0;  ///< Of averages with a weight, at the highest frequency.
  double shortest_uv_lambda = std::numeric_limits<double>::infinity();
  double largest_loss = 0;   ///< Bound of the smearing that was added.
  std::size_t n_steady = 0;  ///< Sources whose drift through the beam was taken out.
  double seconds = 0;
};

}  // namespace contimg::image
