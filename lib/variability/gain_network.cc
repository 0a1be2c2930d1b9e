// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/gain_network.h"

#include <numeric>

namespace contimg::variability {
namespace {

using Vector = std::vector<double>;

// Steps below this are rounding. To go on would be to follow its part along the free factor, where
// nothing holds it.
constexpr double kSmall = 1e-12;
constexpr int kMostSteps = 5000;

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

class Network {
 public:
  Network(std::size_t n_source, std::size_t n_epoch, const std::vector<Link>& links)
      : links_(links), source_weight_(n_source), epoch_weight_(n_epoch) {
    for (const Link& link : links) {
      source_weight_[link.source] += link.weight;
      epoch_weight_[link.epoch] += link.weight;
    }
  }

  // The epochs that fit best beside given sources.
  Vector epochs_beside(const Vector& source, bool with_values) const {
    Vector epoch(epoch_weight_.size());
    for (const Link& link : links_)
      epoch[link.epoch] += link.weight * ((with_values ? link.value : 0) - source[link.source]);
    return over(epoch, epoch_weight_);
  }

  // The slope at given sources, half of it and downwards, with the epochs at their best.
  Vector slope(const Vector& source, bool with_values) const {
    const Vector epoch = epochs_beside(source, with_values);
    Vector slope(source.size());
    for (const Link& link : links_)
      slope[link.source] +=
          link.weight * ((with_values ? link.value : 0) - source[link.source] - epoch[link.epoch]);
    return slope;
  }

  double total_weight() const {
    return std::accumulate(source_weight_.begin(), source_weight_.end(), 0.0);
  }
  Vector preconditioned(const Vector& slope) const { return over(slope, source_weight_); }

 private:
  static Vector over(Vector values, const Vector& weights) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = weights[i] > 0 ? values[i] / weights[i] : 0;
    return values;
  }

  const std::vector<Link>& links_;
  Vector source_weight_, epoch_weight_;
};

}  // namespace

// Source: Hestenes & Stiefel 1952, J. Res. NBS 49, 409, with the diagonal as preconditioner.
NetworkSolution solve_network(std::size_t n_source, std::size_t n_epoch,
                              const std::vector<Link>& links) {
  const Network network(n_source, n_epoch, links);
  Vector x(n_source), residual = network.slope(x, true);
  Vector direction = network.preconditioned(residual);
  double power = dot(residual, direction);
  const double enough = network.total_weight() * kSmall * kSmall;
  for (int step = 0; step < kMostSteps && power > enough; ++step) {
    const Vector change = network.slope(direction, false);
    const double bend = -dot(direction, change);
    if (!(bend > 0)) break;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] += power / bend * direction[i];
      residual[i] += power / bend * change[i];
    }
    const Vector next = network.preconditioned(residual);
    const double old_power = power;
    power = dot(residual, next);
    for (std::size_t i = 0; i < x.size(); ++i)
      direction[i] = next[i] + power / old_power * direction[i];
  }
  return {x, network.epochs_beside(x, true)};
}

}  // namespace contimg::variability
