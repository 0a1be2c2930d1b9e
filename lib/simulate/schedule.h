// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "astro/earth_orientation.h"
#include "simulate/settings.h"
#include "simulate/sky_geometry.h"
#include "skymodel/component.h"

namespace contimg::simulate {

/// One file to be written (or, when missing, not).
struct FilePlan {
  std::size_t subband = 0;  ///< By frequency.
  std::string name;         ///< <stamp>_sbNN.hdf5
  std::vector<Fault> faults;
  bool second = false;  ///< The later one of a duplicate.

  const Fault* fault(FaultKind kind) const;
  FileOutcome outcome() const;
};

/// One group: when it is observed, and its files.
struct GroupPlan {
  std::size_t index = 0;
  std::string group_id;            ///< Stamp of sb00, or the earliest if there is none.
  std::vector<double> time_jd;     ///< [integration] mid, UTC, as stored.
  std::vector<double> time_mjd_s;  ///< The same instants.
  std::vector<Fault> faults;
  std::vector<FilePlan> files;  ///< Duplicates included.

  double mid_mjd_s() const { return (time_mjd_s.front() + time_mjd_s.back()) / 2; }
};

/// The files that count towards a group, one a subband: valid ones, but for those with another
/// number of antennas than most; of a duplicate the second, being later.
std::vector<const FilePlan*> members_of(const GroupPlan& group);

/// A run: the groups in time order.
struct Schedule {
  double pointing_dec_rad = 0;
  std::vector<GroupPlan> groups;
};

/// Plans a run. Stamps of sb00 follow --start at the groups' cadence; the first integration's
/// middle is 0.9 s after the stamp (and up to 1 s more, stamps being truncated); other subbands'
/// stamps differ by up to a second to either side.
///
/// Given: the calibrator to be caught in transit at mid-group, or null. Without a start it is the
/// calibrator's first transit after 2026-01-25, else 2026-01-25T22:26:05; without a declination
/// the calibrator's of date, else 16.1 degrees. Throws UsageError for impossible settings.
Schedule plan_schedule(const Settings& settings, const skymodel::Component* calibrator,
                       const astro::EarthOrientation& earth);

/// Frequencies of a subband, descending: spec 1.6.
std::vector<double> subband_frequencies_hz(std::size_t subband, std::size_t n_channel);

}  // namespace contimg::simulate
