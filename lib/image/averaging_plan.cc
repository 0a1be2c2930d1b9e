// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "astro/constants.h"
#include "image/smearing.h"

namespace contimg::image {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max() / 1'000'000;

std::vector<std::size_t> divisors(std::size_t n) {
  std::vector<std::size_t> found;
  for (std::size_t d = 1; d <= n; ++d)
    if (n % d == 0) found.push_back(d);
  return found;
}

// What a baseline may be averaged over.
struct BaselineChoice {
  std::vector<std::int8_t> quadrant;       // [integration] of (u, v); 0 where there is no row
  std::vector<IntegrationRun> runs;        // that may be averaged
  std::vector<SmearingBound> bounds;       // at the beginning, the middle and the end
  std::vector<std::size_t> n_integration;  // [divisor] most that may be averaged; 0: none
  std::vector<std::size_t> n_visibility;   // [divisor] that are left
  double loss(std::size_t n_channel, std::size_t n_time) const {
    double worst = 0;
    for (const SmearingBound& bound : bounds)
      worst = std::max(worst, bound.loss(n_channel, n_time));
    return worst;
  }
};

// Imagers count how dense the uv plane is in cells with borders along u = 0 and v = 0, and there the
// tracks of northward and eastward baselines have their middles: halves count in one cell each, but
// averages of whole tracks all in one, and robust weights would be others than those of the data.
std::vector<IntegrationRun> runs_in_one_quadrant(const std::vector<IntegrationRun>& runs,
                                                 const std::vector<std::int8_t>& quadrant) {
  std::vector<IntegrationRun> parts;
  for (const IntegrationRun& run : runs) {
    parts.push_back({run.first, run.first + 1});
    std::int8_t now = quadrant[run.first];
    for (std::size_t i = run.first + 1; i < run.last; ++i) {
      if (quadrant[i] != 0 && now != 0 && quadrant[i] != now) parts.push_back({i, i});
      if (quadrant[i] != 0) now = quadrant[i];
      parts.back().last = i + 1;
    }
  }
  return parts;
}

using Baselines = std::map<std::pair<std::int32_t, std::int32_t>, BaselineChoice>;

class AveragingChooser {
 public:
  AveragingChooser(const SetLayout& layout, const AveragingSettings& settings)
      : layout_(layout),
        settings_(settings),
        runs_(runs_of(layout)),
        factors_(divisors(layout.n_window_channel)) {
    for (const IntegrationRun& run : runs_)
      longest_run_ = std::max(longest_run_, run.last - run.first);
    find_baselines();
    for (auto& [pair, baseline] : baselines_) {
      baseline.runs = runs_in_one_quadrant(runs_, baseline.quadrant);
      weigh(baseline);
    }
  }

  AveragingPlan plan() {
    AveragingPlan plan;
    const std::vector<std::size_t> chosen = choose_factors();
    for (auto d = chosen.rbegin(); d != chosen.rend(); ++d)
      plan.channel_factors.push_back(factors_[*d]);
    plan.n_row.assign(chosen.size(), 0);
    plan.row_of.assign(layout_.integration_of.size(), -1);
    assign_rows(chosen, plan);
    return plan;
  }

 private:
  bool is_wanted(std::size_t row) const {
    if (layout_.keys.antenna1[row] == layout_.keys.antenna2[row]) return false;
    const double* const uvw = layout_.keys.uvw_m.data() + 3 * row;
    const double lambda =
        std::hypot(uvw[0], uvw[1]) * layout_.middle_frequency_hz() / astro::kSpeedOfLight;
    return lambda >= settings_.min_uv_lambda;
  }

  // A baseline turns little in a group, but a set of hours is not worth another method.
  void find_baselines() {
    const std::size_t last = layout_.integration_mjd_s.size() - 1;
    const std::size_t sampled[] = {0, last / 4, last / 2, last - last / 4, last};
    for (std::size_t row = 0; row < layout_.integration_of.size(); ++row) {
      const std::int32_t p = layout_.keys.antenna1[row], q = layout_.keys.antenna2[row];
      if (p == q) continue;
      BaselineChoice& baseline = baselines_[{p, q}];
      const std::size_t integration = layout_.integration_of[row];
      baseline.quadrant.resize(last + 1);
      const double* const uvw = layout_.keys.uvw_m.data() + 3 * row;
      baseline.quadrant[integration] =
          static_cast<std::int8_t>(1 + (uvw[0] < 0 ? 1 : 0) + (uvw[1] < 0 ? 2 : 0));
      const bool wanted =
          std::find(std::begin(sampled), std::end(sampled), integration) != std::end(sampled);
      if (!wanted && !baseline.bounds.empty()) continue;
      const astro::Vector3 place = {uvw[0], uvw[1], uvw[2]};
      baseline.bounds.emplace_back(place, uvw_rate_m_s(place, layout_.phase_centre.dec_rad),
                                   settings_.field_radius_rad, layout_.highest_frequency_hz(),
                                   layout_.channel_width_hz, spacing_s());
    }
  }

  // From one integration to the next.
  double spacing_s() const {
    double longest_s = layout_.integration_s;
    for (const IntegrationRun& run : runs_)
      for (std::size_t i = run.first + 1; i < run.last; ++i)
        longest_s =
            std::max(longest_s, layout_.integration_mjd_s[i] - layout_.integration_mjd_s[i - 1]);
    return longest_s;
  }

  static std::size_t n_block(const BaselineChoice& baseline, std::size_t n_integration) {
    std::size_t n = 0;
    for (const IntegrationRun& run : baseline.runs)
      n += (run.last - run.first + n_integration - 1) / n_integration;
    return n;
  }

  void weigh(BaselineChoice& baseline) const {
    const std::size_t n_channel = layout_.frequency_hz.size();
    for (const std::size_t factor : factors_) {
      std::size_t good = 0, bad = longest_run_ + 1;
      if (factor == 1) good = 1;
      while (good + 1 < bad) {
        const std::size_t middle = (good + bad) / 2;
        (baseline.loss(factor, middle) <= settings_.max_smearing ? good : bad) = middle;
      }
      baseline.n_integration.push_back(good);
      baseline.n_visibility.push_back(good == 0 ? kNever
                                                : n_channel / factor * n_block(baseline, good));
    }
  }

  static std::size_t best_of(const BaselineChoice& baseline,
                             const std::vector<std::size_t>& chosen) {
    return *std::min_element(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
      return baseline.n_visibility[a] < baseline.n_visibility[b];
    });
  }

  std::size_t cost(const std::vector<std::size_t>& chosen) const {
    std::size_t n = chosen.size() * settings_.set_cost_visibilities;
    for (const auto& [pair, baseline] : baselines_)
      n += baseline.n_visibility[best_of(baseline, chosen)];
    return n;
  }

  // Adds, exchanges and drops factors for as long as that pays.
  std::vector<std::size_t> choose_factors() const {
    std::vector<std::size_t> chosen = {0};
    std::size_t lowest = cost(chosen);
    const auto conquadrantr = [&](std::vector<std::size_t> other, std::vector<std::size_t>& best) {
      std::sort(other.begin(), other.end());
      other.erase(std::unique(other.begin(), other.end()), other.end());
      const std::size_t found = cost(other);
      if (found >= lowest) return;
      lowest = found;
      best = std::move(other);
    };
    while (true) {
      std::vector<std::size_t> best = chosen;
      for (std::size_t d = 0; d < factors_.size(); ++d) {
        for (std::size_t i = 0; i < chosen.size(); ++i) {
          std::vector<std::size_t> other = chosen;
          other[i] = d;
          conquadrantr(other, best);
        }
        std::vector<std::size_t> more = chosen;
        more.push_back(d);
        if (chosen.size() < std::max<std::size_t>(1, settings_.max_sets)) conquadrantr(more, best);
      }
      if (best == chosen) return chosen;
      chosen = best;
    }
  }

  void assign_rows(const std::vector<std::size_t>& chosen, AveragingPlan& plan) const {
    const std::size_t n_integration = layout_.integration_mjd_s.size();
    // [integration] averaged row, of one baseline
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::int32_t>> places;
    for (const auto& [pair, baseline] : baselines_) {
      const std::size_t divisor = best_of(baseline, chosen);
      const auto set = static_cast<std::uint32_t>(
          chosen.size() - 1 -
          static_cast<std::size_t>(std::find(chosen.begin(), chosen.end(), divisor) -
                                   chosen.begin()));
      std::vector<std::int32_t>& place = places[pair];
      place.resize(n_integration);
      std::size_t most = 1;
      for (const IntegrationRun& run : baseline.runs) {
        const std::size_t n = run.last - run.first;
        const std::size_t n_part =
            (n + baseline.n_integration[divisor] - 1) / baseline.n_integration[divisor];
        for (std::size_t part = 0; part < n_part; ++part) {
          const std::size_t begin = part * n / n_part, end = (part + 1) * n / n_part;
          for (std::size_t i = begin; i < end; ++i)
            place[run.first + i] = static_cast<std::int32_t>(plan.rows.size());
          most = std::max(most, end - begin);
          plan.rows.push_back({set, static_cast<std::uint32_t>(plan.n_row[set]++), pair.first,
                               pair.second, static_cast<std::uint32_t>(run.first + begin),
                               static_cast<std::uint32_t>(end - begin)});
        }
      }
      plan.largest_loss = std::max(plan.largest_loss, baseline.loss(factors_[divisor], most));
    }
    for (std::size_t row = 0; row < plan.row_of.size(); ++row)
      if (is_wanted(row))
        plan.row_of[row] = places[{layout_.keys.antenna1[row], layout_.keys.antenna2[row]}]
                                 [layout_.integration_of[row]];
  }

  const SetLayout& layout_;
  const AveragingSettings& settings_;
  std::vector<IntegrationRun> runs_;
  std::vector<std::size_t> factors_;
  std::size_t longest_run_ = 1;
  Baselines baselines_;
};

}  // namespace

std::vector<IntegrationRun> runs_of(const SetLayout& layout) {
  const std::vector<double>& times = layout.integration_mjd_s;
  std::vector<IntegrationRun> runs = {{0, 1}};
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (times[i] - times[i - 1] > 1.5 * layout.integration_s)
      runs.push_back({i, i + 1});
    else
      runs.back().last = i + 1;
  }
  return runs;
}

AveragingPlan plan_averaging(const SetLayout& layout, const AveragingSettings& settings) {
  return AveragingChooser(layout, settings).plan();
}

}  // namespace contimg::image
