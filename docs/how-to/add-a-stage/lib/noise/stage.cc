// SPDX-License-Identifier: GPL-3.0-or-later
#include "noise/stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "base/atomic_output.h"
#include "base/error.h"
#include "ms/reader.h"
#include "noise/difference_sums.h"
#include "queue/groups.h"
#include "queue/process_metrics.h"

namespace contimg::noise {
namespace {

namespace fs = boost::filesystem;
using Clock = std::chrono::steady_clock;
using Visibility = std::complex<float>;

constexpr std::size_t kRowsAtOnce = 512;

// A row: window, antenna, antenna. Its last integration so far is what the next is held against.
using Baseline = std::tuple<int, int, int>;
struct Samples {
  std::vector<Visibility> data;   // [channel, correlation]
  std::unique_ptr<bool[]> flags;  // [channel, correlation]
};

std::vector<DifferenceSums> sum_differences(const ms::Reader& set, std::size_t n_window,
                                            const std::function<void()>& check) {
  const std::size_t n_sample = set.n_channel() * set.n_correlation();
  const ms::RowKeys keys = set.keys();
  std::vector<DifferenceSums> sums(n_window, {set.n_channel(), set.n_correlation()});
  std::map<Baseline, Samples> last;
  std::vector<Visibility> data(kRowsAtOnce * n_sample);
  const std::unique_ptr<bool[]> flags(new bool[kRowsAtOnce * n_sample]);
  for (std::size_t first = 0; first < set.n_row(); first += kRowsAtOnce) {
    check();
    const std::size_t n_row = std::min(kRowsAtOnce, set.n_row() - first);
    set.read_corrected(first, {data.data(), n_row * n_sample});
    set.read_flags(first, {flags.get(), n_row * n_sample});
    for (std::size_t row = 0; row < n_row; ++row) {
      const std::size_t key = first + row;
      const int window = keys.data_description[key];
      const Visibility* const values = &data[row * n_sample];
      const bool* const flagged = &flags[row * n_sample];
      Samples& before = last[{window, keys.antenna1[key], keys.antenna2[key]}];
      if (before.flags)
        sums[static_cast<std::size_t>(window)].add(before.data, {before.flags.get(), n_sample},
                                                   {values, n_sample}, {flagged, n_sample});
      else
        before.flags.reset(new bool[n_sample]);
      before.data.assign(values, values + n_sample);
      std::copy(flagged, flagged + n_sample, before.flags.get());
    }
  }
  return sums;
}

std::vector<ChannelNoise> spectrum(const ms::Description& set,
                                   const std::vector<DifferenceSums>& sums) {
  std::vector<ChannelNoise> channels;
  for (std::size_t window = 0; window < sums.size(); ++window) {
    const std::vector<double>& frequency_hz = set.spectral_windows[window].frequency_hz;
    for (std::size_t channel = 0; channel < frequency_hz.size(); ++channel)
      for (std::size_t c = 0; c < set.correlations.size(); ++c)
        channels.push_back({frequency_hz[channel], set.correlations[c],
                            sums[window].n_difference(channel, c),
                            sums[window].noise_jy(channel, c)});
  }
  return channels;
}

double median_noise_jy(const std::vector<ChannelNoise>& channels) {
  std::vector<double> values;
  for (const ChannelNoise& channel : channels)
    if (channel.n_difference > 0) values.push_back(channel.noise_jy);
  if (values.empty()) return std::nan("");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Nine digits: more than the noise of a noise needs, and a frequency to the hertz.
std::string csv_of(const std::vector<ChannelNoise>& channels) {
  std::ostringstream csv;
  csv.precision(10);
  csv << "frequency_hz,correlation,n_difference,noise_jy\n";
  for (const ChannelNoise& channel : channels) {
    csv << channel.frequency_hz << ',' << channel.correlation << ',' << channel.n_difference << ',';
    if (channel.n_difference > 0) csv << channel.noise_jy;
    csv << '\n';
  }
  return csv.str();
}

}  // namespace

const std::vector<std::string>& setting_options() {
  static const std::vector<std::string> options = {"--queue-db", "--max-retries",
                                                   "--in-progress-timeout", "--order"};
  return options;
}

Report measure_noise(const std::string& ms_path, const std::function<void()>& check) {
  const Clock::time_point begin = Clock::now();
  const ms::Reader set(ms_path);
  if (!set.has_column("CORRECTED_DATA"))
    throw DataError(ms_path + ": has no CORRECTED_DATA, expected a set calibrated by calibrate-ms");
  const ms::Description description = set.description();
  Report report;
  report.ms_path = set.path();
  report.channels =
      spectrum(description, sum_differences(set, description.spectral_windows.size(), check));
  report.median_noise_jy = median_noise_jy(report.channels);
  report.csv_path = fs::path(set.path()).replace_extension(".noise.csv").string();
  write_text_file(report.csv_path, csv_of(report.channels));
  report.total_s = std::chrono::duration<double>(Clock::now() - begin).count();
  spdlog::info("{}: noise {:.4g} Jy, the median of {} channels and correlations; in {:.1f} s",
               report.ms_path, report.median_noise_jy, report.channels.size(), report.total_s);
  return report;
}

std::string claimed_set(queue::Queue& queue, const queue::Claim& claim) {
  const std::string& id = claim.job().group_id;
  const auto group = queue::find_group(queue.database(), id);
  if (!group || group->product_path.empty())
    throw DataError(id +
                    ": the queue knows no Measurement Set of it, expected one from convert-group");
  return group->product_path;
}

queue::Outcome outcome_of(const std::string& group_id, const Report& report) {
  queue::Outcome outcome;
  outcome.products.push_back({report.csv_path, "noise",
                              static_cast<std::int64_t>(fs::file_size(report.csv_path)), "",
                              to_json(group_id, report)});
  outcome.metrics = queue::process_metrics(report.total_s);
  return outcome;
}

std::string to_json(const std::string& group_id, const Report& report) {
  nlohmann::ordered_json line = {{"stage", "noise"}};
  if (!group_id.empty()) line["group_id"] = group_id;
  line["product"] = report.csv_path;
  line["state"] = "completed";
  line["seconds"] = report.total_s;
  line["n_channel"] = report.channels.size();
  // JSON has no NaN.
  line["noise_jy"] = std::isfinite(report.median_noise_jy)
                         ? nlohmann::ordered_json(report.median_noise_jy)
                         : nlohmann::ordered_json();
  return line.dump();
}

}  // namespace contimg::noise
