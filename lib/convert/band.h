// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "subband/header.h"

namespace contimg::convert {

/// Where one subband file lies in the joined band.
struct SubbandPlace {
  std::size_t slot = 0;     ///< Counting from the lowest frequency.
  bool descending = false;  ///< The file's channels run downwards (the correlator's do).
};

/// All channels of a group, ascending, missing subbands included.
struct Band {
  std::size_t n_slot = 0;
  std::size_t n_channel = 0;               ///< Channels of one subband.
  std::vector<SubbandPlace> places;        ///< [file]
  std::vector<double> frequency_hz;        ///< [slot x channel], ascending
  std::vector<double> width_hz;            ///< [slot x channel]
  std::vector<std::size_t> missing_slots;  ///< Slots without a file, ascending.
  bool is_dsa110 = false;                  ///< Every file lies on the correlator's own grid.

  /// The correlator's number (0 is the highest) of a slot.
  std::size_t subband_of_slot(std::size_t slot) const { return n_slot - 1 - slot; }
};

/// Joins the subbands of a group in frequency, by their frequencies alone.
///
/// Given: headers of one group's files, in any order; the number of subbands that a whole group
/// has, 0 to take what the files span. Missing subbands get the frequencies that continue the
/// others' grid. For telescopes other than DSA-110 a missing edge subband is placed by the
/// numbers in the file names (sbNN, 0 the highest); without them the band is what is there.
///
/// Throws DataError, naming the file, when a subband's channels are not evenly ordered, differ
/// in number or width from the first file's, overlap another's, or do not lie on the grid that
/// the others make (tolerance: the larger of 1 Hz and a thousandth of a channel).
Band join_band(const std::vector<subband::Header>& headers, std::size_t expected_subbands);

}  // namespace contimg::convert
