// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/timeline.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace contimg::convert {

std::size_t integration_at(const Timeline& timeline, double time_mjd_s) {
  const std::vector<double>& times = timeline.time_mjd_s;
  const auto after = std::lower_bound(times.begin(), times.end(), time_mjd_s);
  auto nearest = after;
  if (after == times.end() ||
      (after != times.begin() && time_mjd_s - *(after - 1) < *after - time_mjd_s))
    --nearest;
  const auto index = static_cast<std::size_t>(nearest - times.begin());
  const double difference_s = std::abs(*nearest - time_mjd_s);
  return difference_s < timeline.integration_time_s[index] / 4 ? index : times.size();
}

Timeline join_timeline(const std::vector<subband::Header>& headers, bool keep_autocorrelations) {
  const std::size_t n_station = headers.front().stations.size();
  std::vector<std::pair<double, double>> times;  // mid time, integration time
  std::vector<char> present(n_station * n_station, 0);
  for (const subband::Header& header : headers) {
    for (std::size_t row = 0; row < header.time_mjd_s.size(); ++row) {
      if (row == 0 || header.time_mjd_s[row] != header.time_mjd_s[row - 1])
        times.emplace_back(header.time_mjd_s[row], header.integration_time_s[row]);
      const auto [low, high] = std::minmax(header.station1[row], header.station2[row]);
      present[static_cast<std::size_t>(low) * n_station + static_cast<std::size_t>(high)] = 1;
    }
  }
  std::sort(times.begin(), times.end());
  Timeline timeline;
  for (const auto& [time, integration] : times) {
    if (!timeline.time_mjd_s.empty() && time - timeline.time_mjd_s.back() < integration / 4)
      continue;
    timeline.time_mjd_s.push_back(time);
    timeline.integration_time_s.push_back(integration);
  }
  for (std::size_t p = 0; p < n_station; ++p)
    for (std::size_t q = p; q < n_station; ++q)
      if (present[p * n_station + q] && (p != q || keep_autocorrelations))
        timeline.baseline.emplace_back(p, q);
  return timeline;
}

std::vector<RowSource> find_rows(const subband::Header& header, const Timeline& timeline) {
  const std::size_t n_baseline = timeline.baseline.size();
  const std::size_t n_station = header.stations.size();
  std::vector<std::int32_t> slot_of_pair(n_station * n_station, -1);
  for (std::size_t b = 0; b < n_baseline; ++b) {
    const auto [p, q] = timeline.baseline[b];
    slot_of_pair[static_cast<std::size_t>(p) * n_station + static_cast<std::size_t>(q)] =
        static_cast<std::int32_t>(b);
  }
  std::vector<RowSource> source(timeline.time_mjd_s.size() * n_baseline);
  std::size_t integration = 0;
  for (std::size_t row = 0; row < header.time_mjd_s.size(); ++row) {
    if (row == 0 || header.time_mjd_s[row] != header.time_mjd_s[row - 1])
      integration = integration_at(timeline, header.time_mjd_s[row]);
    if (integration == timeline.time_mjd_s.size()) continue;
    const std::int32_t p = header.station1[row];
    const std::int32_t q = header.station2[row];
    const auto [low, high] = std::minmax(p, q);
    const std::int32_t slot =
        slot_of_pair[static_cast<std::size_t>(low) * n_station + static_cast<std::size_t>(high)];
    if (slot < 0) continue;
    RowSource& entry = source[integration * n_baseline + static_cast<std::size_t>(slot)];
    if (entry.row >= 0)
      throw DataError(header.summary.path + ": has baseline " + header.stations[low].name + "-" +
                      header.stations[high].name + " twice in integration " +
                      std::to_string(integration));
    entry = {static_cast<std::int32_t>(row), p > q};
  }
  return source;
}

}  // namespace contimg::convert
