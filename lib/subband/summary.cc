// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/summary.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/hdf5.h"
#include "subband/phase_centre.h"

namespace contimg::subband {
namespace {

using hdf5::Kind;
using hdf5::Shape;

constexpr double kBandTop_hz = 1498.7652587890625e6;
constexpr double kSubbandWidth_hz = 11.71875e6;
constexpr int kSubbands = 16;
// Off the grid by more than this is another instrument: a fiftieth of a subband is one channel,
// and the known grids agree within a thousandth (spec 1.6).
constexpr double kGridTolerance = 0.02;

std::string shape_text(const Shape& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? "," : "") + std::to_string(shape[i]);
  return text + ")";
}

std::string whole_text(double value) {
  char text[320];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

/// Opens a dataset and holds it to one of the kinds and one of the shapes.
hdf5::Dataset checked(const hdf5::File& file, const std::string& name,
                      std::initializer_list<Kind> kinds, std::initializer_list<Shape> shapes) {
  hdf5::Dataset data = file.dataset(name);
  if (std::find(kinds.begin(), kinds.end(), data.kind()) == kinds.end())
    hdf5::refuse(file, name + " holds values of the wrong type");
  if (std::find(shapes.begin(), shapes.end(), data.shape()) == shapes.end())
    hdf5::refuse(file, name + " has shape " + shape_text(data.shape()) + ", the header says " +
                           shape_text(*shapes.begin()) + "; the file was not closed or is damaged");
  return data;
}

const std::initializer_list<Kind> kNumber = {Kind::real, Kind::integer};
const std::initializer_list<Kind> kInteger = {Kind::integer};

std::size_t count(const hdf5::File& file, const char* name) {
  constexpr std::int64_t kMost = 1'000'000'000;
  const hdf5::Dataset data = file.dataset(name);
  if (data.kind() != Kind::integer || data.size() != 1)
    hdf5::refuse(file, std::string(name) + " is not one integer");
  const std::int64_t value = data.read_all<std::int64_t>()[0];
  if (value < 1 || value > kMost)
    hdf5::refuse(file,
                 std::string(name) + " is " + std::to_string(value) + ", expected at least 1");
  return static_cast<std::size_t>(value);
}

double number(const hdf5::File& file, const char* name, double least, double most,
              const char* expected) {
  const double value = checked(file, name, kNumber, {{}, {1}}).element(0);
  if (!(value >= least && value <= most))
    hdf5::refuse(file,
                 std::string(name) + " is " + std::to_string(value) + ", expected " + expected);
  return value;
}

std::string text_or_nothing(const hdf5::File& file, const char* name) {
  return file.has(name) ? file.text(name) : std::string();
}

void read_counts(const hdf5::File& file, Summary& summary) {
  summary.n_time = count(file, "Header/Ntimes");
  summary.n_baseline = count(file, "Header/Nbls");
  summary.n_baseline_time = count(file, "Header/Nblts");
  summary.n_antenna_data = count(file, "Header/Nants_data");
  summary.n_antenna_telescope = count(file, "Header/Nants_telescope");
  summary.n_channel = count(file, "Header/Nfreqs");
  summary.n_polarization = count(file, "Header/Npols");
  if (file.has("Header/Nspws") && count(file, "Header/Nspws") != 1)
    hdf5::refuse(file, "holds several spectral windows, expected one subband");
  const std::size_t rows = summary.n_time * summary.n_baseline;
  // Standard UVH5 (it carries a version) may leave out baselines at some times.
  const bool sparse = file.has("Header/version") && summary.n_baseline_time < rows;
  if (summary.n_baseline_time != rows && !sparse)
    hdf5::refuse(file, "Header/Nblts is " + std::to_string(summary.n_baseline_time) +
                           ", expected Ntimes x Nbls = " + std::to_string(rows));
  const std::size_t most = summary.n_antenna_data * (summary.n_antenna_data + 1) / 2;
  if (summary.n_baseline > most || summary.n_antenna_data > summary.n_antenna_telescope)
    hdf5::refuse(file, "Header/Nbls, Nants_data and Nants_telescope contradict each other");
  if (summary.n_polarization > 4) hdf5::refuse(file, "Header/Npols is more than 4");
}

void read_site(const hdf5::File& file, Summary& summary) {
  summary.site.latitude_rad = number(file, "Header/latitude", -90, 90, "degrees") * astro::kDegree;
  summary.site.longitude_rad =
      number(file, "Header/longitude", -360, 360, "degrees") * astro::kDegree;
  summary.site.height_m = number(file, "Header/altitude", -1e4, 1e5, "metres");
  const std::string frame = text_or_nothing(file, "Header/telescope_frame");
  if (!frame.empty() && frame != "itrs")
    hdf5::refuse(file, "Header/telescope_frame is " + frame + ", expected itrs");
  summary.telescope_name = file.text("Header/telescope_name");
  summary.object_name = text_or_nothing(file, "Header/object_name");
}

void read_stations(const hdf5::File& file, Summary& summary) {
  const hsize_t n = summary.n_antenna_telescope;
  const auto positions =
      checked(file, "Header/antenna_positions", kNumber, {{n, 3}}).read_all<double>();
  const auto names = file.texts("Header/antenna_names");
  if (names.size() != n)
    hdf5::refuse(file, "Header/antenna_names does not name Nants_telescope stations");
  checked(file, "Header/antenna_numbers", kInteger, {{n}});
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&hash](const void* data, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3;
  };
  add(positions.data(), positions.size() * sizeof(double));
  for (const std::string& name : names) add(name.c_str(), name.size() + 1);
  summary.station_hash = hash;
  if (file.has("Header/antenna_diameters")) {
    const auto diameters =
        checked(file, "Header/antenna_diameters", kNumber, {{n}, {}, {1}}).read_all<double>();
    if (std::isfinite(diameters[0]) && diameters[0] > 0) summary.dish_diameter_m = diameters[0];
  }
}

void read_times(const hdf5::File& file, const SummaryLimits& limits, Summary& summary) {
  const hsize_t rows = summary.n_baseline_time;
  const hdf5::Dataset times = file.dataset("Header/time_array");
  if (times.size() == 0)
    hdf5::refuse(file, "Header/time_array is empty; the file holds no integration");
  checked(file, "Header/time_array", {Kind::real}, {{rows}});
  for (const auto& [row, where] : {std::pair{hsize_t{0}, &summary.first_time_mjd_s},
                                   std::pair{rows - 1, &summary.last_time_mjd_s}}) {
    const double jd = times.element(row);
    const double mjd = jd - astro::kJdOfMjd0;
    if (!std::isfinite(jd))
      hdf5::refuse(file, "Header/time_array holds a time that is not a number");
    if (mjd < limits.earliest_mjd || mjd > limits.latest_mjd)
      hdf5::refuse(
          file, "Header/time_array begins or ends at MJD " + std::to_string(mjd) +
                    ", expected a time from MJD " + std::to_string(limits.earliest_mjd) + " to " +
                    std::to_string(limits.latest_mjd) +
                    "; the correlator had lost its time origin, these data cannot be placed");
    *where = astro::mjd_s_from_jd(jd);
  }
  summary.integration_time_s =
      checked(file, "Header/integration_time", kNumber, {{rows}, {}, {1}}).element(0);
  if (!(summary.integration_time_s > 0 && summary.integration_time_s < kDay_s))
    hdf5::refuse(file, "Header/integration_time is " + std::to_string(summary.integration_time_s) +
                           " s, expected a positive number of seconds");
}

/// The first and last time have to be as far apart as the integrations between them last. Data
/// phased to a place may have gaps; a drift scan has none.
void check_span(const hdf5::File& file, const Summary& summary) {
  const double span = summary.last_time_mjd_s - summary.first_time_mjd_s;
  const double expected = static_cast<double>(summary.n_time - 1) * summary.integration_time_s;
  const double slack = 0.5 * summary.integration_time_s;
  const bool too_long = summary.phase_type == PhaseType::drift && span > expected + slack;
  if (span < expected - slack || too_long)
    hdf5::refuse(file, "Header/time_array spans " + std::to_string(span) + " s, but " +
                           std::to_string(summary.n_time) + " integrations span " +
                           std::to_string(expected) + " s; times are damaged or missing");
}

void read_band(const hdf5::File& file, Summary& summary) {
  const hsize_t n = summary.n_channel;
  const auto frequencies =
      checked(file, "Header/freq_array", kNumber, {{n}, {1, n}}).read_all<double>();
  const auto widths =
      checked(file, "Header/channel_width", kNumber, {{}, {n}, {1, n}, {1}}).read_all<double>();
  summary.first_frequency_hz = frequencies.front();
  summary.last_frequency_hz = frequencies.back();
  summary.channel_width_hz = std::abs(widths[0]);
  const double width = summary.channel_width_hz;
  if (!(width > 0) || !std::isfinite(width))
    hdf5::refuse(file, "Header/channel_width is not positive");
  const double step = n > 1 ? frequencies[1] - frequencies[0] : width;
  for (hsize_t i = 0; i < n; ++i) {
    if (!(frequencies[i] > 0) || !std::isfinite(frequencies[i]))
      hdf5::refuse(file, "Header/freq_array holds a frequency that is not a positive number");
    // A hundredth of a channel moves the phase of the longest baseline by far less than noise.
    if (i && !(std::abs(frequencies[i] - frequencies[i - 1] - step) <= 0.01 * std::abs(step)))
      hdf5::refuse(file, "Header/freq_array is not evenly spaced");
  }
  if (std::abs(step) < 0.99 * width)
    hdf5::refuse(file, "Header/channel_width is " + std::to_string(width) +
                           " Hz, but channels are " + std::to_string(std::abs(step)) + " Hz apart");
  const hsize_t n_polarization = summary.n_polarization;
  const auto codes = checked(file, "Header/polarization_array", kInteger, {{n_polarization}})
                         .read_all<std::int64_t>();
  for (const std::int64_t code : codes)
    if (code < -8 || code > 4 || code == 0)
      hdf5::refuse(file, "Header/polarization_array holds " + std::to_string(code) +
                             ", expected AIPS codes (-5 XX, -6 YY, -1 RR ...)");
  summary.polarization.assign(codes.begin(), codes.end());
}

/// Shapes and types of what is per row, without reading it; and whether there are bytes for it.
void check_rows(const hdf5::File& file, const Summary& summary) {
  const hsize_t rows = summary.n_baseline_time;
  const hsize_t channels = summary.n_channel;
  const hsize_t polarizations = summary.n_polarization;
  checked(file, "Header/ant_1_array", kInteger, {{rows}});
  checked(file, "Header/ant_2_array", kInteger, {{rows}});
  checked(file, "Header/uvw_array", {Kind::real}, {{rows, 3}});
  const std::initializer_list<Shape> cube = {{rows, channels, polarizations},
                                             {rows, 1, channels, polarizations}};
  const hdf5::Dataset data = checked(file, "Data/visdata", {Kind::complex}, cube);
  const hdf5::Dataset flags =
      checked(file, "Data/flags", {Kind::boolean, Kind::integer, Kind::bits}, cube);
  const hdf5::Dataset samples = checked(file, "Data/nsamples", kNumber, cube);

  // Not whole numbers: a damaged header may claim any. Packed flags may be next to nothing, visibilities
  // are noise.
  constexpr double kMostPacked = 1e4;
  double bytes = 0;
  for (const hdf5::Dataset* dataset : {&data, &flags, &samples})
    if (!dataset->has_filters() || dataset == &data)
      bytes += static_cast<double>(dataset->size()) * static_cast<double>(dataset->element_size()) /
               (dataset->has_filters() ? kMostPacked : 1);
  struct stat status = {};
  if (stat(file.path().c_str(), &status) != 0) hdf5::refuse(file, "vanished while it was read");
  if (static_cast<double>(status.st_size) < bytes)
    hdf5::refuse(file, "has " + std::to_string(status.st_size) + " bytes, but its data need " +
                           whole_text(bytes) + "; truncated, copy it again from the correlator");
  const Shape chunk = data.chunk_shape();
  if (chunk.empty()) return;
  Shape last = data.shape();
  for (std::size_t axis = 0; axis < last.size(); ++axis)
    last[axis] = (last[axis] - 1) / chunk[axis] * chunk[axis];
  if (!data.has_chunk(last))
    hdf5::refuse(file,
                 "the last rows of Data/visdata were never written; the writer stopped half-way");
}

/// 0 for the highest subband, in units of subbands; only whole numbers lie on the grid.
double place_on_grid(const Summary& summary) {
  const double centre_hz = 0.5 * (summary.low_edge_hz() + summary.high_edge_hz());
  return (kBandTop_hz - centre_hz) / kSubbandWidth_hz - 0.5;
}

}  // namespace

double Summary::low_edge_hz() const {
  return std::min(first_frequency_hz, last_frequency_hz) - 0.5 * channel_width_hz;
}

double Summary::high_edge_hz() const {
  return std::max(first_frequency_hz, last_frequency_hz) + 0.5 * channel_width_hz;
}

Summary read_summary(const std::string& path, const SummaryLimits& limits) {
  const hdf5::File file = hdf5::File::open(path);
  for (const char* group : {"Header", "Data"})
    if (!file.has(group))
      hdf5::refuse(file, "has no group /" + std::string(group) + ", expected UVH5");
  Summary summary;
  summary.path = path;
  read_counts(file, summary);
  read_site(file, summary);
  read_stations(file, summary);
  read_times(file, limits, summary);
  read_band(file, summary);
  read_phase_centre(file, summary);
  check_span(file, summary);
  check_rows(file, summary);
  return summary;
}

bool is_correlator_band(const Summary& summary) {
  const double width_hz = summary.high_edge_hz() - summary.low_edge_hz();
  const double place = place_on_grid(summary);
  return std::abs(width_hz / kSubbandWidth_hz - 1) <= kGridTolerance &&
         place > -0.5 - kGridTolerance && place < kSubbands - 0.5 + kGridTolerance;
}

std::optional<int> subband_from_frequency(const Summary& summary) {
  const double place = place_on_grid(summary);
  const double nearest = std::round(place);
  if (!is_correlator_band(summary) || std::abs(place - nearest) > kGridTolerance || nearest < 0 ||
      nearest >= kSubbands)
    return std::nullopt;
  return static_cast<int>(nearest);
}

}  // namespace contimg::subband
