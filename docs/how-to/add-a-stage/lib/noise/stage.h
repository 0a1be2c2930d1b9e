// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "queue/work.h"

/// The stage `noise`: from a calibrated Measurement Set to the noise of each channel.
namespace contimg::noise {

/// One channel of one correlation.
struct ChannelNoise {
  double frequency_hz = 0;
  int correlation = 0;  ///< Code of casacore: ms/description.h.
  std::uint64_t n_difference = 0;
  double noise_jy = 0;  ///< Of the real part of one visibility; NaN without a difference.
};

struct Report {
  std::string ms_path, csv_path;
  std::vector<ChannelNoise> channels;  ///< In order of frequency in each window, then correlation.
  double median_noise_jy = 0;          ///< Over channels that have a figure; NaN without.
  double total_s = 0;
};

/// Options of measure-noise that are settings.
const std::vector<std::string>& setting_options();

/// Reads CORRECTED_DATA and FLAG of a set once, from begin to end, and writes
/// `<set without .ms>.noise.csv`. Memory: one integration, and a block of rows. Doing it again
/// replaces the table by the same.
/// Given: `check`, called often; throws to end the work.
/// Throws DataError when the set cannot be read or is not calibrated, TemporaryError for the disk.
Report measure_noise(const std::string& ms_path, const std::function<void()>& check);

/// The set of a claimed group: what convert-group recorded. Throws DataError when it has none.
std::string claimed_set(queue::Queue& queue, const queue::Claim& claim);

/// What the queue shall record: the table, with to_json() as its provenance, and what it took.
queue::Outcome outcome_of(const std::string& group_id, const Report& report);

/// One line of JSON: stage, group_id (unless empty), product, state, seconds, n_channel, noise_jy.
std::string to_json(const std::string& group_id, const Report& report);

}  // namespace contimg::noise
