// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/statistics.h"

#include <algorithm>
#include <limits>

namespace contimg::rfi {
namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// Sums over samples; turned into shares at the end.
class Counter {
 public:
  Counter(const Observation& observation, const Dead& dead)
      : observation_(observation),
        is_dead_(observation.antennas.size()),
        per_channel_(observation.n_channel()),
        antenna_(observation.antennas.size()),
        antenna_whole_(observation.antennas.size()) {
    for (const std::size_t a : dead.antennas) is_dead_[a] = 1;
    result_.dead = dead;
    result_.by_channel.resize(observation.n_channel());
    result_.by_baseline.assign(observation.n_baseline(), std::numeric_limits<double>::quiet_NaN());
    result_.by_time_channel.resize(observation.n_time() * observation.n_channel());
  }

  void add(const Flags& flags, std::size_t b) {
    const std::size_t first = observation_.antenna1[b], second = observation_.antenna2[b];
    const bool live = !is_dead_[first] && !is_dead_[second];
    double flagged = 0;
    for (std::size_t t = 0; t < observation_.n_time(); ++t)
      flagged += add_row(flags.row(t, b), live, t);
    const double whole = row_size() * static_cast<double>(observation_.n_time());
    result_.by_baseline[b] = ratio(flagged, whole);
    n_baseline_ += 1;
    n_live_ += live;
    if (live) flagged_live_ += flagged;
    // A dead antenna's own share is taken over its baselines with live ones.
    for (const auto& [a, other] : {std::pair{first, second}, std::pair{second, first}}) {
      if (is_dead_[other]) continue;
      antenna_[a] += flagged;
      antenna_whole_[a] += whole;
    }
  }

  Statistics finish() {
    const double times = static_cast<double>(observation_.n_time());
    const double whole = n_baseline_ * times * row_size();
    for (double& share : result_.by_reason) share = ratio(share, whole);
    result_.raw_share = whole > 0 ? 1 - result_.by_reason[0] : 0;
    result_.live_share = ratio(flagged_live_, n_live_ * times * row_size());
    result_.lost_share = ratio(lost_, n_live_ * times * row_size() - before_);
    const double per_sample = n_live_ * static_cast<double>(observation_.n_correlation);
    for (std::size_t i = 0; i < result_.by_time_channel.size(); ++i) {
      double& share = result_.by_time_channel[i];
      share = ratio(share, per_sample);
      result_.by_channel[i % observation_.n_channel()] += share / times;
    }
    for (std::size_t a = 0; a < antenna_.size(); ++a)
      result_.by_antenna.push_back(antenna_whole_[a] > 0
                                       ? antenna_[a] / antenna_whole_[a]
                                       : std::numeric_limits<double>::quiet_NaN());
    return result_;
  }

 private:
  double row_size() const {
    return static_cast<double>(observation_.n_channel() * observation_.n_correlation);
  }

  double add_row(Span<const Reason> row, bool live, std::size_t t) {
    std::array<std::size_t, kReasonCount> n{};
    std::fill(per_channel_.begin(), per_channel_.end(), 0);
    for (std::size_t i = 0; i < row.size(); ++i) {
      ++n[static_cast<std::size_t>(row[i])];
      per_channel_[i / observation_.n_correlation] += row[i] != Reason::none;
    }
    for (std::size_t r = 0; r < kReasonCount; ++r)
      result_.by_reason[r] += static_cast<double>(n[r]);
    const double flagged = static_cast<double>(row.size() - n[0]);
    if (!live) return flagged;
    const double before = static_cast<double>(n[static_cast<std::size_t>(Reason::before)]);
    before_ += before;
    lost_ += flagged - before;
    double* sum = &result_.by_time_channel[t * observation_.n_channel()];
    for (std::size_t c = 0; c < per_channel_.size(); ++c) sum[c] += per_channel_[c];
    return flagged;
  }

  const Observation& observation_;
  std::vector<char> is_dead_;
  std::vector<int> per_channel_;
  std::vector<double> antenna_, antenna_whole_;
  double n_baseline_ = 0, n_live_ = 0, flagged_live_ = 0, before_ = 0, lost_ = 0;
  Statistics result_;
};

}  // namespace

Statistics count(const Observation& observation, const Flags& flags, const Dead& dead) {
  Counter counter(observation, dead);
  for (std::size_t b = 0; b < observation.n_baseline(); ++b)
    if (!observation.is_auto(b)) counter.add(flags, b);
  return counter.finish();
}

}  // namespace contimg::rfi
