// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "caltable/calibration.h"

namespace contimg::calibrate {

/// Draws the solutions of one set as one page, a PNG:
///
///     gain amplitude by antenna    gain phase by antenna       delay by antenna, or SNR without K
///     bandpass amplitude of both receptors, antenna x frequency       amplitudes laid over another
///     bandpass phase of both receptors, antenna x frequency           gain phases against time
///
/// Given: the tables of the set (any of K, B, G; one window each) of one Measurement Set; names of
/// dead antennas, which are drawn grey beside those that have solutions; others are left out.
/// Flagged solutions are grey. Of several gain tables the one with fewest intervals is drawn by
/// antenna, the one with most against time.
///
/// Throws TemporaryError as plot::Page::write_png(), UsageError without tables.
void draw_solutions(const std::vector<caltable::NamedTable>& tables,
                    const std::vector<std::string>& dead_antennas, const std::string& title,
                    const std::string& png_path);

}  // namespace contimg::calibrate
