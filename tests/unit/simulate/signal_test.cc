// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/signal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "astro/direction.h"
#include "astro/epoch.h"
#include "astro/primary_beam.h"

namespace contimg::simulate {
namespace {

using Complex = std::complex<double>;

const double kStart = astro::parse_stamp("2026-01-25T22:26:05").value();

astro::EarthOrientation earth() { return astro::EarthOrientation::built_in(); }

Settings ideal(double dec_deg, std::size_t n_integration) {
  Settings settings;
  settings.observation.start_mjd_s = kStart;
  settings.observation.pointing_dec_rad = dec_deg * astro::kDegree;
  settings.observation.n_integration = n_integration;
  settings.observation.n_channel = 8;
  settings.observation.n_antenna = 12;
  settings.instrument = {0, 1, 0, 0, 0, 0, 0, 1, false, {}};
  return settings;
}

/// A group's subband 3, computed whole, and everything about it.
struct Simulation {
  Settings settings;
  Schedule schedule;
  std::vector<skymodel::Component> sources;
  std::vector<Emitter> emitters;
  Instrument instrument;
  std::vector<std::size_t> stations;
  std::vector<BaselineStations> baselines;
  std::vector<double> frequency_hz;
  std::vector<std::complex<float>> rows;

  Simulation(const Settings& given, std::vector<skymodel::Component> sky)
      : settings(given),
        schedule(plan_schedule(settings, nullptr, earth())),
        sources(std::move(sky)),
        emitters(emitters_of_group(sources, {}, group(), schedule.pointing_dec_rad, earth())),
        instrument(settings.instrument, settings.seed, kStart),
        stations(correlated_stations(settings.observation.n_antenna)),
        baselines(correlator_baselines(stations)),
        frequency_hz(subband_frequencies_hz(3, settings.observation.n_channel)) {
    SubbandSignal signal(group(), emitters, instrument, stations, 3, frequency_hz,
                         kSubbandWidthHz / static_cast<double>(frequency_hz.size()), Random({7}));
    rows.resize(signal.n_row() * frequency_hz.size() * 2);
    signal.rows(0, rows);
  }
  const GroupPlan& group() const { return schedule.groups[0]; }
  Complex at(std::size_t time, std::size_t baseline, std::size_t channel, std::size_t pol) const {
    return rows[((time * baselines.size() + baseline) * frequency_hz.size() + channel) * 2 + pol];
  }
};

skymodel::Component source_at(const astro::Direction& place, double flux_jy) {
  skymodel::Component source;
  source.name = "test";
  source.position = place;
  source.flux_jy = flux_jy;
  return source;
}

astro::Direction meridian_place(double dec_deg, double time_mjd_s) {
  return SkyGeometry(time_mjd_s, header_itrf_m(), earth())
      .icrs_place(meridian_direction(header_site().longitude_rad, dec_deg * astro::kDegree));
}

TEST(SkyGeometry, AgreesWithTheOtherRouteThroughErfa) {
  // CIO-based astrometry of astro against the equinox-based one here: 1e-9 rad is 1e-14 s of delay
  // over the longest baseline; what remains is TT for TDB and the models' own agreement.
  for (const double later_s : {0.0, 1e7, 3e7}) {
    const SkyGeometry mine(kStart + later_s, header_itrf_m(), earth());
    const astro::ApparentFrame theirs(kStart + later_s, header_site(), earth());
    for (const astro::Direction place :
         {astro::Direction{0.001, 0.3}, {6.28, 1.3}, {3.0, -0.35}, {4.5, 0.9}}) {
      const astro::Vector3 a = mine.itrf_direction(place), b = theirs.itrf_from_icrs(place);
      for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 1e-9);
    }
  }
}

TEST(SkyGeometry, FindsThePlaceThatIsSeenInADirection) {
  const SkyGeometry sky(kStart, header_itrf_m(), earth());
  const astro::Direction place{1.234, 0.567};
  const astro::Direction back = sky.icrs_place(sky.itrf_direction(place));
  EXPECT_NEAR(back.ra_rad, place.ra_rad, 1e-14);
  EXPECT_NEAR(back.dec_rad, place.dec_rad, 1e-14);
}

TEST(SubbandSignal, HasNoPhaseForASourceAtTheMeridianPoint) {
  Settings settings = ideal(16.1, 1);
  const double time = plan_schedule(settings, nullptr, earth()).groups[0].time_mjd_s[0];
  const Simulation s(settings, {source_at(meridian_place(16.1, time), 2.0)});
  for (std::size_t b = 0; b < s.baselines.size(); ++b) {
    if (s.baselines[b].station1 == s.baselines[b].station2) continue;
    for (std::size_t k = 0; k < 8; ++k) EXPECT_NEAR(std::abs(s.at(0, b, k, 1) - 2.0), 0, 1e-5);
  }
}

TEST(SubbandSignal, IsTheDirectSumOverTheCorrelatorsNinetySixFrames) {
  for (const double dec_deg : {-20.0, 16.1, 75.0}) {
    Settings settings = ideal(dec_deg, 2);
    const auto plan = plan_schedule(settings, nullptr, earth());
    const double mid = plan.groups[0].time_mjd_s[1];
    astro::Direction place = meridian_place(dec_deg, mid);
    place.ra_rad += 1.5 * astro::kDegree / std::cos(place.dec_rad);
    place.dec_rad -= 0.8 * astro::kDegree;
    const Simulation s(settings, {source_at(place, 1)});
    const double dec = dec_deg * astro::kDegree, lon = header_site().longitude_rad;
    for (std::size_t b = 0; b < s.baselines.size(); b += 5) {
      const auto [s1, s2] = s.baselines[b];
      if (s1 == s2) continue;
      const astro::Vector3 r1 = station_itrf_m(s1), r2 = station_itrf_m(s2);
      const double f = s.frequency_hz[6];
      Complex sum = 0;
      for (int frame = 0; frame < 96; ++frame) {
        const double dt = (frame - 47.5) * 0.134217728;
        const astro::Vector3 seen =
            SkyGeometry(mid, header_itrf_m(), earth()).itrf_direction(place);
        const double turn = -astro::kEarthRotationRate * dt;
        const astro::Vector3 moved = {std::cos(turn) * seen[0] - std::sin(turn) * seen[1],
                                      std::sin(turn) * seen[0] + std::cos(turn) * seen[1], seen[2]};
        const astro::Vector3 stopped = meridian_direction(lon + turn, dec);
        double delay = 0;
        for (std::size_t i = 0; i < 3; ++i)
          delay += (r2[i] - r1[i]) * (moved[i] - stopped[i]) / astro::kSpeedOfLight;
        sum += std::polar(1.0 / 96, 2 * astro::kPi * f * delay);
      }
      const double beam = astro::airy_power(s.emitters[0].separation_rad[1], f, 4.65);
      // Curvature of the phase inside the integration is left out: below 1e-5 at 2.6 km.
      EXPECT_NEAR(std::abs(s.at(1, b, 6, 0) - beam * sum), 0, 2e-5) << dec_deg << ' ' << b;
    }
  }
}

TEST(SubbandSignal, AppliesTheAntennasResponsesAsDocumented) {
  Settings settings = ideal(16.1, 2);
  const double time = plan_schedule(settings, nullptr, earth()).groups[0].time_mjd_s[0];
  const std::vector<skymodel::Component> sky = {source_at(meridian_place(16.3, time), 1)};
  const Simulation clean(settings, sky);
  settings.instrument = {0, 1, 0.2, 1.0, 5e-9, 0.2, 0.1, 0.004, false, {}};
  const Simulation disturbed(settings, sky);
  for (std::size_t t = 0; t < 2; ++t)
    for (std::size_t b = 0; b < clean.baselines.size(); ++b) {
      const auto [s1, s2] = clean.baselines[b];
      if (s1 == s2) continue;
      for (std::size_t p = 0; p < 2; ++p) {
        const auto response = [&](std::size_t station) {
          return disturbed.instrument.response(station, p, 3, clean.frequency_hz[2],
                                               clean.group().time_mjd_s[t]);
        };
        const Complex expected = std::conj(response(s1)) * response(s2) * clean.at(t, b, 2, p);
        EXPECT_NEAR(std::abs(disturbed.at(t, b, 2, p) - expected), 0, 1e-8);
      }
    }
}

TEST(SubbandSignal, HasTheNoiseOfTheRadiometerEquation) {
  Settings settings = ideal(16.1, 24);
  settings.instrument.sefd_jy = 5800;
  const Simulation s(settings, {});
  double sum2 = 0, sum = 0;
  std::size_t n = 0;
  for (std::size_t t = 0; t < 24; ++t)
    for (std::size_t b = 0; b < s.baselines.size(); ++b) {
      if (s.baselines[b].station1 == s.baselines[b].station2) {
        EXPECT_EQ(s.at(t, b, 0, 0).imag(), 0);
        EXPECT_NEAR(s.at(t, b, 0, 0).real(), 5800, 10);
        continue;
      }
      for (std::size_t k = 0; k < 8; ++k) {
        sum2 += std::norm(s.at(t, b, k, 0)) / 2;
        sum += s.at(t, b, k, 1).real();
        ++n;
      }
    }
  const double sigma = 5800 / std::sqrt(2 * kSubbandWidthHz / 8 * kIntegrationTimeS);
  const double samples = static_cast<double>(n);
  EXPECT_NEAR(std::sqrt(sum2 / samples) / sigma, 1, 5 / std::sqrt(4 * samples));
  EXPECT_NEAR(sum / samples / sigma, 0, 5 / std::sqrt(samples));
}

TEST(Random, IsNormalOutToTheTail) {
  Random random({1, 2});
  constexpr int kDraws = 4000000;
  double moments[4] = {};
  int beyond[4] = {};
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.normal();
    moments[0] += x;
    moments[1] += x * x;
    moments[2] += x * x * x;
    moments[3] += x * x * x * x;
    for (int n = 1; n < 5; ++n) beyond[n - 1] += x > n ? 1 : 0;
  }
  EXPECT_NEAR(moments[0] / kDraws, 0, 5 / std::sqrt(kDraws));
  EXPECT_NEAR(moments[1] / kDraws, 1, 5 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(moments[2] / kDraws, 0, 5 * std::sqrt(15.0 / kDraws));
  EXPECT_NEAR(moments[3] / kDraws, 3, 5 * std::sqrt(96.0 / kDraws));
  for (int n = 1; n < 5; ++n) {
    const double expected = kDraws * 0.5 * std::erfc(n / std::sqrt(2.0));
    EXPECT_NEAR(beyond[n - 1], expected, 5 * std::sqrt(expected)) << n;
  }
}

}  // namespace
}  // namespace contimg::simulate
