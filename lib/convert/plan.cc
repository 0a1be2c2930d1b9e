// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/error.h"
#include "base/median.h"
#include "convert/timeline.h"
#include "subband/dsa110_stations.h"

namespace contimg::convert {
namespace {

using astro::Direction;
using astro::Vector3;
using subband::Header;
using subband::PhaseType;

// AIPS polarisation codes of UVH5 to casacore's Stokes codes.
const std::map<int, int> kStokesOfCode = {{-1, 5}, {-3, 6},  {-4, 7},  {-2, 8},
                                          {-5, 9}, {-7, 10}, {-8, 11}, {-6, 12}};

std::vector<Header> read_headers(const Group& group) {
  std::vector<Header> headers;
  for (const std::string& file : group.files) headers.push_back(subband::read_header(file));
  return headers;
}

[[noreturn]] void differs(const Header& header, const Header& first, const std::string& what) {
  throw DataError(header.summary.path + ": " + what + " differs from that of " +
                  first.summary.path + "; convert the group without it (--min-subbands)");
}

void require_alike(const Header& header, const Header& first) {
  if (header.stations.size() != first.stations.size())
    differs(header, first, "number of stations (" + std::to_string(header.stations.size()) + ")");
  if (header.summary.n_antenna_data != first.summary.n_antenna_data)
    differs(header, first,
            "number of antennas (" + std::to_string(header.summary.n_antenna_data) + ")");
  constexpr double kPositionTolerance_m = 0.01;  // headers hold doubles: equal or another array
  for (std::size_t i = 0; i < header.stations.size(); ++i)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (!(std::abs(header.stations[i].position_m[axis] - first.stations[i].position_m[axis]) <
            kPositionTolerance_m))
        differs(header, first, "position of station " + header.stations[i].name);
  if (header.polarization != first.polarization) differs(header, first, "polarisation list");
  if (header.summary.phase_type != first.summary.phase_type) differs(header, first, "phase type");
  constexpr double kDirectionTolerance_rad = 1e-6;
  if (std::abs(header.summary.pointing_dec_rad - first.summary.pointing_dec_rad) >
      kDirectionTolerance_rad)
    differs(header, first, "declination");
  if (header.summary.phase_centre && first.summary.phase_centre &&
      astro::separation_rad(*header.summary.phase_centre, *first.summary.phase_centre) >
          kDirectionTolerance_rad)
    differs(header, first, "phase centre");
  if (std::abs(header.summary.integration_time_s - first.summary.integration_time_s) >
      0.01 * first.summary.integration_time_s)
    differs(header, first, "integration time");
}

void plan_correlations(const Header& first, Plan& plan) {
  std::vector<std::pair<int, std::size_t>> order;  // Stokes code, polarisation of the file
  for (std::size_t i = 0; i < first.polarization.size(); ++i) {
    const auto found = kStokesOfCode.find(first.polarization[i]);
    if (found == kStokesOfCode.end())
      throw DataError(first.summary.path + ": Header/polarization_array holds " +
                      std::to_string(first.polarization[i]) + ", expected -1 to -8");
    order.emplace_back(found->second, i);
  }
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < order.size(); ++i)
    if (order[i].first == order[i - 1].first)
      throw DataError(first.summary.path + ": Header/polarization_array holds " +
                      std::to_string(first.polarization[order[i].second]) +
                      " twice, expected each once");
  for (const auto& [stokes, polarization] : order) {
    plan.description.correlations.push_back(stokes);
    plan.polarization_of.push_back(polarization);
    // 6 <-> 7 and 10 <-> 11: the hands of a cross product change places with its antennas.
    const int swapped = stokes == 6 || stokes == 10   ? stokes + 1
                        : stokes == 7 || stokes == 11 ? stokes - 1
                                                      : stokes;
    const auto other = std::find_if(order.begin(), order.end(),
                                    [&](const auto& entry) { return entry.first == swapped; });
    if (other == order.end())
      plan.absent_in_reversed.push_back(plan.polarization_of_reversed.size());
    plan.polarization_of_reversed.push_back(other == order.end() ? polarization : other->second);
  }
  plan.n_correlation = order.size();
}

void describe_windows(const Layout& layout, Plan& plan) {
  const Band& band = plan.band;
  plan.n_window = layout.window_per_subband ? band.n_slot : 1;
  plan.n_channel = band.frequency_hz.size() / plan.n_window;
  for (std::size_t window = 0; window < plan.n_window; ++window) {
    const auto begin = static_cast<std::ptrdiff_t>(window * plan.n_channel);
    const auto end = begin + static_cast<std::ptrdiff_t>(plan.n_channel);
    ms::SpectralWindow spectral_window;
    spectral_window.name =
        layout.window_per_subband ? "sb" + std::to_string(band.subband_of_slot(window)) : "band";
    spectral_window.frequency_hz.assign(band.frequency_hz.begin() + begin,
                                        band.frequency_hz.begin() + end);
    spectral_window.width_hz.assign(band.width_hz.begin() + begin, band.width_hz.begin() + end);
    plan.description.spectral_windows.push_back(std::move(spectral_window));
  }
}

// Directions and uvw axes at one integration.
struct Instant {
  Direction pointing;         // ICRS
  Direction centre;           // ICRS, of the set
  astro::UvwFrame file_axes;  // which the file's visibilities are phased to
  astro::UvwFrame axes;       // which the set's shall be
};

std::vector<Instant> instants(const Header& first, const Timeline& timeline, const Layout& layout,
                              const astro::EarthOrientation& earth) {
  const subband::Summary& summary = first.summary;
  const bool drift = summary.phase_type == PhaseType::drift;
  const double middle_mjd_s = (timeline.time_mjd_s.front() + timeline.time_mjd_s.back()) / 2;
  const Direction common = drift ? astro::ApparentFrame(middle_mjd_s, summary.site, earth)
                                       .meridian_point(summary.pointing_dec_rad)
                                 : *summary.phase_centre;
  std::vector<Instant> result;
  for (const double time : timeline.time_mjd_s) {
    const astro::ApparentFrame apparent(time, summary.site, earth);
    Instant instant;
    instant.pointing = drift ? apparent.meridian_point(summary.pointing_dec_rad) : common;
    instant.centre = drift && layout.centre_per_integration ? instant.pointing : common;
    instant.axes = astro::uvw_frame(apparent, instant.centre);
    instant.file_axes =
        drift ? astro::meridian_frame(summary.site, summary.pointing_dec_rad) : instant.axes;
    result.push_back(instant);
  }
  return result;
}

std::vector<Vector3> station_positions(const Header& header) {
  // About the first station, because only differences count and they keep more digits so.
  std::vector<Vector3> positions;
  for (const subband::Station& station : header.stations) {
    Vector3 offset{};
    for (std::size_t axis = 0; axis < 3; ++axis)
      offset[axis] = station.position_m[axis] - header.stations.front().position_m[axis];
    positions.push_back(offset);
  }
  return positions;
}

void plan_rows(const Header& first, const Timeline& timeline, const std::vector<Instant>& when,
               bool rotate, bool field_per_time, Plan& plan) {
  ms::RowKeys& keys = plan.keys;
  const std::vector<Vector3> positions = station_positions(first);
  keys.uvw_m.reserve(3 * plan.n_row());
  for (std::size_t t = 0; t < plan.n_time; ++t) {
    const std::vector<Vector3> uvw = astro::project(when[t].axes, positions);
    const std::vector<Vector3> file_uvw = astro::project(when[t].file_axes, positions);
    for (std::size_t window = 0; window < plan.n_window; ++window) {
      for (const auto& [p, q] : timeline.baseline) {
        keys.time_mjd_s.push_back(timeline.time_mjd_s[t]);
        keys.integration_time_s.push_back(timeline.integration_time_s[t]);
        keys.antenna1.push_back(p);
        keys.antenna2.push_back(q);
        keys.data_description.push_back(static_cast<std::int32_t>(window));
        keys.field.push_back(field_per_time ? static_cast<std::int32_t>(t) : 0);
        keys.scan.push_back(1);
        for (std::size_t axis = 0; axis < 3; ++axis)
          keys.uvw_m.push_back(uvw[p][axis] - uvw[q][axis]);
        if (rotate && window == 0)
          plan.delta_w_m.push_back((uvw[p][2] - uvw[q][2]) - (file_uvw[p][2] - file_uvw[q][2]));
      }
    }
  }
}

double median_if_any(const std::vector<double>& values) {
  return values.empty() ? std::numeric_limits<double>::quiet_NaN() : median(values);
}

// Medians over the first rows of the files, as many as there are baselines, of |uvw(file) -
// uvw(ours)| and of the difference of their lengths, m. A wrong sign or declination shows in the first, in every
// baseline; a wrong station table in both.
struct Discrepancy {
  double vector_m = 0;
  double length_m = 0;
};

Discrepancy uvw_discrepancy(const std::vector<Header>& headers, const Timeline& timeline,
                            const std::vector<Instant>& when) {
  std::vector<double> vectors, lengths;
  for (const Header& header : headers) {
    if (header.first_uvw_m.empty()) continue;
    std::size_t t = when.size();
    std::vector<Vector3> uvw;
    for (std::size_t row = 0; row < header.first_uvw_m.size(); ++row) {
      if (header.station1[row] == header.station2[row]) continue;
      const std::size_t now = integration_at(timeline, header.time_mjd_s[row]);
      if (now == when.size()) continue;
      if (now != t) uvw = astro::project(when[now].file_axes, station_positions(header));
      t = now;
      const Vector3& there = header.first_uvw_m[row];
      Vector3 ours{}, difference{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        ours[axis] = uvw[header.station2[row]][axis] - uvw[header.station1[row]][axis];
        difference[axis] = there[axis] - ours[axis];
      }
      vectors.push_back(std::sqrt(astro::dot(difference, difference)));
      lengths.push_back(
          std::abs(std::sqrt(astro::dot(there, there)) - std::sqrt(astro::dot(ours, ours))));
    }
  }
  return {median_if_any(vectors), median_if_any(lengths)};
}

// Phased data whose header names one centre while their uvw point to another are real (the VLA
// set of the tests). The visibilities were made with the uvw, so these are kept.
void keep_uvw_of_files(const std::vector<Header>& headers, Plan& plan) {
  for (std::size_t file = headers.size(); file-- > 0;) {
    const std::vector<Vector3> uvw = subband::read_uvw(headers[file].summary.path);
    const std::vector<RowSource>& source = plan.subbands[file].source;
    for (std::size_t i = 0; i < source.size(); ++i) {
      if (source[i].row < 0) continue;
      const double sign = source[i].reversed ? 1 : -1;
      const std::size_t t = i / plan.n_baseline, baseline = i % plan.n_baseline;
      for (std::size_t window = 0; window < plan.n_window; ++window) {
        const std::size_t row = (t * plan.n_window + window) * plan.n_baseline + baseline;
        for (std::size_t axis = 0; axis < 3; ++axis)
          plan.keys.uvw_m[3 * row + axis] = sign * uvw[source[i].row][axis];
      }
    }
  }
}

void check_uvw(const std::vector<Header>& headers, const Timeline& timeline,
               const std::vector<Instant>& when, Plan& plan) {
  const Discrepancy found = uvw_discrepancy(headers, timeline, when);
  plan.uvw_discrepancy_m = found.vector_m;
  const bool phased = headers.front().summary.phase_type == PhaseType::phased;
  if (!phased || !(found.vector_m > kUvwTolerance_m) || found.length_m > kUvwTolerance_m) return;
  keep_uvw_of_files(headers, plan);
  plan.remarks.push_back(
      "the uvw in the files do not belong to the phase centre in their header (" +
      headers.front().summary.object_name + "): median difference " +
      std::to_string(found.vector_m) +
      " m with the right lengths; UVW is kept as the files have it, the "
      "field's direction as the header says");
  plan.uvw_discrepancy_m = found.length_m;
}

void describe_fields(const Group& group, const Header& first, const Timeline& timeline,
                     const std::vector<Instant>& when, bool field_per_time, Plan& plan) {
  const std::size_t n_field = field_per_time ? plan.n_time : 1;
  for (std::size_t i = 0; i < n_field; ++i) {
    ms::Field field;
    field.phase_centre = when[i].centre;
    field.time_mjd_s = timeline.time_mjd_s[i];
    if (first.summary.phase_type == PhaseType::phased)
      field.name = first.summary.object_name;
    else if (field_per_time)
      field.name = "meridian_icrs_t" + std::to_string(i);
    else
      field.name = group.calibrator.empty() ? "meridian_icrs" : group.calibrator + "_meridian";
    plan.description.fields.push_back(std::move(field));
  }
  for (std::size_t t = 0; t < plan.n_time; ++t)
    plan.description.pointings.push_back(
        {timeline.time_mjd_s[t], timeline.integration_time_s[t], when[t].pointing});
}

void describe_telescope(const Group& group, const Header& first, const Timeline& timeline,
                        const Layout& layout, Plan& plan) {
  ms::Description& description = plan.description;
  const bool correlator = plan.band.is_dsa110 && first.summary.telescope_name == "OVRO_MMA";
  description.telescope_name = !layout.telescope_name.empty() ? layout.telescope_name
                               : correlator                   ? "DSA_110"
                                                              : first.summary.telescope_name;
  description.observer = "contimg";
  description.project = group.group_id;
  description.is_calibrator = group.is_calibrator;
  description.first_time_mjd_s =
      timeline.time_mjd_s.front() - timeline.integration_time_s.front() / 2;
  description.last_time_mjd_s = timeline.time_mjd_s.back() + timeline.integration_time_s.back() / 2;
  for (const subband::Station& station : first.stations)
    description.antennas.push_back({station.name, station.position_m, station.diameter_m});
}

// The header decides, but an operator should hear of a header that moves the array.
void remark_on_stations(const Header& first, Plan& plan) {
  if (plan.description.telescope_name != "DSA_110") return;
  constexpr double kSiteTolerance_rad = 0.0005 * astro::kDegree;
  const astro::Site& site = first.summary.site;
  const astro::Site expected = subband::correlator_site();
  if (std::abs(site.longitude_rad - expected.longitude_rad) > kSiteTolerance_rad ||
      std::abs(site.latitude_rad - expected.latitude_rad) > kSiteTolerance_rad)
    plan.remarks.push_back(
        "the header's reference point is more than 0.0005 degrees from the "
        "array's; right ascensions shift with it");
  constexpr double kStationTolerance_m = 0.05;  // the table's digits are 1 cm and 10 cm in height
  std::size_t n_moved = 0;
  for (const subband::Station& station : first.stations) {
    if (station.number < 0 || station.number >= static_cast<int>(subband::kStationCount)) continue;
    const subband::StationPlace& place =
        subband::station_places()[static_cast<std::size_t>(station.number)];
    const Vector3 table =
        astro::ecef_from_site({place.longitude_deg * astro::kDegree,
                               place.latitude_deg * astro::kDegree, place.height_m});
    double square = 0;
    for (std::size_t axis = 0; axis < 3; ++axis)
      square += std::pow(station.position_m[axis] - table[axis], 2);
    if (square > kStationTolerance_m * kStationTolerance_m) ++n_moved;
  }
  if (n_moved != 0)
    plan.remarks.push_back(std::to_string(n_moved) +
                           " stations are more than 5 cm from the station table; the header's "
                           "positions are used");
}

void remark_on_gaps(const std::vector<Header>& headers, const Timeline& timeline, Plan& plan) {
  for (const std::size_t slot : plan.band.missing_slots)
    plan.remarks.push_back("subband " + std::to_string(plan.band.subband_of_slot(slot)) +
                           " is missing; its channels are flagged");
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::vector<RowSource>& source = plan.subbands[i].source;
    const auto absent = std::count_if(source.begin(), source.end(),
                                      [](const RowSource& row) { return row.row < 0; });
    if (absent != 0)
      plan.remarks.push_back(headers[i].summary.path + ": lacks " + std::to_string(absent) +
                             " of " + std::to_string(source.size()) + " rows of the group (" +
                             std::to_string(headers[i].summary.n_time) + " of " +
                             std::to_string(timeline.time_mjd_s.size()) +
                             " integrations); they are flagged");
  }
}

}  // namespace

Plan plan_conversion(const Group& group, const Layout& layout,
                     const astro::EarthOrientation& earth) {
  const std::vector<Header> headers = read_headers(group);
  Plan plan;
  plan.band = join_band(headers, layout.expected_subbands);
  const Header& first = headers.front();
  for (const Header& header : headers) require_alike(header, first);
  plan_correlations(first, plan);
  describe_windows(layout, plan);

  const Timeline timeline = join_timeline(headers, layout.keep_autocorrelations);
  plan.n_time = timeline.time_mjd_s.size();
  plan.n_baseline = timeline.baseline.size();
  if (plan.n_baseline == 0)
    throw DataError(first.summary.path + ": has no baseline between two antennas");
  for (std::size_t i = 0; i < headers.size(); ++i)
    plan.subbands.push_back({headers[i].summary.path, plan.band.places[i].slot,
                             plan.band.places[i].descending, headers[i].time_mjd_s.size(),
                             headers[i].polarization.size(), find_rows(headers[i], timeline)});

  const bool drift = first.summary.phase_type == PhaseType::drift;
  const bool field_per_time = drift && layout.centre_per_integration;
  const std::vector<Instant> when = instants(first, timeline, layout, earth);
  if (!earth.covers(timeline.time_mjd_s.front()))
    plan.remarks.push_back("the Earth-orientation table does not cover " + group.group_id +
                           "; positions may be off by several arcseconds: "
                           "import-earth-orientation");
  plan_rows(first, timeline, when, drift && !field_per_time, field_per_time, plan);
  check_uvw(headers, timeline, when, plan);
  describe_telescope(group, first, timeline, layout, plan);
  describe_fields(group, first, timeline, when, field_per_time, plan);
  remark_on_stations(first, plan);
  remark_on_gaps(headers, timeline, plan);
  return plan;
}

}  // namespace contimg::convert
