// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/error.h"
#include "image/averaging_kernel.h"
#include "image/averaging_plan.h"
#include "image/averaging_source.h"
#include "image/averaging_writer.h"
#include "image/drift.h"
#include "image/injector.h"

namespace contimg::image {
namespace {

// [first hand, second hand]
std::array<std::size_t, 2> parallel_hands(const SetLayout& layout) {
  const ms::CorrelationTypes& types = layout.description.correlations;
  for (const auto& [first, second] : {std::pair<int, int>{9, 12}, {5, 8}}) {
    const auto a = std::find(types.begin(), types.end(), first);
    const auto b = std::find(types.begin(), types.end(), second);
    if (a != types.end() && b != types.end())
      return {static_cast<std::size_t>(a - types.begin()),
              static_cast<std::size_t>(b - types.begin())};
  }
  throw DataError(layout.path + ": has not both XX and YY, or RR and LL, expected both of a pair " +
                  "for Stokes I");
}

class Averager {
 public:
  Averager(const SetLayout& layout, const AveragingPlan& plan)
      : layout_(layout), plan_(plan), hands_(parallel_hands(layout)) {
    for (std::size_t set = 0; set < plan.channel_factors.size(); ++set) {
      const std::size_t n_channel = layout.frequency_hz.size() / plan.channel_factors[set];
      sums_.emplace_back(plan.n_row[set], n_channel);
    }
    centroids_.resize(plan.rows.size());
    integration_weight_.assign(layout.integration_mjd_s.size(), 0);
  }

  void add(const ms::CorrectedRows& rows) {
    for (std::size_t i = 0; i < rows.n_row; ++i) add_row(rows, i);
  }

  const std::vector<double>& integration_weight() const { return integration_weight_; }
  std::size_t n_good() const { return n_good_; }
  std::vector<SetSums>& sums() { return sums_; }
  const std::vector<Centroid>& centroids() const { return centroids_; }

 private:
  void add_row(const ms::CorrectedRows& rows, std::size_t i) {
    const std::size_t row = rows.first_row + i;
    if (plan_.row_of[row] < 0) return;
    const auto to = static_cast<std::size_t>(plan_.row_of[row]);
    const AveragingPlan::Row& averaged = plan_.rows[to];
    const std::size_t n_channel = layout_.n_window_channel;
    const std::size_t n_correlation = layout_.description.correlations.size();
    const std::size_t at = i * n_channel * n_correlation;
    const std::size_t factor = plan_.channel_factors[averaged.set];
    SetSums& sums = sums_[averaged.set];
    const auto window = static_cast<std::size_t>(layout_.keys.data_description[row]);
    const std::size_t place =
        averaged.row * sums.n_channel + layout_.first_channel[window] / factor;
    const SampledRow sampled{
        rows.corrected.data() + at,
        rows.flag.data() + at,
        rows.weight.data() + i * n_correlation,
        rows.weight_spectrum.size() == 0 ? nullptr : rows.weight_spectrum.data() + at,
        n_channel,
        n_correlation,
        hands_};
    const AddedWeight added = add_stokes_i(sampled, factor, scratch_, sums.sum.data() + place,
                                           sums.weight.data() + place);
    if (added.n_good == 0) return;
    n_good_ += added.n_good;
    integration_weight_[layout_.integration_of[row]] += added.weight;
    centroids_[to].add(layout_, row, added.weight);
  }

  const SetLayout& layout_;
  const AveragingPlan& plan_;
  std::array<std::size_t, 2> hands_;
  StokesScratch scratch_;
  std::vector<SetSums> sums_;
  std::vector<Centroid> centroids_;
  std::vector<double> integration_weight_;
  std::size_t n_good_ = 0;
};

void summarise(const SetLayout& layout, const Averager& averager, ImagingSets& result) {
  const std::vector<std::int32_t>&p = layout.keys.antenna1, &q = layout.keys.antenna2;
  for (std::size_t row = 0; row < p.size(); ++row)
    if (p[row] != q[row]) result.n_input += layout.n_window_channel;
  result.n_good = averager.n_good();
  result.integration_weight = averager.integration_weight();
  for (const double w : result.integration_weight) result.sum_of_weights += w;
  for (const ImagingSet& set : result.sets) {
    result.n_output += set.n_visibility();
    const std::size_t n_channel = set.frequency_hz.size();
    std::vector<double> weight(n_channel);
    for (std::size_t i = 0; i < set.weight.size(); ++i)
      weight[i % n_channel] += static_cast<double>(set.weight[i]);
    for (std::size_t c = 0; c < n_channel; ++c)
      result.channels.push_back({set.frequency_hz[c], weight[c]});
    for (const AveragedRow& row : set.rows) {
      const double lambda = std::hypot(row.uvw_m[0], row.uvw_m[1]) / astro::kSpeedOfLight;
      result.longest_uv_lambda =
          std::max(result.longest_uv_lambda, lambda * layout.highest_frequency_hz());
      result.shortest_uv_lambda =
          std::min(result.shortest_uv_lambda, lambda * layout.frequency_hz.front());
    }
  }
}

void require_signal(const SetLayout& layout, const Averager& averager, DataOrigin origin,
                    const std::vector<SetSums>& all) {
  if (averager.n_good() == 0)
    throw DataError(layout.path + ": every visibility is flagged or has no weight, expected some " +
                    "good ones; see what flag-ms and calibrate-ms report");
  for (const SetSums& sums : all)
    for (const std::complex<float>& v : sums.sum)
      if (std::abs(v.real()) + std::abs(v.imag()) > 0) return;
  throw DataError(layout.path + ": " +
                  (origin == DataOrigin::corrected_column ? "CORRECTED_DATA" : "DATA") +
                  " is zero everywhere, expected visibilities; run calibrate-ms again");
}

}  // namespace

ImagingSets average_for_imaging(const std::string& ms_path, const std::string& folder,
                                const AveragingSettings& settings,
                                const AveragingObserver& observer) {
  const auto begun = Clock::now();
  const ms::Reader set(ms_path);
  const DataOrigin origin = choose_origin(set, settings);
  const SetLayout layout = layout_of(set);
  const AveragingPlan plan = plan_averaging(layout, settings);
  Averager averager(layout, plan);
  std::optional<Injector> injector;
  if (!settings.injected.empty())
    injector.emplace(layout, parallel_hands(layout), settings.injected,
                     settings.drift.earth_orientation, settings.n_thread);
  for_each_block(set, origin, settings, [&](const ms::CorrectedRows& rows) {
    if (observer.check) observer.check();
    averager.add(injector ? injector->with_sources(rows) : rows);
    if (observer.progress) observer.progress(rows.first_row + rows.n_row, set.n_row());
  });
  require_signal(layout, averager, origin, averager.sums());
  ImagingSets result;
  result.n_steady = hold_steady(layout, plan, averager.centroids(), averager.integration_weight(),
                                drifting_sources(layout, settings.drift), settings.drift,
                                averager.sums(), observer.check);
  result.origin = origin;
  result.tables = tables_of(set, origin, settings);
  result.phase_centre = layout.phase_centre;
  result.integration_s = layout.integration_s;
  result.channel_width_hz = layout.channel_width_hz;
  result.bandwidth_hz = layout.bandwidth_hz();
  result.middle_frequency_hz = layout.middle_frequency_hz();
  result.dish_diameter_m = layout.dish_diameter_m;
  result.pointings = layout.description.pointings;
  result.integration_mjd_s = layout.integration_mjd_s;
  result.largest_loss = plan.largest_loss;
  result.sets =
      write_sets(folder, layout, plan, averager.centroids(), averager.sums(), observer.check);
  summarise(layout, averager, result);
  result.seconds = seconds_since(begun);
  return result;
}

}  // namespace contimg::image
