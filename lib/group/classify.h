// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "queue/file_record.h"
#include "skymodel/primary_calibrators.h"

namespace contimg::group {

struct ClassifySettings {
  double min_flux_jy = 1.0;             ///< Flux density times beam response, at least.
  double max_dec_separation_deg = 1.0;  ///< Of the calibrator from the strip (drift data).
};

/// A calibrator seen by a group.
struct CalibratorMatch {
  std::string name;               ///< IAU, "1331+305".
  std::string alias;              ///< "3C286".
  double flux_jy = 0;             ///< At the group's centre frequency.
  double primary_beam = 0;        ///< Largest power response, 0 to 1.
  double separation_rad = 0;      ///< From the beam's centre when the response is largest.
  double dec_separation_rad = 0;  ///< Drift data: apparent declination minus the strip's.
  int integration = 0;            ///< In which the response is largest, from 0.
  double transit_unix_s = 0;      ///< Drift data: when it culminates. Phased: mid-group.
};

/// What a group points at, from the header of one of its members and the band of all.
struct Pointing {
  queue::FileRecord header;  ///< Site, times, phase centre, dish.
  double centre_frequency_hz = 0;
};

/// Finds the calibrators among `calibrators` that make the group one to calibrate by, brightest
/// in the beam first; none makes it a science group.
///
/// Drift data: flux density times the Airy response at the best integration is at least
/// min_flux_jy, the source culminates between the start of the first and the end of the last
/// integration, and its apparent declination is within max_dec_separation_deg of the strip.
/// Phased data: it lies within half power of the beam at the phase centre.
///
/// Notes: hour angle and declination are apparent (precession since J2000 moves a transit by
/// 80 s, a quarter of a group). A dish diameter that the file does not give is unknown: the
/// source then has to lie within 1' of the pointing. Source: spec 6.5; derived here.
std::vector<CalibratorMatch> match_calibrators(
    const Pointing& pointing, const std::vector<skymodel::PrimaryCalibrator>& calibrators,
    const astro::EarthOrientation& earth, const ClassifySettings& settings = {});

/// The matches as the queue stores them: a JSON list of objects.
std::string calibrators_json(const std::vector<CalibratorMatch>& matches);

}  // namespace contimg::group
