// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/candidate.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "variability/deviation.h"

namespace contimg::variability {
namespace {

// Where looking at the points begins: a share of the significance that is asked for in the end.
constexpr double kLookShare = 0.4;
constexpr std::size_t kEsePoints = 3;
constexpr double kEseDepth = 0.1;
// An episode is at most this part of a curve: what lasts longer is a step or a slow change, of which
// nobody can say which level is the usual one. "variable" finds those.
constexpr std::size_t kLeastOthers = 3;

std::string text(const char* format, ...) __attribute__((format(printf, 1, 2)));
std::string text(const char* format, ...) {
  char buffer[256];
  va_list values;
  va_start(values, format);
  std::vsnprintf(buffer, sizeof buffer, format, values);
  va_end(values);
  return buffer;
}

// Sums over the first points of a curve, about the mean of all so that nothing cancels.
struct Running {
  double weight = 0, flux = 0, square = 0;

  Running operator-(const Running& from) const {
    return {weight - from.weight, flux - from.flux, square - from.square};
  }
  double mean() const { return flux / weight; }
  double chi2() const { return std::max(0.0, square - flux * flux / weight); }
};

struct Episode {
  std::size_t first = 0, n = 0;
  double d = 0;          // Deviation over its stated error.
  double scatter = 0;    // The others' reduced chi2.
  double strength = 0;   // What ranks episodes of one length: d over the larger of both errors.
  double depth = 0;      // Over the mean of the others.
  double middle_jy = 0;  // Half-way from the others to the episode.
  double log10_p = 0;
};

struct Episodes {
  Episode flare, dip, ese;
  double n_trial = 0;
};

class Curve {
 public:
  Curve(const std::vector<Point>& points, const Figures& figures)
      : points_(points), origin_(figures.weighted_mean_jy), running_(points.size() + 1) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double weight = 1 / (points[i].error_jy * points[i].error_jy);
      const double flux = points[i].flux_jy - origin_;
      running_[i + 1] = {running_[i].weight + weight, running_[i].flux + weight * flux,
                         running_[i].square + weight * flux * flux};
    }
  }

  std::size_t size() const { return running_.size() - 1; }

  Episode episode(std::size_t first, std::size_t n) const {
    const Running inside = running_[first + n] - running_[first], others = running_.back() - inside;
    const double difference = inside.mean() - others.mean();
    const double level = origin_ + others.mean();
    Episode episode;
    episode.first = first;
    episode.n = n;
    episode.d = difference / std::sqrt(1 / inside.weight + 1 / others.weight);
    episode.scatter = others.chi2() / freedom(n);
    episode.strength = std::abs(episode.d) / std::sqrt(std::max(1.0, episode.scatter));
    episode.depth = level > 0 ? difference / level : kUnknown;
    episode.middle_jy = level + difference / 2;
    return episode;
  }

  // Of the others' scatter beside an episode of n points.
  double freedom(std::size_t n) const { return static_cast<double>(size() - n) - 1; }

  // Whether a dip begins and ends: the points beside it are nearer to the others than to it.
  bool both_ends_seen(const Episode& dip) const {
    const std::size_t after = dip.first + dip.n;
    return dip.first > 0 && after < size() && points_[dip.first - 1].flux_jy > dip.middle_jy &&
           points_[after].flux_jy > dip.middle_jy;
  }

 private:
  const std::vector<Point>& points_;
  double origin_;
  std::vector<Running> running_;
};

bool modulated(const Episode& episode, double least) {
  return std::isnan(episode.depth) || std::abs(episode.depth) >= least;
}

void keep_stronger(Episode& held, const Episode& other) {
  if (other.strength > held.strength) held = other;
}

// 1, 2, 3, 4, 6, 8, 12, ...: an episode of another length keeps at least (2/3)^(1/4) = 0.9 of its
// significance in the nearest of these.
std::size_t next_length(std::size_t n) {
  if (n < 2) return n + 1;
  const bool power_of_two = (n & (n - 1)) == 0;
  return power_of_two ? n + n / 2 : n / 3 * 4;
}

// Only the strongest episode of each length is given its probability: the freedom is the same.
Episodes find_episodes(const Curve& curve, double least_modulation) {
  Episodes found;
  const std::size_t longest = std::max<std::size_t>(1, curve.size() / 3);
  for (std::size_t n = 1; n <= longest && curve.size() - n >= kLeastOthers; n = next_length(n)) {
    Episode flare, dip, ese;
    for (std::size_t first = 0; first + n <= curve.size(); ++first) {
      found.n_trial += 1;
      const Episode episode = curve.episode(first, n);
      if (!modulated(episode, least_modulation)) continue;
      keep_stronger(episode.d > 0 ? flare : dip, episode);
      if (n >= kEsePoints && episode.depth <= -kEseDepth && curve.both_ends_seen(episode))
        keep_stronger(ese, episode);
    }
    for (auto [best, here] : {std::pair(&found.flare, &flare), std::pair(&found.dip, &dip),
                              std::pair(&found.ese, &ese)}) {
      if (here->n == 0) continue;
      here->log10_p = log10_deviation(here->d, here->scatter, curve.freedom(n));
      if (best->n == 0 || here->log10_p < best->log10_p) *best = *here;
    }
  }
  return found;
}

// The significance of an episode when so many were looked at.
double significance(const Episode& episode, double n_trial) {
  return episode.n == 0 ? 0 : two_sided_sigma(episode.log10_p, n_trial);
}

Candidate told(const char* kind, const Episode& episode, const std::vector<Point>& points,
               double n_trial, double least) {
  Candidate candidate;
  candidate.kind = kind;
  candidate.significance = significance(episode, n_trial);
  candidate.since_mjd = points[episode.first].mjd;
  candidate.until_mjd = points[episode.first + episode.n - 1].mjd;
  candidate.depth = episode.depth;
  const std::string what = std::isnan(episode.depth)
                               ? text("%.1f standard errors from", episode.d)
                               : text("%.0f %% %s", 100 * std::abs(episode.depth),
                                      episode.depth < 0 ? "below" : "above");
  candidate.reason = text(
      "%zu consecutive of %zu points average %s the others (sigma %.1f after %.0f trials): "
      "expected at most %g",
      episode.n, points.size(), what.c_str(), candidate.significance, n_trial, least);
  return candidate;
}

bool varies(const Figures& figures, const CandidateSettings& settings) {
  return figures.chi2_sigma >= settings.sigma && figures.v >= settings.modulation;
}

Candidate varying(const std::vector<Point>& points, const Figures& figures,
                  const CandidateSettings& settings) {
  return {"variable",
          figures.chi2_sigma,
          points.front().mjd,
          points.back().mjd,
          kUnknown,
          text("chi2 %.0f for %zu points (sigma %.1f), V %.2f: expected at most %g and %g",
               figures.chi2, figures.n, figures.chi2_sigma, figures.v, settings.sigma,
               settings.modulation)};
}

// A limit far below what was measured at other times. One among many points is rather a detection
// that a neighbour took.
bool is_transient(const Figures& figures, const CandidateSettings& settings) {
  return figures.n + figures.n_limit >= settings.min_points && figures.n_limit >= figures.n &&
         figures.limit_sigma >= settings.sigma;
}

Candidate transient(const std::vector<Point>& points, const Figures& figures,
                    const CandidateSettings& settings) {
  return {"transient",
          figures.limit_sigma,
          points.front().mjd,
          points.back().mjd,
          kUnknown,
          text("measured %zu times, %.3g Jy on average, and %zu times not seen at its place: the "
               "lowest limit is %.1f sigma below that, expected at most %g",
               figures.n, figures.weighted_mean_jy, figures.n_limit, figures.limit_sigma,
               settings.sigma)};
}

}  // namespace

bool worth_a_look(const Figures& figures, const CandidateSettings& settings) {
  if (is_transient(figures, settings)) return true;
  if (figures.n < std::max(settings.min_points, kLeastOthers + 1)) return false;
  const double enough = kLookShare * settings.sigma;
  return figures.chi2_sigma >= enough || std::abs(figures.loo_sigma) >= enough;
}

std::vector<Candidate> candidates(const std::vector<Point>& points, const Figures& figures,
                                  const CandidateSettings& settings) {
  std::vector<Candidate> found;
  if (!points.empty() && is_transient(figures, settings))
    found.push_back(transient(points, figures, settings));
  if (points.size() < std::max(settings.min_points, kLeastOthers + 1)) return found;
  if (varies(figures, settings)) found.push_back(varying(points, figures, settings));
  const Curve curve(points, figures);
  const Episodes episodes = find_episodes(curve, settings.modulation);
  const auto consider = [&](const char* kind, const Episode& episode) {
    if (significance(episode, episodes.n_trial) < settings.sigma) return false;
    found.push_back(told(kind, episode, points, episodes.n_trial, settings.sigma));
    return true;
  };
  consider("flare", episodes.flare);
  if (!consider("ese", episodes.ese)) consider("dip", episodes.dip);
  return found;
}

}  // namespace contimg::variability
