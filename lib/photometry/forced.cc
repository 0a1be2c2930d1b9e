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
constexpr double kOwnBeams = 1;          // A source's components are nearer.
constexpr double kEdgeLevel = 1.526e-5;  // of the beam at two widths: 2^-16

struct Sample {
  std::size_t x, y;
  double value, weight, rms;
};

using Members = std::vector<std::size_t>;
using Samples = std::vector<Sample>;
using Kernels = std::vector<std::vector<double>>;  // [member][sample]

constexpr double kLeastSupport = 0.2, kMostSupport = 0.6, kSupportStep = 0.05;
constexpr std::size_t kLeastPixels = 9;

Matrix normal_of(const Kernels& kernels, const Samples& samples) {
  Matrix normal(kernels.size());
  for (std::size_t i = 0; i < kernels.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j)
      for (std::size_t s = 0; s < samples.size(); ++s)
        normal(i, j) += kernels[i][s] * kernels[j][s] * samples[s].weight;
  return normal;
}

std::vector<double> solve_for(const Kernels& kernels, const Cholesky& normal,
                              const Samples& samples) {
  std::vector<double> right;
  for (const std::vector<double>& kernel : kernels) {
    right.push_back(0);
    for (std::size_t s = 0; s < samples.size(); ++s)
      right.back() += kernel[s] * samples[s].value * samples[s].weight;
  }
  return normal.solve(right);
}

std::vector<fits::Pixel> places_of(const std::vector<Component>* components) {
  std::vector<fits::Pixel> places;
  if (components != nullptr)
    for (const Component& component : *components) places.push_back({component.x, component.y});
  return places;
}

// Of each flux, under noise of this correlation.
std::vector<double> variances(const Kernels& kernels, const Cholesky& normal,
                              const Samples& samples, const NoiseCorrelation& noise) {
  const std::size_t n = kernels.size();
  // Each flux as a sum over pixels: rows of A^-1 K^T W, times the pixels' rms.
  Kernels sums(n, std::vector<double>(samples.size(), 0.0));
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
      const double rho = noise.at(
          static_cast<std::ptrdiff_t>(samples[b].x) - static_cast<std::ptrdiff_t>(samples[a].x),
          static_cast<std::ptrdiff_t>(samples[b].y) - static_cast<std::ptrdiff_t>(samples[a].y));
      const double factor = a == b ? rho : 2 * rho;
      for (std::size_t i = 0; i < n; ++i) result[i] += factor * sums[i][a] * sums[i][b];
    }
  return result;
}

// Everything that is the same for all positions.
class Estimator {
 public:
  Estimator(const CleanedImage& image, const Background& background, const NoiseCorrelation& noise,
            const Ellipse& beam, const std::vector<fits::Pixel>& positions, double support_beams)
      : image_(image),
        background_(background),
        noise_(noise),
        form_(beam.form()),
        positions_(positions),
        level_(gaussian_level(support_beams)),
        half_x_(beam.half_width_px(level_)),
        half_y_(beam.half_height_px(level_)),
        edge_x_(static_cast<std::ptrdiff_t>(beam.half_width_px(kEdgeLevel))),
        edge_y_(static_cast<std::ptrdiff_t>(beam.half_height_px(kEdgeLevel))),
        component_places_(places_of(image.components)),
        components_(component_places_, kOwnBeams * beam.major_px) {}

  // What can be said of a position alone.
  ForcedFlux inspect(const fits::Pixel& at) const;
  // Solves `members` together, and writes the results of the first `n_wanted` of them.
  void solve(const Members& members, std::size_t n_wanted, std::vector<ForcedFlux>& results) const;

 private:
  bool known(double x, double y) const {
    return image_.image.holds(x, y) &&
           std::isfinite(image_.image.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y)));
  }
  void add_samples(const fits::Pixel& at, Samples& samples, std::size_t* n_blank) const;
  Samples samples_of(const Members& members) const;
  // What the components say of the members, for they are not in the residual.
  void add_components(const Members& members, Samples& samples) const;
  Kernels kernels_of(const Members& members, const Samples& samples) const;
  // Height of a point source of 1 that is somewhere else.
  template <typename Place>
  double shape(const Sample& s, const Place& of) const {
    const double dx = static_cast<double>(s.x) - of.x, dy = static_cast<double>(s.y) - of.y;
    return image_.layered() ? image_.dirty_beam->at(dx, dy) : form_(dx, dy);
  }
  double misfit(const fits::Pixel& at, const Samples& samples,
                const std::vector<double>& rest) const;
  std::size_t nearest(std::size_t member, const Members& others) const;

  const CleanedImage& image_;
  const Background& background_;
  const NoiseCorrelation& noise_;
  const Ellipse::Form form_;
  const std::vector<fits::Pixel>& positions_;
  const double level_, half_x_, half_y_;
  const std::ptrdiff_t edge_x_, edge_y_;
  std::vector<fits::Pixel> component_places_;
  const Neighbours components_;
};

void Estimator::add_samples(const fits::Pixel& at, Samples& samples, std::size_t* n_blank) const {
  const double least = std::log(level_);
  for (double y = std::ceil(at.y - half_y_); y <= at.y + half_y_; ++y)
    for (double x = std::ceil(at.x - half_x_); x <= at.x + half_x_; ++x) {
      if (form_.exponent(x - at.x, y - at.y) < least) continue;
      if (!known(x, y)) {
        if (n_blank != nullptr) ++*n_blank;
        continue;
      }
      Sample s = {static_cast<std::size_t>(x), static_cast<std::size_t>(y), 0, 0, 0};
      s.rms = background_.rms(x, y);
      s.weight = 1 / (s.rms * s.rms);
      s.value = static_cast<double>(image_.noise().at(s.x, s.y)) - background_.level(x, y);
      samples.push_back(s);
    }
}

ForcedFlux Estimator::inspect(const fits::Pixel& at) const {
  ForcedFlux result;
  if (!image_.image.holds(at.x, at.y) || !background_.known()) return result;
  result.rms = background_.rms(at.x, at.y);
  Samples samples;
  std::size_t n_blank = 0;
  add_samples(at, samples, &n_blank);
  const double x = std::round(at.x), y = std::round(at.y);
  const bool good = known(x, y) && n_blank <= samples.size();
  result.state = good ? ForcedState::measured : ForcedState::blank;
  for (const std::ptrdiff_t dy : {-edge_y_, std::ptrdiff_t{0}, edge_y_})
    for (const std::ptrdiff_t dx : {-edge_x_, std::ptrdiff_t{0}, edge_x_})
      if (!known(x + static_cast<double>(dx), y + static_cast<double>(dy)))
        result.touches_blank = true;
  return result;
}

Samples Estimator::samples_of(const Members& members) const {
  Samples samples;
  for (const std::size_t member : members) add_samples(positions_[member], samples, nullptr);
  const auto place = [](const Sample& s) { return std::make_pair(s.y, s.x); };
  std::sort(samples.begin(), samples.end(),
            [&](const Sample& a, const Sample& b) { return place(a) < place(b); });
  samples.erase(std::unique(samples.begin(), samples.end(),
                            [&](const Sample& a, const Sample& b) { return place(a) == place(b); }),
                samples.end());
  return samples;
}

void Estimator::add_components(const Members& members, Samples& samples) const {
  if (!image_.layered()) return;
  const double least = std::log(gaussian_level(kOwnBeams));
  std::vector<std::size_t> own;
  for (const std::size_t member : members)
    for (const std::size_t i : components_.near(positions_[member]))
      if (form_.exponent((*image_.components)[i].x - positions_[member].x,
                         (*image_.components)[i].y - positions_[member].y) >= least)
        own.push_back(i);
  std::sort(own.begin(), own.end());
  own.erase(std::unique(own.begin(), own.end()), own.end());
  for (const std::size_t i : own)
    for (Sample& s : samples)
      s.value += (*image_.components)[i].flux * shape(s, (*image_.components)[i]);
}

Kernels Estimator::kernels_of(const Members& members, const Samples& samples) const {
  Kernels kernels;
  for (const std::size_t member : members) {
    kernels.emplace_back();
    for (const Sample& s : samples) kernels.back().push_back(shape(s, positions_[member]));
  }
  return kernels;
}

double Estimator::misfit(const fits::Pixel& at, const Samples& samples,
                         const std::vector<double>& rest) const {
  double sum = 0, count = 0;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const double dx = static_cast<double>(samples[s].x) - at.x;
    const double dy = static_cast<double>(samples[s].y) - at.y;
    if (form_(dx, dy) < level_) continue;
    sum += rest[s] * rest[s] * samples[s].weight;
    ++count;
  }
  return count > 0 ? std::sqrt(sum / count) : 0;
}

std::size_t Estimator::nearest(std::size_t member, const Members& others) const {
  std::size_t best = 0;
  const auto distance = [&](std::size_t i) {
    return std::hypot(positions_[others[i]].x - positions_[member].x,
                      positions_[others[i]].y - positions_[member].y);
  };
  for (std::size_t i = 1; i < others.size(); ++i)
    if (distance(i) < distance(best)) best = i;
  return best;
}

void Estimator::solve(const Members& members, std::size_t n_wanted,
                      std::vector<ForcedFlux>& results) const {
  Samples samples = samples_of(members);
  add_components(members, samples);
  const Cholesky together(normal_of(kernels_of(members, samples), samples), kLeastOwn);
  Members own;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (!together.bad(i)) own.push_back(members[i]);
  const Kernels kernels = kernels_of(own, samples);
  const Cholesky normal(normal_of(kernels, samples));
  const std::vector<double> flux = solve_for(kernels, normal, samples);
  const std::vector<double> variance = variances(kernels, normal, samples, noise_);
  std::vector<double> rest;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    rest.push_back(samples[s].value);
    for (std::size_t i = 0; i < own.size(); ++i) rest[s] -= flux[i] * kernels[i][s];
  }
  for (std::size_t k = 0; k < n_wanted; ++k) {
    const auto found = std::find(own.begin(), own.end(), members[k]);
    const std::size_t i = found != own.end() ? static_cast<std::size_t>(found - own.begin())
                                             : nearest(members[k], own);
    ForcedFlux& result = results[members[k]];
    result.state = found != own.end() ? ForcedState::measured : ForcedState::inseparable;
    result.nearest = own[i];
    result.flux = flux[i];
    result.error = std::sqrt(std::max(variance[i], 0.0));
    result.misfit = misfit(positions_[own[i]], samples, rest);
    result.n_joint = members.size();
  }
}

// The position first, then its nearest neighbours.
Members nearest_to(std::size_t member, const Neighbours& neighbours,
                   const std::vector<fits::Pixel>& positions,
                   const std::vector<ForcedFlux>& results) {
  std::vector<std::pair<double, std::size_t>> near;
  for (const std::size_t i : neighbours.near(positions[member]))
    if (i != member && results[i].state == ForcedState::measured)
      near.emplace_back(
          std::hypot(positions[i].x - positions[member].x, positions[i].y - positions[member].y),
          i);
  std::sort(near.begin(), near.end());
  Members members = {member};
  for (std::size_t i = 0; i < std::min(near.size(), kMostJoint - 1); ++i)
    members.push_back(near[i].second);
  return members;
}

}  // namespace

std::string reason_text(ForcedState state) {
  switch (state) {
    case ForcedState::outside:
      return "outside the image";
    case ForcedState::blank:
      return "blank pixels";
    case ForcedState::inseparable:
      return "not separable from its neighbour";
    case ForcedState::measured:
      break;
  }
  return "";
}

std::size_t noise_reach_px(const Ellipse& beam) {
  const double level = gaussian_level(kMostSupport);
  return static_cast<std::size_t>(
      std::ceil(2 * std::max(beam.half_width_px(level), beam.half_height_px(level))));
}

double best_support_beams(const CleanedImage& image, const NoiseCorrelation& noise,
                          const Ellipse& beam) {
  const Ellipse::Form form = beam.form();
  double best = kMostSupport, least = HUGE_VAL;
  for (double beams = kMostSupport; beams > kLeastSupport - 1e-9; beams -= kSupportStep) {
    const double level = gaussian_level(beams);
    const double half_x = beam.half_width_px(level), half_y = beam.half_height_px(level);
    Samples samples;
    Kernels kernel(1);
    for (double y = -std::floor(half_y); y <= half_y; ++y)
      for (double x = -std::floor(half_x); x <= half_x; ++x) {
        if (form.exponent(x, y) < std::log(level)) continue;
        // From the lower left corner, so that places count from 0.
        samples.push_back({static_cast<std::size_t>(x + half_x + 1),
                           static_cast<std::size_t>(y + half_y + 1), 0, 1, 1});
        kernel[0].push_back(image.layered() ? image.dirty_beam->at(x, y) : form(x, y));
      }
    if (samples.size() < kLeastPixels) break;
    const double variance =
        variances(kernel, Cholesky(normal_of(kernel, samples)), samples, noise)[0];
    if (!(variance > 0 && variance < least)) continue;
    least = variance;
    best = beams;
  }
  return best;
}

std::vector<ForcedFlux> forced_fluxes(const CleanedImage& image, const Background& background,
                                      const NoiseCorrelation& noise, const Ellipse& beam,
                                      const std::vector<fits::Pixel>& positions,
                                      const ForcedSettings& settings) {
  const double support_beams =
      settings.support_beams > 0 ? settings.support_beams : best_support_beams(image, noise, beam);
  const Estimator estimator(image, background, noise, beam, positions, support_beams);
  std::vector<ForcedFlux> results;
  for (const fits::Pixel& position : positions) results.push_back(estimator.inspect(position));
  const Neighbours neighbours(positions, settings.joint_beams * beam.major_px);
  std::vector<Members> clusters;
  for (Members& all : neighbours.clusters()) {
    const auto unmeasured = [&](std::size_t i) {
      return results[i].state != ForcedState::measured;
    };
    all.erase(std::remove_if(all.begin(), all.end(), unmeasured), all.end());
    if (!all.empty()) clusters.push_back(std::move(all));
  }
  const std::vector<ForcedFlux> inspected = results;
  for_each_index(clusters.size(), settings.n_thread, [&](std::size_t i) {
    const Members& members = clusters[i];
    if (members.size() <= kMostJoint) return estimator.solve(members, members.size(), results);
    for (const std::size_t member : members)
      estimator.solve(nearest_to(member, neighbours, positions, inspected), 1, results);
  });
  return results;
}

}  // namespace contimg::photometry
