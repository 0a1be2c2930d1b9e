// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/schedule.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "astro/epoch.h"
#include "base/error.h"
#include "simulate/random.h"
#include "simulate/stations.h"
#include "subband/name.h"

namespace contimg::simulate {
namespace {

constexpr const char* kDefaultStart = "2026-01-25T22:26:05";
constexpr double kDefaultDecDeg = 16.1;
constexpr double kStampToFirstMidS = 0.9;
constexpr std::size_t kDefaultFaultySubband = 5;

/// The first upper transit of a place after a time.
double next_transit_mjd_s(const astro::Direction& icrs, double after_mjd_s,
                          const astro::EarthOrientation& earth) {
  const double longitude = header_site().longitude_rad;
  double time = after_mjd_s;
  for (int round = 0; round < 5; ++round) {
    const astro::Vector3 seen = SkyGeometry(time, header_itrf_m(), earth).itrf_direction(icrs);
    double to_go = std::atan2(seen[1], seen[0]) - longitude;
    to_go -= 2 * astro::kPi * std::floor(to_go / (2 * astro::kPi) + (round == 0 ? 0 : 0.5));
    time += to_go / astro::kEarthRotationRate;
  }
  return time;
}

std::string file_name(double stamp_mjd_s, std::size_t subband) {
  return subband::format_file_name(astro::format_stamp(stamp_mjd_s), static_cast<int>(subband));
}

bool hits(const Fault& fault, std::size_t subband, std::size_t n_subband) {
  if (fault.every_subband) return true;
  return subband == fault.subband.value_or(std::min(kDefaultFaultySubband, n_subband - 1));
}

/// Seconds by which a subband's stamp is off the group's; after a restart files were opened at
/// different moments long before their data came.
double stamp_offset_s(const GroupPlan& group, std::size_t subband, std::uint64_t seed,
                      bool restart) {
  Random random({seed, 0x57A3B, group.index, subband});
  if (restart) return subband == 0 ? -19 : -std::floor(random.uniform(13, 23));
  if (subband == 0) return 0;
  const double draw = random.uniform();
  return draw < 0.2 ? -1 : draw < 0.5 ? 1 : 0;
}

void plan_files(GroupPlan& group, double stamp_mjd_s, const Settings& settings) {
  const std::size_t n_subband = settings.observation.n_subband;
  const bool restart =
      std::any_of(group.faults.begin(), group.faults.end(),
                  [](const Fault& fault) { return fault.kind == FaultKind::restart_gap; });
  for (std::size_t subband = 0; subband < n_subband; ++subband) {
    const double stamp = stamp_mjd_s + stamp_offset_s(group, subband, settings.seed, restart);
    FilePlan file{subband, file_name(stamp, subband), {}, false};
    for (const Fault& fault : group.faults)
      if (fault.kind != FaultKind::restart_gap && hits(fault, subband, n_subband))
        file.faults.push_back(fault);
    if (file.fault(FaultKind::mislabelled)) file.name = file_name(stamp + 2, 0);
    if (const Fault* wrong = file.fault(FaultKind::wrong_name)) {
      const double with = wrong->number("with", static_cast<double>((subband + 1) % kSubbandCount));
      file.name = file_name(stamp + 3, static_cast<std::size_t>(with));
    }
    group.files.push_back(file);
    if (file.fault(FaultKind::duplicate)) {
      file.name = file_name(stamp + 4, subband);
      file.second = true;
      group.files.push_back(file);
    }
  }
}

std::string group_id_of(const GroupPlan& group) {
  std::string earliest;
  for (const FilePlan* file : members_of(group)) {
    const std::string stamp = file->name.substr(0, 19);
    if (file->subband == 0) return stamp;
    if (earliest.empty() || stamp < earliest) earliest = stamp;
  }
  return earliest.empty() ? group.files.at(0).name.substr(0, 19) : earliest;
}

void check(const ObservationSettings& observation, double pointing_dec_rad) {
  if (observation.n_group < 1 || observation.n_channel < 1 || observation.n_integration < 1)
    throw UsageError("--groups, --channels and --integrations: expected at least 1");
  if (observation.n_subband < 1 || observation.n_subband > kSubbandCount)
    throw UsageError("--subbands: expected 1 to 16");
  if (observation.n_integration > 24)
    throw UsageError("--integrations: expected at most 24, what fits between two groups");
  if (std::abs(pointing_dec_rad) > astro::kPi / 2)
    throw UsageError("--dec: expected -90 to 90 degrees");
}

}  // namespace

const Fault* FilePlan::fault(FaultKind kind) const {
  for (const Fault& candidate : faults)
    if (candidate.kind == kind) return &candidate;
  return nullptr;
}

FileOutcome FilePlan::outcome() const {
  FileOutcome worst = FileOutcome::valid;
  for (const Fault& candidate : faults) {
    const FileOutcome outcome = fault_outcome(candidate);
    if (outcome == FileOutcome::absent) return outcome;
    if (outcome == FileOutcome::invalid) worst = outcome;
  }
  return worst;
}

std::vector<const FilePlan*> members_of(const GroupPlan& group) {
  std::map<std::size_t, const FilePlan*> whole, fewer_antennas;
  for (const FilePlan& file : group.files)
    if (file.outcome() == FileOutcome::valid)
      (file.fault(FaultKind::antenna_count) ? fewer_antennas : whole)[file.subband] = &file;
  const bool tie = whole.size() == fewer_antennas.size() && !whole.empty();
  const bool fewer = tie ? fewer_antennas.begin()->first < whole.begin()->first
                         : fewer_antennas.size() > whole.size();
  std::vector<const FilePlan*> members;
  for (const auto& entry : fewer ? fewer_antennas : whole) members.push_back(entry.second);
  return members;
}

std::vector<double> subband_frequencies_hz(std::size_t subband, std::size_t n_channel) {
  const double width = kSubbandWidthHz / static_cast<double>(n_channel);
  const double top = kBandTopHz - static_cast<double>(subband) * kSubbandWidthHz;
  std::vector<double> frequencies;
  for (std::size_t k = 0; k < n_channel; ++k)
    frequencies.push_back(top - (static_cast<double>(k) + 0.5) * width);
  return frequencies;
}

Schedule plan_schedule(const Settings& settings, const skymodel::Component* calibrator,
                       const astro::EarthOrientation& earth) {
  const ObservationSettings& observation = settings.observation;
  const double half_span_s =
      0.5 * static_cast<double>(observation.n_integration - 1) * kIntegrationTimeS;
  double start = observation.start_mjd_s.value_or(astro::parse_stamp(kDefaultStart).value());
  if (calibrator && !observation.start_mjd_s) {
    const double transit = next_transit_mjd_s(calibrator->position, start + half_span_s + 1, earth);
    start = std::round(transit - half_span_s - kStampToFirstMidS);
  }
  Schedule schedule;
  schedule.pointing_dec_rad =
      observation.pointing_dec_rad.value_or(kDefaultDecDeg * astro::kDegree);
  if (calibrator && !observation.pointing_dec_rad) {
    const astro::Vector3 seen = SkyGeometry(start + half_span_s, header_itrf_m(), earth)
                                    .itrf_direction(calibrator->position);
    schedule.pointing_dec_rad = std::asin(seen[2]);
  }
  check(observation, schedule.pointing_dec_rad);

  std::vector<Fault> faults = settings.faults;
  if (settings.fault_mix)
    for (Fault& fault :
         mixed_faults(*settings.fault_mix, observation.n_group, observation.n_subband))
      faults.push_back(std::move(fault));
  double delay_s = 0;
  for (std::size_t g = 0; g < observation.n_group; ++g) {
    GroupPlan group;
    group.index = g;
    for (const Fault& fault : faults)
      if (fault.concerns(g)) group.faults.push_back(fault);
    for (const Fault& fault : group.faults)
      if (fault.kind == FaultKind::restart_gap) delay_s += fault.number("gap", 103);
    const double opened = start + static_cast<double>(g) * kGroupCadenceS + delay_s;
    for (std::size_t t = 0; t < observation.n_integration; ++t) {
      const double mid = opened + kStampToFirstMidS + static_cast<double>(t) * kIntegrationTimeS;
      group.time_jd.push_back(astro::jd_from_mjd_s(mid));
      group.time_mjd_s.push_back(astro::mjd_s_from_jd(group.time_jd.back()));
    }
    plan_files(group, std::floor(opened + 1e-6), settings);
    group.group_id = group_id_of(group);
    schedule.groups.push_back(std::move(group));
  }
  return schedule;
}

}  // namespace contimg::simulate
