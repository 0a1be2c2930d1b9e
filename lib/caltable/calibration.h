// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "caltable/apply.h"
#include "caltable/solutions.h"

namespace contimg::caltable {

/// A table and the name by which errors call it.
struct NamedTable {
  std::string path;
  CalTable table;
};

/// Calibration tables made ready for one Measurement Set: its antennas are found by name, its
/// channels by frequency; the order of rows means nothing.
///
/// Immutable once made; may be shared by threads.
class Calibration {
 public:
  /// Throws DataError naming the table when
  ///   - an antenna of the set has the name of one that stood elsewhere (more than 1 m away) when
  ///     the table was solved, or none of them is in the table: renumbered antennas;
  ///   - a channel of the set lies outside the bands of the table;
  ///   - a solution that is not flagged is NaN, infinite or 0, or the table's parts do not fit;
  ///   - the table is for other feeds (circular, linear) than the set has.
  Calibration(std::vector<NamedTable> tables, const ms::Description& target);

  /// The product of all tables at one time, for one spectral window of the set:
  ///   delays     exp(2 pi i tau (f - f_ref)), of the interval nearest in time
  ///   bandpass   of the interval nearest in time and the nearest channel
  ///   gains      interpolate_gain() between the table's intervals
  /// Flagged where any of them is, or where an antenna is in none.
  InverseGains at(double time_mjd_s, std::size_t spectral_window) const;

  /// Names of antennas of the set that some table lacks; their data are flagged.
  const std::vector<std::string>& missing_antennas() const { return missing_antennas_; }

 private:
  struct Channel {
    std::size_t window, channel;
  };
  struct Matched {
    CalTable table;
    std::vector<int> antenna;                    ///< [antenna of the set] id in the table, or -1.
    std::vector<std::vector<Channel>> channels;  ///< [window of the set, channel]
    std::vector<std::vector<std::size_t>> of_window;  ///< [table's window] solutions by time.
    std::vector<std::vector<double>> times_mjd_s;     ///< [table's window, solution]
  };
  struct Product;
  struct Series;

  Matched match(NamedTable named, const ms::Description& target);
  static void sort_by_time(const CalTable& table, Matched& matched);
  static void match_channels(const NamedTable& named, const ms::Description& target,
                             Matched& matched);
  void multiply(const Matched& matched, double time_mjd_s, std::size_t window,
                Product& product) const;
  static void multiply_gains(const Matched& matched, double time_mjd_s, std::size_t antenna,
                             std::size_t receptor, Series product);
  static void multiply_nearest(const Matched& matched, double time_mjd_s, std::size_t antenna,
                               std::size_t receptor, Series product);
  static std::size_t index(const Matched& matched, const Solutions& solutions, std::size_t antenna,
                           std::size_t channel, std::size_t receptor);

  std::vector<Matched> tables_;
  std::vector<std::vector<double>> frequency_hz_;  ///< [window of the set, channel]
  std::size_t n_antenna_ = 0;
  std::vector<std::string> missing_antennas_;
};

}  // namespace contimg::caltable
