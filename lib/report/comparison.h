// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace contimg::report {

/// What is compared of two groups. Not known: NaN, or empty.
struct Portrait {
  double rms_jy = 0, beam_major_arcsec = 0, beam_minor_arcsec = 0;
  double flagged_share = 0;
  double n_subbands = 0, n_antennas = 0;  ///< Antennas with data.
  double dec_deg = 0;                     ///< Of the pointing.
  double calibration_age_h = 0;
  double flux_ratio = 0;        ///< Measured over catalogue.
  std::string calibration_set;  ///< Label.
  std::string tier;
  std::string settings;                         ///< Of the imager: its command line.
  std::map<std::string, std::string> versions;  ///< By stage.
};

/// A difference between a group and the one it is compared with.
struct Difference {
  std::string what;
  std::string here, there;  ///< With units.
  /// The change over what is usual between two good groups (comparison.cc has the table); 1 is the
  /// least that is told of.
  double size = 0;
};

/// The differences that matter, largest first. Pure.
///
/// Notes: numbers count by |change| / usual, ratios by |ln(here / there)| / ln(1 + usual); words that
/// differ have a size of their own. What is not known of either is left out, but for what one has and
/// the other has not among the versions.
std::vector<Difference> differences(const Portrait& here, const Portrait& there);

}  // namespace contimg::report
