// SPDX-License-Identifier: GPL-3.0-or-later
// Flux densities of steady sources and gains of epochs, fitted together; sources that vary are refused.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

#include "base/median.h"
#include "variability/ensemble.h"
#include "variability/gain_network.h"

namespace contimg::variability {
namespace {

// Beyond so many sigma a sighting pulls no harder. Source: Huber 1964, Ann. Math. Stat. 35, 73.
constexpr double kHuber = 3;
constexpr double kSettled = 1e-8;
constexpr int kMedianRounds = 4, kSystematicRounds = 4;
constexpr double kMedianChi2 = 0.4549;  // Of one degree of freedom.
constexpr double kMostSystematic = 0.3;

bool usable(const Sighting& s, std::size_t n_source, std::size_t n_epoch) {
  return s.source < n_source && s.epoch < n_epoch && std::isfinite(s.flux_jy) && s.flux_jy > 0 &&
         std::isfinite(s.error_jy) && s.error_jy > 0;
}

class Fit {
 public:
  Fit(std::size_t n_source, std::size_t n_epoch, const std::vector<Sighting>& sightings,
      const EnsembleSettings& settings)
      : settings_(settings),
        least_systematic_(settings.systematic),
        flux_(n_source, 0),
        gain_(n_epoch, 1),
        refused_(n_source) {
    for (const Sighting& s : sightings)
      if (usable(s, n_source, n_epoch)) all_.push_back(s);
  }

  EnsembleFit run() {
    keep_well_seen();
    start_with_medians();
    // Variable sources are taken for scatter at first; without them it is measured once more.
    for (int round = 0; round < 2; ++round) {
      measure_systematic();
      do solve();
      while (refuse_variable());
    }
    return result();
  }

 private:
  // Sources need epochs and epochs need sources: what lacks either goes, until nothing changes.
  void keep_well_seen() {
    for (bool changed = true; changed;) {
      changed = false;
      std::vector<std::size_t> n_reference(gain_.size()), n_epoch(flux_.size());
      for (const Sighting& s : all_) n_reference[s.epoch] += refused_[s.source].empty() ? 1 : 0;
      used_.clear();
      for (const Sighting& s : all_)
        if (refused_[s.source].empty() && n_reference[s.epoch] >= settings_.min_references)
          used_.push_back(s);
      for (const Sighting& s : used_) ++n_epoch[s.source];
      for (std::size_t s = 0; s < flux_.size(); ++s) {
        if (!refused_[s].empty() || n_epoch[s] >= settings_.min_epochs) continue;
        refused_[s] = "measured in " + std::to_string(n_epoch[s]) +
                      " epochs that have references enough, expected at least " +
                      std::to_string(settings_.min_epochs);
        changed = true;
      }
    }
  }

  void start_with_medians() {
    for (int round = 0; round < kMedianRounds; ++round) {
      std::vector<std::vector<double>> of_source(flux_.size()), of_epoch(gain_.size());
      for (const Sighting& s : used_) of_source[s.source].push_back(s.flux_jy / gain_[s.epoch]);
      for (std::size_t s = 0; s < flux_.size(); ++s)
        if (!of_source[s].empty()) flux_[s] = median(of_source[s]);
      for (const Sighting& s : used_) of_epoch[s.epoch].push_back(s.flux_jy / flux_[s.source]);
      for (std::size_t e = 0; e < gain_.size(); ++e)
        if (!of_epoch[e].empty()) gain_[e] = median(of_epoch[e]);
    }
  }

  // How far a sighting is from the model, as a share of it, and the weight of that.
  std::pair<double, double> residual(const Sighting& s) const {
    const double model = flux_[s.source] * gain_[s.epoch];
    const double error = std::hypot(s.error_jy / model, settings_.systematic);
    return {s.flux_jy / model - 1, 1 / (error * error)};
  }

  // Weights without it follow the brightest sources, and so hide what those scatter.
  void measure_systematic() {
    for (int round = 0; round < kSystematicRounds; ++round) {
      solve();
      settings_.systematic = std::max(least_systematic_, systematic_of_bright());
    }
  }

  // What a sighting is, of the chi2 of an independent one: its source and its gain follow it.
  std::vector<double> freedoms() const {
    std::vector<double> of_source(flux_.size()), of_epoch(gain_.size()), freedom;
    for (const Sighting& s : used_) {
      of_source[s.source] += residual(s).second;
      of_epoch[s.epoch] += residual(s).second;
    }
    for (const Sighting& s : used_) {
      const double weight = residual(s).second;
      freedom.push_back(
          std::max(0.1, 1 - weight / of_source[s.source] - weight / of_epoch[s.epoch]));
    }
    return freedom;
  }

  // The faint ones' noise hides it.
  double systematic_of_bright() const {
    const std::vector<double> freedom = freedoms();
    std::vector<std::pair<double, double>> bright;  // noise, residual; squares, as shares
    for (std::size_t i = 0; i < used_.size(); ++i) {
      const double model = flux_[used_[i].source] * gain_[used_[i].epoch];
      bright.emplace_back(std::pow(used_[i].error_jy / model, 2),
                          std::pow(residual(used_[i]).first, 2) / freedom[i]);
    }
    std::sort(bright.begin(), bright.end());
    bright.resize((bright.size() + 2) / 3);
    const auto too_scattered = [&](double systematic) {
      std::vector<double> chi2;
      for (const auto& [noise, square] : bright)
        chi2.push_back(square / (noise + systematic * systematic));
      return median(chi2) > kMedianChi2;
    };
    if (bright.empty() || !too_scattered(0)) return 0;
    double low = 0, high = kMostSystematic;
    while (high - low > 1e-5) (too_scattered((low + high) / 2) ? low : high) = (low + high) / 2;
    return (low + high) / 2;
  }

  void solve() {
    for (std::size_t i = 0; i < settings_.most_iterations; ++i) {
      std::vector<Link> links;
      links.reserve(used_.size());
      for (const Sighting& s : used_) {
        const auto [value, weight] = residual(s);
        const double pull = std::abs(value) * std::sqrt(weight);
        links.push_back(
            {s.source, s.epoch, value, pull > kHuber ? weight * kHuber / pull : weight});
      }
      const NetworkSolution step = solve_network(flux_.size(), gain_.size(), links);
      double most = 0;
      for (std::size_t s = 0; s < flux_.size(); ++s) {
        flux_[s] *= std::exp(step.source[s]);
        most = std::max(most, std::abs(step.source[s]));
      }
      for (std::size_t e = 0; e < gain_.size(); ++e) {
        gain_[e] *= std::exp(step.epoch[e]);
        most = std::max(most, std::abs(step.epoch[e]));
      }
      if (most < kSettled) return;
    }
  }

  // chi2 over what is left of a source's freedom when it has drawn its epochs' gains after itself.
  std::vector<double> reduced_chi2() const {
    std::vector<double> chi2(flux_.size()), freedom(flux_.size(), -1), epoch_weight(gain_.size());
    for (const Sighting& s : used_) epoch_weight[s.epoch] += residual(s).second;
    for (const Sighting& s : used_) {
      const auto [value, weight] = residual(s);
      chi2[s.source] += value * value * weight;
      freedom[s.source] += 1 - weight / epoch_weight[s.epoch];
    }
    for (std::size_t s = 0; s < chi2.size(); ++s) chi2[s] /= std::max(0.5, freedom[s]);
    return chi2;
  }

  // The worst only, and those half as bad: a very variable one spoils the gains of its epochs, and
  // with them the figures of its neighbours.
  bool refuse_variable() {
    const std::vector<double> chi2 = reduced_chi2();
    const double worst = chi2.empty() ? 0 : *std::max_element(chi2.begin(), chi2.end());
    if (worst <= settings_.max_reduced_chi2) return false;
    for (std::size_t s = 0; s < chi2.size(); ++s) {
      if (chi2[s] <= std::max(settings_.max_reduced_chi2, worst / 2)) continue;
      char text[96];
      std::snprintf(text, sizeof text, "varies: reduced chi-squared %.2f, expected at most %g",
                    chi2[s], settings_.max_reduced_chi2);
      refused_[s] = text;
    }
    keep_well_seen();
    return true;
  }

  std::vector<double> flux_errors() const {
    std::vector<double> weight(flux_.size()), epoch_weight(gain_.size()), error(flux_.size());
    for (const Sighting& s : used_) epoch_weight[s.epoch] += residual(s).second;
    for (const Sighting& s : used_)
      weight[s.source] += 1 / (1 / residual(s).second + 1 / epoch_weight[s.epoch]);
    const std::vector<double> chi2 = reduced_chi2();
    for (std::size_t s = 0; s < error.size(); ++s)
      error[s] = flux_[s] * std::sqrt(std::max(1.0, chi2[s]) / weight[s]);
    return error;
  }

  EnsembleFit result() const {
    EnsembleFit fit = {flux_, flux_errors(), {}, refused_, settings_.systematic};
    for (std::size_t s = 0; s < flux_.size(); ++s)
      if (!refused_[s].empty()) fit.flux_jy[s] = fit.flux_error_jy[s] = kUnknown;
    std::vector<std::vector<ReferenceRatio>> references(gain_.size());
    for (const Sighting& s : all_)
      if (refused_[s.source].empty())
        references[s.epoch].push_back(
            {s.flux_jy, s.error_jy, fit.flux_jy[s.source], fit.flux_error_jy[s.source]});
    for (const auto& seen : references)
      fit.gains.push_back(epoch_gain(seen, settings_.min_references, settings_.systematic));
    centre_gains(fit);
    return fit;
  }

  void centre_gains(EnsembleFit& fit) const {
    const std::vector<std::size_t> set = connected_sets();
    std::vector<std::vector<double>> gains(set.size());
    for (std::size_t e = 0; e < gain_.size(); ++e)
      if (fit.gains[e].reason.empty()) gains[set[flux_.size() + e]].push_back(fit.gains[e].gain);
    for (std::size_t s = 0; s < flux_.size(); ++s) {
      if (gains[set[s]].empty()) continue;
      fit.flux_jy[s] *= median(gains[set[s]]);
      fit.flux_error_jy[s] *= median(gains[set[s]]);
    }
    for (std::size_t e = 0; e < gain_.size(); ++e) {
      if (!fit.gains[e].reason.empty()) continue;
      const double centre = median(gains[set[flux_.size() + e]]);
      fit.gains[e].gain /= centre;
      fit.gains[e].error /= centre;
    }
  }

  // The set that each source, then each epoch belongs to: the smallest number of its members.
  std::vector<std::size_t> connected_sets() const {
    std::vector<std::size_t> parent(flux_.size() + gain_.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto root = [&](std::size_t node) {
      while (parent[node] != node) node = parent[node] = parent[parent[node]];
      return node;
    };
    for (const Sighting& s : used_) {
      const std::size_t a = root(s.source), b = root(flux_.size() + s.epoch);
      parent[std::max(a, b)] = std::min(a, b);
    }
    for (std::size_t node = 0; node < parent.size(); ++node) parent[node] = root(node);
    return parent;
  }

  EnsembleSettings settings_;
  double least_systematic_;
  std::vector<Sighting> all_, used_;
  std::vector<double> flux_, gain_;
  std::vector<std::string> refused_;
};

}  // namespace

EnsembleFit fit_ensemble(std::size_t n_source, std::size_t n_epoch,
                         const std::vector<Sighting>& sightings, const EnsembleSettings& settings) {
  return Fit(n_source, n_epoch, sightings, settings).run();
}

}  // namespace contimg::variability
