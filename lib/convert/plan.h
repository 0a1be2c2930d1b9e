// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "convert/band.h"
#include "ms/description.h"
#include "ms/writer.h"

namespace contimg::convert {

/// Most that the files' own uvw may differ from ours (median): the correlator stores float32 at a
/// fixed epoch, other writers snap times to seconds.
inline constexpr double kUvwTolerance_m = 1.0;

/// What is to become one Measurement Set.
struct Group {
  std::string group_id;            ///< YYYY-MM-DDTHH:MM:SS
  std::vector<std::string> files;  ///< Subband files, in any order.
  bool is_calibrator = false;
  std::string calibrator;  ///< Its name; names the field.
};

/// How the Measurement Set is laid out.
struct Layout {
  std::size_t expected_subbands = 0;    ///< 0: what the files span.
  bool window_per_subband = false;      ///< One spectral window a subband, not one for all.
  bool centre_per_integration = false;  ///< Each integration keeps its own phase centre.
  bool keep_autocorrelations = false;
  std::string telescope_name;  ///< Empty: the header's; DSA_110 for the correlator's files.
};

/// Where a visibility of the set comes from in one file.
struct RowSource {
  std::int32_t row = -1;  ///< Row of the file; -1: the file lacks it.
  bool reversed = false;  ///< The file has ant_1 > ant_2.
};

/// One file's part in the set.
struct SubbandPlan {
  std::string path;
  std::size_t slot = 0;  ///< Place in the joined band, from the lowest frequency.
  bool descending = false;
  std::size_t n_file_row = 0;
  std::size_t n_file_polarization = 0;
  std::vector<RowSource> source;  ///< [time, baseline]
};

/// Everything that is decided before the first visibility is read.
struct Plan {
  Band band;
  ms::Description description;
  ms::RowKeys keys;
  std::vector<SubbandPlan> subbands;
  std::size_t n_time = 0;
  std::size_t n_baseline = 0;  ///< In the set, autocorrelations as Layout says.
  std::size_t n_window = 1;
  std::size_t n_channel = 0;  ///< Of one spectral window.
  std::size_t n_correlation = 0;
  /// [correlation] which of the file's polarisations it is, and the same for a reversed row,
  /// where XY and YX change places.
  std::vector<std::size_t> polarization_of, polarization_of_reversed;
  /// Correlations that a reversed row lacks: XY of one is YX of the other, and the file has one.
  std::vector<std::size_t> absent_in_reversed;
  /// [time, baseline] w towards the set's phase centre minus w towards the file's, metres, for
  /// r(ANTENNA1) - r(ANTENNA2); empty when nothing is rotated.
  std::vector<double> delta_w_m;
  /// Median over baselines of |uvw in the files - uvw recomputed for the files' own centre|, m;
  /// of the difference of lengths where the files' uvw were kept; NaN when they carry none.
  double uvw_discrepancy_m = 0;
  std::vector<std::string> remarks;  ///< What an operator should know, a sentence each.

  std::size_t n_row() const { return n_time * n_window * n_baseline; }
};

/// Reads the headers of a group and plans its Measurement Set.
///
/// Rows are (TIME, window, ANTENNA1, ANTENNA2); integrations are the union of the files' within a
/// quarter of an integration; baselines the union, ANTENNA1 <= ANTENNA2 as rows of the station
/// list. Drift data get one phase centre, the meridian point at the middle of the group (or one
/// for each integration); phased data keep theirs, and where their uvw point elsewhere than the
/// header says, also their uvw. Geometry: docs/conventions.md.
///
/// Throws DataError, naming the file, when stations, polarisations, phase type or integration time
/// differ between files, or as read_header() and join_band().
Plan plan_conversion(const Group& group, const Layout& layout,
                     const astro::EarthOrientation& earth);

}  // namespace contimg::convert
