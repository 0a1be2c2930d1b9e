// SPDX-License-Identifier: GPL-3.0-or-later
// Antennas and channels of which too much is flagged: found, the worst antenna first, and flagged whole.
#include <algorithm>

#include "rfi/rules.h"

namespace contimg::rfi {
namespace {

// How much of each baseline, and of each channel of it, is flagged.
class Counts {
 public:
  Counts(const Observation& observation, const Flags& flags)
      : observation_(observation),
        flagged_(observation.n_baseline() * observation.n_channel()),
        whole_(static_cast<double>(observation.n_time() * observation.n_correlation)) {
    for (std::size_t t = 0; t < observation.n_time(); ++t)
      for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
        const Span<const Reason> row = flags.row(t, b);
        std::uint32_t* count = &flagged_[b * observation.n_channel()];
        for (std::size_t i = 0; i < row.size(); ++i)
          count[i / observation.n_correlation] += row[i] != Reason::none;
      }
  }

  double share(std::size_t baseline, std::size_t channel) const {
    return flagged_[baseline * observation_.n_channel() + channel] / whole_;
  }

  // Over the baselines of live antennas.
  std::vector<double> channel_shares(const std::vector<char>& dead) const {
    std::vector<double> sum(observation_.n_channel());
    std::size_t n = 0;
    for (std::size_t b = 0; b < observation_.n_baseline(); ++b) {
      if (!counts(b, dead)) continue;
      ++n;
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += share(b, c);
    }
    for (double& value : sum) value /= static_cast<double>(std::max<std::size_t>(n, 1));
    return sum;
  }

  // Of an antenna: over its baselines with live ones, over the channels that are used. -1: none.
  std::vector<double> antenna_shares(const std::vector<char>& dead,
                                     const std::vector<std::size_t>& used) const {
    std::vector<double> sum(observation_.antennas.size()), n(sum.size());
    for (std::size_t b = 0; b < observation_.n_baseline(); ++b) {
      if (!counts(b, dead)) continue;
      double flagged = 0;
      for (const std::size_t c : used) flagged += share(b, c);
      for (const std::size_t a : {observation_.antenna1[b], observation_.antenna2[b]}) {
        sum[a] += flagged;
        n[a] += static_cast<double>(used.size());
      }
    }
    for (std::size_t a = 0; a < sum.size(); ++a) sum[a] = n[a] > 0 ? sum[a] / n[a] : -1;
    return sum;
  }

 private:
  bool counts(std::size_t b, const std::vector<char>& dead) const {
    return !observation_.is_auto(b) && !dead[observation_.antenna1[b]] &&
           !dead[observation_.antenna2[b]];
  }

  const Observation& observation_;
  std::vector<std::uint32_t> flagged_;  // [baseline, channel]
  double whole_;
};

std::vector<std::size_t> channels_in_use(const Counts& counts, std::size_t n_antenna) {
  const std::vector<double> shares = counts.channel_shares(std::vector<char>(n_antenna));
  std::vector<std::size_t> used;
  for (std::size_t c = 0; c < shares.size(); ++c)
    if (shares[c] < 1) used.push_back(c);
  return used;
}

// One that is flagged whole is dead in any company, and its baselines then count no longer
// against the rest. The others go one by one, the worst first.
std::vector<char> find_dead_antennas(const Counts& counts, std::size_t n_antenna, double limit) {
  std::vector<char> dead(n_antenna);
  const std::vector<std::size_t> used = channels_in_use(counts, n_antenna);
  if (used.empty()) return dead;
  while (true) {
    const std::vector<double> shares = counts.antenna_shares(dead, used);
    const auto worst = std::max_element(shares.begin(), shares.end());
    if (worst == shares.end() || *worst <= limit) return dead;
    for (std::size_t a = 0; a < n_antenna; ++a)
      if (shares[a] >= *worst && shares[a] > limit) dead[a] = 1;
  }
}

}  // namespace

Dead flag_dead(const Observation& observation, const DeadLimits& limits, Flags& flags) {
  const Counts counts(observation, flags);
  const std::vector<char> is_dead =
      find_dead_antennas(counts, observation.antennas.size(), limits.antenna);
  Dead dead;
  for (std::size_t a = 0; a < is_dead.size(); ++a)
    if (is_dead[a]) dead.antennas.push_back(a);
  const std::vector<double> shares = counts.channel_shares(is_dead);
  for (std::size_t c = 0; c < shares.size(); ++c)
    if (shares[c] > limits.channel) dead.channels.push_back(c);

  for (std::size_t t = 0; t < observation.n_time(); ++t)
    for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
      const Span<Reason> row = flags.row(t, b);
      if (is_dead[observation.antenna1[b]] || is_dead[observation.antenna2[b]])
        flag_all(row, Reason::dead_antenna);
      for (const std::size_t c : dead.channels)
        flag_all({row.data() + c * observation.n_correlation, observation.n_correlation},
                 Reason::dead_channel);
    }
  return dead;
}

}  // namespace contimg::rfi
