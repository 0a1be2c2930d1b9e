// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/drift.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <thread>

#include "astro/earth_orientation.h"
#include "astro/primary_beam.h"
#include "skymodel/catalogue.h"
#include "skymodel/prediction.h"

namespace contimg::image {
namespace {

constexpr double kStill_rad = 1e-5;  // 2 arcseconds

bool drifts(const ms::Description& set) {
  for (const ms::Pointing& pointing : set.pointings)
    if (astro::separation_rad(pointing.direction, set.pointings.front().direction) > kStill_rad)
      return true;
  return false;
}

bool is_outside(const SetLayout& layout, const skymodel::Component& source, double half_width) {
  if (half_width <= 0) return false;
  const astro::Direction& centre = layout.phase_centre;
  const double turn = source.position.ra_rad - centre.ra_rad;
  const double l = std::cos(source.position.dec_rad) * std::sin(turn);
  const double m = std::sin(source.position.dec_rad) * std::cos(centre.dec_rad) -
                   std::cos(source.position.dec_rad) * std::sin(centre.dec_rad) * std::cos(turn);
  return std::abs(l) > half_width || std::abs(m) > half_width;
}

// Rows of one set that cover the same integrations.
struct Group {
  std::size_t set = 0, first_integration = 0, n_integration = 0;
  std::vector<std::size_t> rows;  // of the plan
};

std::vector<Group> groups_of(const AveragingPlan& plan, const std::vector<Centroid>& centroids) {
  std::map<std::array<std::size_t, 3>, std::vector<std::size_t>> found;
  for (std::size_t i = 0; i < plan.rows.size(); ++i)
    if (centroids[i].weight > 0)
      found[{plan.rows[i].set, plan.rows[i].first_integration, plan.rows[i].n_integration}]
          .push_back(i);
  std::vector<Group> groups;
  for (auto& [key, rows] : found) groups.push_back({key[0], key[1], key[2], std::move(rows)});
  return groups;
}

class Steady {
 public:
  Steady(const SetLayout& layout, const AveragingPlan& plan, const std::vector<Centroid>& centroids,
         const std::vector<double>& integration_weight,
         const std::vector<skymodel::Component>& sources, const DriftSettings& settings,
         std::vector<SetSums>& sums)
      : layout_(layout),
        plan_(plan),
        centroids_(centroids),
        integration_weight_(integration_weight),
        sources_(sources),
        settings_(settings),
        sums_(sums),
        earth_(astro::EarthOrientation::from_setting(settings.earth_orientation)),
        site_(ms::array_site(layout.description)) {
    for (std::size_t set = 0; set < sums.size(); ++set) prepare(set);
  }

  void run(const std::function<void()>& check) {
    for (const Group& group : groups_of(plan_, centroids_)) {
      if (check) check();
      hold(group);
    }
  }

 private:
  using Responses = std::vector<std::vector<float>>;  // [integration][source, channel]

  // Responses of a set's channels, in each integration and on average.
  void prepare(std::size_t set) {
    const std::size_t factor = plan_.channel_factors[set], n_channel = sums_[set].n_channel;
    std::vector<double> frequency_hz;
    for (std::size_t c = 0; c < n_channel; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < factor; ++i) sum += layout_.frequency_hz[c * factor + i];
      frequency_hz.push_back(sum / static_cast<double>(factor));
    }
    Responses responses;
    std::vector<float> mean(sources_.size() * n_channel, 0);
    double total = 0;
    for (std::size_t t = 0; t < layout_.integration_mjd_s.size(); ++t) {
      const astro::Direction pointing =
          ms::pointing_at(layout_.description, layout_.integration_mjd_s[t]);
      std::vector<float> response;
      for (const skymodel::Component& source : sources_) {
        const double theta = astro::separation_rad(pointing, source.position);
        for (const double f : frequency_hz)
          response.push_back(
              static_cast<float>(astro::airy_power(theta, f, layout_.dish_diameter_m)));
      }
      const double weight = integration_weight_[t];
      total += weight;
      for (std::size_t i = 0; i < mean.size(); ++i)
        mean[i] += static_cast<float>(weight) * response[i];
      responses.push_back(std::move(response));
    }
    for (std::size_t k = 0; k < sources_.size(); ++k) {
      const bool outside = is_outside(layout_, sources_[k], settings_.image_half_width);
      for (std::size_t c = 0; c < n_channel; ++c)
        mean[k * n_channel + c] = outside ? 0 : mean[k * n_channel + c] / static_cast<float>(total);
    }
    frequency_hz_.push_back(std::move(frequency_hz));
    responses_.push_back(std::move(responses));
    mean_.push_back(std::move(mean));
  }

  void hold(const Group& group) {
    const std::size_t set = group.set, n_channel = sums_[set].n_channel;
    const std::size_t end = group.first_integration + group.n_integration;
    skymodel::PredictionSettings instrument;
    instrument.integration_s = layout_.integration_s * static_cast<double>(group.n_integration);
    instrument.channel_width_hz =
        layout_.channel_width_hz * static_cast<double>(plan_.channel_factors[set]);
    skymodel::Predictor predictor(sources_, layout_.phase_centre, frequency_hz_[set], instrument);
    std::vector<float> change(sources_.size() * n_channel, 0);
    double weight = 0, time_mjd_s = 0;
    for (std::size_t t = group.first_integration; t < end; ++t) {
      const double w = integration_weight_[t];
      weight += w;
      time_mjd_s += layout_.integration_mjd_s[t] / static_cast<double>(group.n_integration);
      for (std::size_t i = 0; i < change.size(); ++i)
        change[i] += static_cast<float>(w) * responses_[set][t][i];
    }
    if (!(weight > 0)) return;
    for (std::size_t k = 0; k < sources_.size(); ++k)
      for (std::size_t c = 0; c < n_channel; ++c) {
        float& value = change[k * n_channel + c];
        value = (value / static_cast<float>(weight) - mean_[set][k * n_channel + c]) *
                predictor.flux_jy(k, c);
      }
    predictor.begin_integration(astro::ApparentFrame(time_mjd_s, site_, earth_),
                                ms::pointing_at(layout_.description, time_mjd_s), change);
    const std::size_t n_thread = std::max<std::size_t>(1, settings_.n_thread);
    std::vector<std::thread> threads;
    const std::size_t n = group.rows.size();
    for (std::size_t i = 1; i < n_thread; ++i)
      threads.emplace_back(
          [&, i] { subtract(predictor, group, n * i / n_thread, n * (i + 1) / n_thread); });
    subtract(predictor, group, 0, n / n_thread);
    for (std::thread& thread : threads) thread.join();
  }

  void subtract(const skymodel::Predictor& predictor, const Group& group, std::size_t first,
                std::size_t end) {
    SetSums& sums = sums_[group.set];
    std::vector<std::complex<float>> model(sums.n_channel);
    for (std::size_t i = first; i < end; ++i) {
      const std::size_t row = group.rows[i], at = plan_.rows[row].row * sums.n_channel;
      const Centroid& centroid = centroids_[row];
      astro::Vector3 uvw_m = centroid.uvw_m;
      for (double& value : uvw_m) value /= centroid.weight;
      predictor.predict({&uvw_m, 1}, model);
      for (std::size_t c = 0; c < sums.n_channel; ++c)
        sums.sum[at + c] -= sums.weight[at + c] * model[c];
    }
  }

  const SetLayout& layout_;
  const AveragingPlan& plan_;
  const std::vector<Centroid>& centroids_;
  const std::vector<double>& integration_weight_;
  const std::vector<skymodel::Component>& sources_;
  const DriftSettings& settings_;
  std::vector<SetSums>& sums_;
  const astro::EarthOrientation earth_;
  const astro::Site site_;
  std::vector<std::vector<double>> frequency_hz_;  // [set]
  std::vector<Responses> responses_;               // [set]
  std::vector<std::vector<float>> mean_;           // [set][source, channel]
};

}  // namespace

std::vector<skymodel::Component> drifting_sources(const SetLayout& layout,
                                                  const DriftSettings& settings) {
  if (settings.catalogue.empty() || settings.max_sources == 0 || !drifts(layout.description) ||
      !(layout.dish_diameter_m > 0))
    return {};
  skymodel::Catalogue catalogue(settings.catalogue);
  skymodel::Cone cone;
  cone.centre = layout.phase_centre;
  cone.radius_rad = settings.radius_rad;
  cone.frequency_hz = layout.middle_frequency_hz();
  cone.minimum_flux_jy = settings.min_apparent_jy;
  std::vector<std::pair<double, skymodel::Component>> found;
  for (const skymodel::Component& source : skymodel::components_in(catalogue, cone)) {
    double best = 0;
    for (const ms::Pointing& pointing : layout.description.pointings)
      best = std::max(best,
                      astro::airy_power(astro::separation_rad(pointing.direction, source.position),
                                        cone.frequency_hz, layout.dish_diameter_m));
    const double apparent_jy = best * skymodel::flux_density_jy(source, cone.frequency_hz);
    if (apparent_jy >= settings.min_apparent_jy) found.emplace_back(apparent_jy, source);
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  if (found.size() > settings.max_sources) found.resize(settings.max_sources);
  std::vector<skymodel::Component> sources;
  for (auto& [apparent_jy, source] : found) sources.push_back(std::move(source));
  return sources;
}

std::size_t hold_steady(const SetLayout& layout, const AveragingPlan& plan,
                        const std::vector<Centroid>& centroids,
                        const std::vector<double>& integration_weight,
                        const std::vector<skymodel::Component>& sources,
                        const DriftSettings& settings, std::vector<SetSums>& sums,
                        const std::function<void()>& check) {
  if (sources.empty()) return 0;
  Steady(layout, plan, centroids, integration_weight, sources, settings, sums).run(check);
  return sources.size();
}

}  // namespace contimg::image
