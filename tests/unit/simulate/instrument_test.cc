// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/instrument.h"

#include <gtest/gtest.h>

#include <cmath>

#include "simulate/stations.h"

namespace contimg::simulate {
namespace {

InstrumentSettings drifting_by(double rad) {
  InstrumentSettings settings{0, 1, 0.1, 0.5, 3e-9, 0.05, 0, 1, false, {}};
  settings.phase_drift_rad = rad;
  return settings;
}

constexpr double kReference = 5.2e9, kFrequency = 1.4e9;

TEST(Instrument, PhaseDriftTurnsPhasesAlone) {
  const Instrument still(drifting_by(0), 3, kReference), drifting(drifting_by(1), 3, kReference);
  EXPECT_FALSE(still.drifts());
  EXPECT_TRUE(drifting.drifts());
  double squares = 0, n = 0;
  for (std::size_t station = 0; station < kStationCount; ++station)
    for (std::size_t p = 0; p < 2; ++p)
      for (const double hours : {0.0, 5.0, 12.0, 31.0}) {
        const double time = kReference + 3600 * hours;
        const std::complex<double> ratio = drifting.response(station, p, 3, kFrequency, time) /
                                           still.response(station, p, 3, kFrequency, time);
        const AntennaResponse& a = drifting.antenna(station, p);
        const double expected =
            a.phase_drift_rad *
            std::sin(2 * astro::kPi * (time - kReference) / a.drift_period_s + a.drift_phase_rad);
        EXPECT_NEAR(std::abs(ratio - std::polar(1.0, expected)), 0, 1e-9);
        squares += expected * expected;
        ++n;
      }
  EXPECT_NEAR(std::sqrt(squares / n), 1, 0.15);  // 234 antennas' amplitudes: 5 % by chance
}

TEST(Instrument, IsTheSameAtAnotherStartWithTheSameReference) {
  const Instrument a(drifting_by(1), 3, kReference), b(drifting_by(1), 3, kReference);
  const Instrument later(drifting_by(1), 3, kReference + 43200);
  const double time = kReference + 50000;
  EXPECT_EQ(a.response(5, 1, 2, kFrequency, time), b.response(5, 1, 2, kFrequency, time));
  EXPECT_NE(a.response(5, 1, 2, kFrequency, time), later.response(5, 1, 2, kFrequency, time));
}

}  // namespace
}  // namespace contimg::simulate
