// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/smearing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <map>
#include <random>

#include "astro/array_geometry.h"
#include "astro/constants.h"
#include "astro/sinc.h"
#include "image/smearing_map.h"

namespace contimg::image {
namespace {

using Complex = std::complex<double>;

TEST(Smearing, IsTheMeanOfThePhasors) {
  for (const double x : {0.0, 1e-5, 0.1, 0.7, 2.0, 3.3}) {
    for (const std::size_t n : {1, 2, 5, 24}) {
      Complex phasors = 0;
      for (std::size_t k = 0; k < n; ++k)
        phasors += std::polar(1.0, x * (2 * static_cast<double>(k) + 1 - static_cast<double>(n)));
      EXPECT_NEAR(dirichlet(n, x), phasors.real() / static_cast<double>(n), 1e-12) << n << ' ' << x;
    }
  }
}

TEST(Smearing, OfAveragedSamplesIsThatOfTheWholeSpan) {
  for (const double x : {0.01, 0.1, 0.3})
    EXPECT_NEAR(astro::sinc(x) * dirichlet(6, x), astro::sinc(6 * x), 1e-14);
}

TEST(Smearing, BaselinesTurnAsTheEarthDoes) {
  const astro::Site site{-118.2817 * astro::kDegree, 37.2339 * astro::kDegree, 1222};
  const astro::EarthOrientation earth = astro::EarthOrientation::built_in();
  const double time_mjd_s = 61065.9 * 86400, step_s = 5;
  const std::vector<astro::Vector3> antenna_m = {{800, -1200, 300}};
  for (const double dec_rad : {-0.3, 0.28, 1.2}) {
    const astro::Direction centre{1.5, dec_rad};
    std::vector<astro::Vector3> at;
    for (const double t : {time_mjd_s - step_s, time_mjd_s, time_mjd_s + step_s}) {
      const astro::ApparentFrame apparent(t, site, earth);
      at.push_back(astro::project(astro::uvw_frame(apparent, centre), antenna_m)[0]);
    }
    const astro::Vector3 rate = uvw_rate_m_s(at[1], dec_rad);
    // The pole of date lies 0.15 degrees from that of ICRS in 2026: 0.3 % of 0.1 m/s.
    for (std::size_t axis = 0; axis < 3; ++axis)
      EXPECT_NEAR(rate[axis], (at[2][axis] - at[0][axis]) / (2 * step_s), 4e-4) << dec_rad;
  }
}

TEST(Smearing, BoundHoldsEverywhereInTheFieldAndIsClose) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> length_m(-2600, 2600);
  const double radius = std::sin(1.97 * astro::kDegree), highest_hz = 1.5e9;
  const double width_hz = 244140.625, integration_s = 12.885;
  for (int trial = 0; trial < 200; ++trial) {
    const double scale = trial % 10 == 0 ? 0.01 : 0.3;
    astro::Vector3 uvw = {scale * length_m(random), scale * length_m(random), length_m(random)};
    if (trial == 7) uvw[0] = uvw[1] = 0;
    const astro::Vector3 rate = uvw_rate_m_s(uvw, 0.3);
    const SmearingBound bound(uvw, rate, radius, highest_hz, width_hz, integration_s);
    for (const std::size_t n_channel : {1, 2, 8})
      for (const std::size_t n_integration : {1, 3, 6}) {
        double worst = 0;
        for (int k = 0; k < 720; ++k) {
          const double l = radius * std::cos(k * astro::kPi / 360);
          const double m = radius * std::sin(k * astro::kPi / 360);
          const double f = astro::kPi * width_hz * delay_s(uvw, l, m);
          const double t = astro::kPi * highest_hz * integration_s * delay_s(rate, l, m);
          worst = std::max(worst, 1 - dirichlet(n_channel, f) * dirichlet(n_integration, t));
        }
        const double found = bound.loss(n_channel, n_integration);
        if (found > 0.1) continue;
        EXPECT_GE(found, worst - 1e-9);
        // (loss)^2, and the part of w counted twice over: in proportion to w / length, a tenth at
        // most of what is lost at long u and v.
        const double along_w = std::abs(uvw[2]) * radius / 2 / std::hypot(uvw[0], uvw[1]);
        if (along_w < 0.1) {
          EXPECT_LE(found, worst * (1 + 4 * along_w) + worst * worst + 1e-9);
        }
      }
    EXPECT_NEAR(bound.loss(1, 1), 0, 1e-15);
  }
}

// A set of few rows whose sums can be made one visibility at a time.
ImagingSets few_rows() {
  std::mt19937 random(6);
  std::uniform_real_distribution<double> length_m(-1500, 1500), weight(0.5, 2);
  ImagingSets sets;
  sets.phase_centre = {1.2, 0.5};
  sets.integration_s = 12.885;
  sets.channel_width_hz = 2.4e5;
  sets.middle_frequency_hz = 1.4e9;
  sets.bandwidth_hz = 2.4e5 * 96;
  for (int t = 0; t < 4; ++t)
    sets.pointings.push_back({5e9 + 12.885 * t, 12.885, {1.2 + 0.002 * (t - 1.5), 0.5}});
  for (const std::size_t factor : {8, 1}) {
    ImagingSet set;
    set.channel_factor = factor;
    for (std::size_t c = 0; c < 96 / factor; ++c)
      set.frequency_hz.push_back(
          1.4e9 + 2.4e5 * static_cast<double>(factor) *
                      (static_cast<double>(c) + 0.5 - 48.0 / static_cast<double>(factor)));
    const double scale = factor == 8 ? 0.1 : 1;
    for (int i = 0; i < 40; ++i) {
      AveragedRow row;
      row.n_integration = factor == 8 ? 4 : 1;
      row.time_mjd_s = factor == 8 ? 5e9 + 12.885 * 1.6 : 5e9 + 12.885 * (i % 4);
      row.uvw_m = {scale * length_m(random), scale * length_m(random), scale * length_m(random)};
      set.rows.push_back(row);
      const double row_weight = weight(random);
      for (std::size_t c = 0; c < set.frequency_hz.size(); ++c)
        set.weight.push_back(
            c % 7 == 3 ? 0.0F : static_cast<float>(row_weight * static_cast<double>(factor)));
      sets.longest_uv_lambda =
          std::max(sets.longest_uv_lambda, std::hypot(row.uvw_m[0], row.uvw_m[1]) *
                                               set.frequency_hz.back() / astro::kSpeedOfLight);
    }
    sets.sets.push_back(set);
  }
  return sets;
}

// One visibility after the other, sums of the phasors over what was averaged.
class ExactSum {
 public:
  ExactSum(const ImagingSets& sets, const SmearingMapSettings& settings)
      : sets_(sets),
        settings_(settings),
        cell_lambda_(1 / (settings.field_rad * settings.padding)) {
    each([&](const AveragedRow& row, std::size_t, double f, double w) {
      density_[cell(row, f)] += w;
    });
    for (const auto& [where, w] : density_) {
      sum_ += w;
      squares_ += w * w;
    }
  }

  // Calls `work` with every row, frequency and imaging weight.
  template <typename Work>
  void each_imaged(const Work& work) const {
    each([&](const AveragedRow& row, std::size_t, double f, double w) {
      work(row, f, imaged(row, f, w));
    });
  }

  double at(double l, double m) const {
    double left = 0, total = 0;
    each([&](const AveragedRow& row, std::size_t factor, double f, double w) {
      const double weight = imaged(row, f, w);
      total += weight;
      left += weight * kept(row, factor, f, l, m);
    });
    return left / total;
  }

 private:
  double imaged(const AveragedRow& row, double f, double w) const {
    if (settings_.beam) {
      const double turn = settings_.beam->position_angle_rad;
      const double u = row.uvw_m[0] * f / astro::kSpeedOfLight;
      const double v = row.uvw_m[1] * f / astro::kSpeedOfLight;
      const double along = settings_.beam->major_rad * (u * std::sin(turn) + v * std::cos(turn));
      const double across = settings_.beam->minor_rad * (u * std::cos(turn) - v * std::sin(turn));
      // A Gaussian of half width a / 2 has sigma a / sqrt(8 ln 2), and 1 / (2 pi sigma) in (u, v).
      const double squares = along * along + across * across;
      return w / density_.at(cell(row, f)) *
             std::exp(-2 * astro::kPi * astro::kPi * squares / (8 * std::log(2.0)));
    }
    if (settings_.weighting == DensityWeighting::uniform) return w / density_.at(cell(row, f));
    if (settings_.weighting == DensityWeighting::natural) return w;
    return w / (1 + density_.at(cell(row, f)) * std::pow(5 * std::pow(10, -settings_.robust), 2) *
                        sum_ / squares_);
  }
  template <typename Work>
  void each(const Work& work) const {
    for (const ImagingSet& set : sets_.sets)
      for (std::size_t i = 0; i < set.rows.size(); ++i)
        for (std::size_t c = 0; c < set.frequency_hz.size(); ++c) {
          const double w = static_cast<double>(set.weight[i * set.frequency_hz.size() + c]);
          if (w > 0) work(set.rows[i], set.channel_factor, set.frequency_hz[c], w);
        }
  }
  std::pair<int, int> cell(const AveragedRow& row, double f) const {
    double u = row.uvw_m[0] * f / astro::kSpeedOfLight, v = row.uvw_m[1] * f / astro::kSpeedOfLight;
    if (v < 0) {
      u = -u;
      v = -v;
    }
    return {static_cast<int>(std::floor(u / cell_lambda_)),
            static_cast<int>(std::floor(v / cell_lambda_))};
  }
  double kept(const AveragedRow& row, std::size_t factor, double f, double l, double m) const {
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < sets_.pointings.size(); ++i)
      if (std::abs(sets_.pointings[i].time_mjd_s - row.time_mjd_s) <
          std::abs(sets_.pointings[nearest].time_mjd_s - row.time_mjd_s))
        nearest = i;
    const astro::Direction& p = sets_.pointings[nearest].direction;
    const astro::Direction& c = sets_.phase_centre;
    const double pl = std::cos(p.dec_rad) * std::sin(p.ra_rad - c.ra_rad);
    const double pm = std::sin(p.dec_rad) * std::cos(c.dec_rad) -
                      std::cos(p.dec_rad) * std::sin(c.dec_rad) * std::cos(p.ra_rad - c.ra_rad);
    const astro::Vector3 rate = uvw_rate_m_s(row.uvw_m, c.dec_rad);
    const double channel = astro::kPi * sets_.channel_width_hz;
    const double time = astro::kPi * f * sets_.integration_s;
    return astro::sinc(channel * (delay_s(row.uvw_m, l, m) - delay_s(row.uvw_m, pl, pm))) *
           astro::sinc(time * (delay_s(rate, l, m) - delay_s(rate, pl, pm))) *
           dirichlet(factor, channel * delay_s(row.uvw_m, l, m)) *
           dirichlet(row.n_integration, time * delay_s(rate, l, m));
  }

  const ImagingSets& sets_;
  SmearingMapSettings settings_;
  double cell_lambda_, sum_ = 0, squares_ = 0;
  std::map<std::pair<int, int>, double> density_;
};

TEST(SmearingMap, IsTheExactSumOverTheVisibilities) {
  const ImagingSets sets = few_rows();
  for (const DensityWeighting weighting :
       {DensityWeighting::natural, DensityWeighting::uniform, DensityWeighting::briggs})
    for (const double field_deg : {4.0, 40.0}) {
      SmearingMapSettings settings;
      settings.field_rad = field_deg * astro::kDegree;
      settings.weighting = weighting;
      const fits::Image map = smearing_map(sets, settings);
      const ExactSum exact(sets, settings);
      ASSERT_EQ(map.n_x, 65u);
      double least = 1;
      for (const std::size_t y : {0, 9, 32, 50, 64})
        for (const std::size_t x : {0, 13, 32, 47, 64}) {
          const auto offset = [&](std::size_t i) {
            return (static_cast<double>(i) - 32) / 64 * settings.field_rad;
          };
          const double truth = exact.at(-offset(x), offset(y));
          least = std::min(least, truth);
          const double found = static_cast<double>(map.at(x, y));
          // Three samples a row stand for channels within 1 % of their frequency.
          EXPECT_NEAR(found, truth, field_deg > 10 ? 0.02 : 2e-5) << x << ' ' << y;
        }
      EXPECT_LT(least, field_deg > 10 ? 0.7 : 0.995) << "smeared too little to be a test";
    }
}

TEST(WeighAsImaged, SumsImagingWeightsByIntegrationAndChannel) {
  for (const DensityWeighting weighting : {DensityWeighting::natural, DensityWeighting::briggs}) {
    ImagingSets sets = few_rows();
    sets.integration_weight = {1, 2, 3, 4};
    for (ImagingSet& set : sets.sets)
      for (std::size_t i = 0; i < set.rows.size(); ++i)
        set.rows[i].first_integration =
            set.channel_factor == 8 ? 0 : static_cast<std::uint32_t>(i % 4);
    SmearingMapSettings settings;
    settings.field_rad = 4 * astro::kDegree;
    settings.weighting = weighting;
    std::vector<double> by_integration(4, 0);
    std::map<double, double> by_frequency;
    double truth = 0, total = 0;
    ExactSum(sets, settings).each_imaged([&](const AveragedRow& row, double f, double w) {
      truth += w;
      by_frequency[f] += w;
      for (std::size_t k = 0; k < 4; ++k) {
        if (row.n_integration == 4) by_integration[k] += w * sets.integration_weight[k] / 10;
        if (row.n_integration == 1 && row.first_integration == k) by_integration[k] += w;
      }
    });
    weigh_as_imaged(sets, settings);
    for (std::size_t k = 0; k < 4; ++k)
      EXPECT_NEAR(sets.integration_weight[k] / by_integration[k], 1, 1e-6);
    ASSERT_EQ(sets.channels.size(), 12U + 96U);
    for (const ImagingSets::Channel& channel : sets.channels) total += channel.weight;
    EXPECT_NEAR(total / truth, 1, 1e-6);
    const ImagingSets::Channel& one = sets.channels[20];
    EXPECT_NEAR(one.weight / by_frequency.at(one.frequency_hz), 1, 1e-6);
  }
}

TEST(SmearingMap, OfCleanedSourcesIsWeightedWithTheRestoringBeam) {
  const ImagingSets sets = few_rows();
  SmearingMapSettings settings;
  settings.field_rad = 4 * astro::kDegree;
  const double dirty = static_cast<double>(smearing_map(sets, settings).at(0, 13));
  settings.beam = fits::Beam{70 * astro::kArcsec, 30 * astro::kArcsec, 1.1};
  const fits::Image map = smearing_map(sets, settings);
  const ExactSum exact(sets, settings);
  const double pixel_rad = settings.field_rad / 64;
  for (const std::size_t y : {0, 13, 32, 64})
    for (const std::size_t x : {0, 32, 51})
      EXPECT_NEAR(static_cast<double>(map.at(x, y)),
                  exact.at((32 - static_cast<double>(x)) * pixel_rad,
                           (static_cast<double>(y) - 32) * pixel_rad),
                  1e-4);
  EXPECT_GT(static_cast<double>(map.at(0, 13)), dirty + 1e-3) << "long baselines count as before";
}

TEST(SmearingMap, LiesOnTheSkyAsTheImageDoes) {
  const ImagingSets sets = few_rows();
  SmearingMapSettings settings;
  settings.field_rad = 4 * astro::kDegree;
  const fits::Image map = smearing_map(sets, settings);
  const auto centre = map.wcs.pixel_of(sets.phase_centre);
  ASSERT_TRUE(centre);
  EXPECT_NEAR(centre->x, 32, 1e-9);
  EXPECT_NEAR(centre->y, 32, 1e-9);
  EXPECT_NEAR(map.wcs.pixel_rad() * 64, settings.field_rad, 1e-12);
  const auto east = map.wcs.direction_at({0, 32});
  ASSERT_TRUE(east);
  EXPECT_GT(east->ra_rad, sets.phase_centre.ra_rad);
}

}  // namespace
}  // namespace contimg::image
