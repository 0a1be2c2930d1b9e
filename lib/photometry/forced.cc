// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/forced.h"

#include <algorithm>
#include <cmath>

#include "photometry/bands.h"
#include "photometry/cholesky.h"
#include "photometry/neighbours.h"

namespace contimg::photometry {
namespace {

// More than that are not solved as one: each is then solved with its nearest neighbours.
constexpr std::size_t kMostJoint = 24;
// What must be left of a position's information beside its neighbours', or the two have one flux
// density: positions of equal sources are 0.13 beams apart then, and errors 5 times larger.
constexpr double kLeastOwn = 0.04;
constexpr double kEdgeLevel = 1.526e-5;  // of the beam at two widths: 2^-16

struct Sample {
  std::size_t x, y;
  double value, weight, rms;
};

double support_level(const ForcedSettings& settings) {
  return std::exp(-4 * std::log(2.0) * settings.support_beams * settings.support_beams);
}

// Everything that is the same for all positions.
class Estimator {
 public:
  Estimator(const Plane& plane, const Background& background, const NoiseCorrelation& noise,
            const Ellipse& beam, const std::vector<fits::Pixel>& positions,
            const ForcedSettings& settings)
      : plane_(plane),
        background_(background),
        noise_(noise),
        form_(beam.form()),
        positions_(positions),
        level_(support_level(settings)),
        half_x_(beam.half_width_px(level_)),
        half_y_(beam.half_height_px(level_)),
        edge_x_(static_cast<std::ptrdiff_t>(beam.half_width_px(kEdgeLevel))),
        edge_y_(static_cast<std::ptrdiff_t>(beam.half_height_px(kEdgeLevel))) {}

  // What can be said of a position alone.
  ForcedFlux inspect(const fits::Pixel& at) const;
  // Solves `members`, and writes the results of the first `n_wanted` of them.
  void solve(std::vector<std::size_t> members, std::size_t n_wanted,
             std::vector<ForcedFlux>& results) const;

 private:
  void add_samples(const fits::Pixel& at, std::vector<Sample>& samples, std::size_t* n_blank) const;
  std::vector<Sample> samples_of(const std::vector<std::size_t>& members) const;
  // [member][sample]
  std::vector<std::vector<double>> model(const std::vector<std::size_t>& members,
                                         const std::vector<Sample>& samples) const;
  // Variance of each flux.
  std::vector<double> variances(const std::vector<Sample>& samples,
                                const std::vector<std::vector<double>>& kernels,
                                const Cholesky& normal) const;
  double misfit(const std::vector<double>& kernel, const std::vector<Sample>& samples,
                const std::vector<double>& left) const;

  const Plane& plane_;
  const Background& background_;
  const NoiseCorrelation& noise_;
  const Ellipse::Form form_;
  const std::vector<fits::Pixel>& positions_;
  const double level_, half_x_, half_y_;
  const std::ptrdiff_t edge_x_, edge_y_;
};

void Estimator::add_samples(const fits::Pixel& at, std::vector<Sample>& samples,
                            std::size_t* n_blank) const {
  const auto first = [](double v) { return static_cast<std::ptrdiff_t>(std::ceil(v)); };
  const double least = std::log(level_);
  for (std::ptrdiff_t y = first(at.y - half_y_); static_cast<double>(y) <= at.y + half_y_; ++y)
    for (std::ptrdiff_t x = first(at.x - half_x_); static_cast<double>(x) <= at.x + half_x_; ++x) {
      const double dx = static_cast<double>(x) - at.x, dy = static_cast<double>(y) - at.y;
      if (form_.exponent(dx, dy) < least) continue;
      const bool inside = plane_.holds(static_cast<double>(x), static_cast<double>(y));
      const auto u = static_cast<std::size_t>(x), v = static_cast<std::size_t>(y);
      if (!inside || !std::isfinite(plane_.at(u, v))) {
        if (n_blank != nullptr) ++*n_blank;
        continue;
      }
      const double rms = background_.rms(static_cast<double>(x), static_cast<double>(y));
      const double level = background_.level(static_cast<double>(x), static_cast<double>(y));
      samples.push_back({u, v, static_cast<double>(plane_.at(u, v)) - level, 1 / (rms * rms), rms});
    }
}

ForcedFlux Estimator::inspect(const fits::Pixel& at) const {
  ForcedFlux result;
  if (!plane_.holds(at.x, at.y) || !background_.known()) return result;
  result.rms = background_.rms(at.x, at.y);
  std::vector<Sample> samples;
  std::size_t n_blank = 0;
  add_samples(at, samples, &n_blank);
  const auto x = std::lround(at.x), y = std::lround(at.y);
  const bool own =
      std::isfinite(plane_.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y)));
  result.state = own && n_blank <= samples.size() ? ForcedState::measured : ForcedState::blank;
  for (const std::ptrdiff_t dy : {-edge_y_, std::ptrdiff_t{0}, edge_y_})
    for (const std::ptrdiff_t dx : {-edge_x_, std::ptrdiff_t{0}, edge_x_}) {
      const bool inside = plane_.holds(static_cast<double>(x + dx), static_cast<double>(y + dy));
      if (!inside || !std::isfinite(plane_.at(static_cast<std::size_t>(x + dx),
                                              static_cast<std::size_t>(y + dy))))
        result.touches_blank = true;
    }
  return result;
}

std::vector<Sample> Estimator::samples_of(const std::vector<std::size_t>& members) const {
  std::vector<Sample> samples;
  for (const std::size_t member : members) add_samples(positions_[member], samples, nullptr);
  const auto place = [](const Sample& s) { return std::make_pair(s.y, s.x); };
  std::sort(samples.begin(), samples.end(),
            [&](const Sample& a, const Sample& b) { return place(a) < place(b); });
  samples.erase(std::unique(samples.begin(), samples.end(),
                            [&](const Sample& a, const Sample& b) { return place(a) == place(b); }),
                samples.end());
  return samples;
}

std::vector<std::vector<double>> Estimator::model(const std::vector<std::size_t>& members,
                                                  const std::vector<Sample>& samples) const {
  std::vector<std::vector<double>> kernels;
  for (const std::size_t member : members) {
    const fits::Pixel& at = positions_[member];
    kernels.emplace_back();
    for (const Sample& s : samples)
      kernels.back().push_back(
          form_(static_cast<double>(s.x) - at.x, static_cast<double>(s.y) - at.y));
  }
  return kernels;
}

std::vector<double> Estimator::variances(const std::vector<Sample>& samples,
                                         const std::vector<std::vector<double>>& kernels,
                                         const Cholesky& normal) const {
  const std::size_t n = kernels.size();
  // Each flux as a sum over pixels: rows of A^-1 K^T W, times the pixels' rms.
  std::vector<std::vector<double>> sums(n, std::vector<double>(samples.size(), 0.0));
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> unit(n, 0.0);
    unit[i] = 1;
    const std::vector<double> row = normal.solve(unit);
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t s = 0; s < samples.size(); ++s)
        sums[i][s] += row[j] * kernels[j][s] * samples[s].weight * samples[s].rms;
  }
  std::vector<double> result(n, 0.0);
  for (std::size_t a = 0; a < samples.size(); ++a)
    for (std::size_t b = a; b < samples.size(); ++b) {
      const double rho = noise_.at(
          static_cast<std::ptrdiff_t>(samples[b].x) - static_cast<std::ptrdiff_t>(samples[a].x),
          static_cast<std::ptrdiff_t>(samples[b].y) - static_cast<std::ptrdiff_t>(samples[a].y));
      const double factor = a == b ? rho : 2 * rho;
      for (std::size_t i = 0; i < n; ++i) result[i] += factor * sums[i][a] * sums[i][b];
    }
  return result;
}

double Estimator::misfit(const std::vector<double>& kernel, const std::vector<Sample>& samples,
                         const std::vector<double>& left) const {
  double sum = 0, count = 0;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    if (kernel[s] < level_) continue;
    sum += left[s] * left[s] * samples[s].weight;
    ++count;
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

void Estimator::solve(std::vector<std::size_t> members, std::size_t n_wanted,
                      std::vector<ForcedFlux>& results) const {
  const std::vector<std::size_t> wanted(members.begin(),
                                        members.begin() + static_cast<std::ptrdiff_t>(n_wanted));
  const std::vector<Sample> samples = samples_of(members);
  std::vector<std::vector<double>> kernels = model(members, samples);
  const auto normal_of = [&] {
    Matrix normal(kernels.size());
    for (std::size_t i = 0; i < kernels.size(); ++i)
      for (std::size_t j = 0; j <= i; ++j)
        for (std::size_t s = 0; s < samples.size(); ++s)
          normal(i, j) += kernels[i][s] * kernels[j][s] * samples[s].weight;
    return normal;
  };
  const Cholesky first(normal_of(), kLeastOwn);
  std::vector<std::size_t> own, absorbed;
  std::vector<std::vector<double>> own_kernels;
  for (std::size_t i = 0; i < members.size(); ++i) {
    (first.bad(i) ? absorbed : own).push_back(members[i]);
    if (!first.bad(i)) own_kernels.push_back(std::move(kernels[i]));
  }
  kernels = std::move(own_kernels);
  const Cholesky normal(normal_of());
  std::vector<double> right;
  for (const std::vector<double>& kernel : kernels) {
    right.push_back(0);
    for (std::size_t s = 0; s < samples.size(); ++s)
      right.back() += kernel[s] * samples[s].value * samples[s].weight;
  }
  const std::vector<double> flux = normal.solve(right);
  const std::vector<double> variance = variances(samples, kernels, normal);
  std::vector<double> left;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    left.push_back(samples[s].value);
    for (std::size_t i = 0; i < own.size(); ++i) left[s] -= flux[i] * kernels[i][s];
  }
  const auto is_wanted = [&](std::size_t member) {
    return std::find(wanted.begin(), wanted.end(), member) != wanted.end();
  };
  const auto write = [&](std::size_t member, std::size_t i, ForcedState state) {
    ForcedFlux& result = results[member];
    result.state = state;
    result.flux = flux[i];
    result.error = std::sqrt(std::max(variance[i], 0.0));
    result.misfit = misfit(kernels[i], samples, left);
    result.n_joint = members.size();
  };
  for (std::size_t i = 0; i < own.size(); ++i)
    if (is_wanted(own[i])) write(own[i], i, ForcedState::measured);
  for (const std::size_t member : absorbed) {
    std::size_t nearest = 0;
    const auto distance = [&](std::size_t i) {
      return std::hypot(positions_[own[i]].x - positions_[member].x,
                        positions_[own[i]].y - positions_[member].y);
    };
    for (std::size_t i = 1; i < own.size(); ++i)
      if (distance(i) < distance(nearest)) nearest = i;
    if (!is_wanted(member)) continue;
    write(member, nearest, ForcedState::inseparable);
    results[member].nearest = own[nearest];
  }
}

// The position first, then its nearest neighbours.
std::vector<std::size_t> nearest_to(std::size_t member, const Neighbours& neighbours,
                                    const std::vector<fits::Pixel>& positions,
                                    const std::vector<ForcedFlux>& results) {
  std::vector<std::pair<double, std::size_t>> near;
  for (const std::size_t i : neighbours.near(positions[member]))
    if (i != member && results[i].state == ForcedState::measured)
      near.emplace_back(
          std::hypot(positions[i].x - positions[member].x, positions[i].y - positions[member].y),
          i);
  std::sort(near.begin(), near.end());
  std::vector<std::size_t> members = {member};
  for (std::size_t i = 0; i < std::min(near.size(), kMostJoint - 1); ++i)
    members.push_back(near[i].second);
  return members;
}

}  // namespace

std::size_t noise_reach_px(const Ellipse& beam, const ForcedSettings& settings) {
  const double level = support_level(settings);
  return static_cast<std::size_t>(
      std::ceil(2 * std::max(beam.half_width_px(level), beam.half_height_px(level))));
}

std::vector<ForcedFlux> forced_fluxes(const Plane& plane, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const std::vector<fits::Pixel>& positions,
                                      const ForcedSettings& settings) {
  const Estimator estimator(plane, background, noise, beam, positions, settings);
  std::vector<ForcedFlux> results;
  for (const fits::Pixel& position : positions) results.push_back(estimator.inspect(position));
  const Neighbours neighbours(positions, settings.joint_beams * beam.major_px);
  std::vector<std::vector<std::size_t>> clusters;
  for (std::vector<std::size_t>& all : neighbours.clusters()) {
    all.erase(
        std::remove_if(all.begin(), all.end(),
                       [&](std::size_t i) { return results[i].state != ForcedState::measured; }),
        all.end());
    if (!all.empty()) clusters.push_back(std::move(all));
  }
  const std::vector<ForcedFlux> inspected = results;
  for_each_index(clusters.size(), settings.n_thread, [&](std::size_t i) {
    const std::vector<std::size_t>& members = clusters[i];
    if (members.size() <= kMostJoint) return estimator.solve(members, members.size(), results);
    for (const std::size_t member : members)
      estimator.solve(nearest_to(member, neighbours, positions, inspected), 1, results);
  });
  return results;
}

}  // namespace contimg::photometry
