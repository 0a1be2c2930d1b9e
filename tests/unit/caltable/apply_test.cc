// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/apply.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "astro/constants.h"
#include "base/error.h"
#include "caltable/calibration.h"
#include "caltable/interpolation.h"
#include "tables.h"

namespace contimg::caltable {
namespace {

using Complex = std::complex<float>;
using Receptors = std::array<std::uint8_t, 2>;

std::string reason(std::vector<NamedTable> tables, const ms::Description& target) {
  try {
    const Calibration calibration(std::move(tables), target);
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing wrong";
}

std::complex<double> gain(const InverseGains& gains, std::size_t antenna, std::size_t channel,
                          std::size_t receptor) {
  return 1.0 / std::complex<double>(
                   gains.inverse[(antenna * gains.n_channel + channel) * kReceptors + receptor]);
}

struct Row {
  explicit Row(std::size_t n_channel, std::size_t n_correlation)
      : data(n_channel * n_correlation, Complex(3, 4)),
        sigma(n_correlation, 0.5F),
        corrected(data.size()),
        flag(new bool[data.size()]()),
        weight(n_correlation) {}
  RowToCorrect view(std::size_t p, std::size_t q) {
    return {p, q, data, sigma, corrected, Span<bool>(flag.get(), data.size()), weight};
  }
  std::vector<Complex> data;
  std::vector<float> sigma;
  std::vector<Complex> corrected;
  std::unique_ptr<bool[]> flag;
  std::vector<float> weight;
};

TEST(InterpolateGain, IsLinearInAmplitudeAndPhaseTheShortWay) {
  const std::vector<double> times{0, 10, 20};
  const std::vector<Complex> gains{std::polar(1.0F, 3.0F), 7, std::polar(3.0F, -3.0F)};
  const std::vector<std::uint8_t> flagged{0, 1, 0};
  const double short_way = 2 * astro::kPi - 6;  // from 3 over pi to -3
  for (const double t : {0.0, 5.0, 10.0, 15.0}) {
    const InterpolatedGain g = interpolate_gain(times, gains, flagged, t);
    EXPECT_FALSE(g.flagged);
    EXPECT_NEAR(std::abs(g.gain - std::polar(1 + t / 10, 3 + short_way * t / 20)), 0, 1e-6);
  }
  EXPECT_NEAR(std::abs(interpolate_gain(times, gains, flagged, -5).gain), 1, 1e-6);
  EXPECT_NEAR(std::abs(interpolate_gain(times, gains, flagged, 99).gain), 3, 1e-6);
  EXPECT_TRUE(interpolate_gain(times, gains, std::vector<std::uint8_t>{1, 1, 1}, 5).flagged);
}

TEST(NearestTime, IsTheNearest) {
  const std::vector<double> times{0, 10, 30};
  EXPECT_EQ(nearest_time(times, -1), 0U);
  EXPECT_EQ(nearest_time(times, 6), 1U);
  EXPECT_EQ(nearest_time(times, 20), 1U);
  EXPECT_EQ(nearest_time(times, 21), 2U);
  EXPECT_EQ(nearest_time(times, 99), 2U);
}

TEST(ReceptorsOf, AreThoseOfTheStokesCodes) {
  EXPECT_EQ(receptors_of(5), (Receptors{0, 0}));   // RR
  EXPECT_EQ(receptors_of(7), (Receptors{1, 0}));   // LR
  EXPECT_EQ(receptors_of(10), (Receptors{0, 1}));  // XY
  EXPECT_EQ(receptors_of(12), (Receptors{1, 1}));  // YY
  EXPECT_THROW(receptors_of(1), std::invalid_argument);
}

TEST(Apply, DividesByTheGains) {
  CalTable table = known_table(Kind::bandpass, 1);
  const Calibration calibration({{"x.B", table}}, description());
  const InverseGains gains = calibration.at(5.27e9, 1);
  const std::vector<Receptors> all{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, parallel{{0, 0}, {1, 1}};
  Row four(4, 4), two(4, 2);
  apply(gains, all, four.view(1, 2));
  apply(gains, parallel, two.view(1, 2));
  EXPECT_NEAR(two.weight[0], four.weight[0], 1e-5 * four.weight[0]);
  EXPECT_NEAR(two.weight[1], four.weight[3], 1e-5 * four.weight[3]);
  const Solutions& s = table.solutions[1];
  for (std::size_t channel = 0; channel < 4; ++channel) {
    for (std::size_t c = 0; c < 4; ++c) {
      const std::complex<double> g1 = s.gain[(4 + channel) * 2 + all[c][0]];
      const std::complex<double> g2 = s.gain[(8 + channel) * 2 + all[c][1]];
      const std::complex<double> wanted = std::complex<double>(3, 4) / (g1 * std::conj(g2));
      EXPECT_NEAR(std::abs(std::complex<double>(four.corrected[channel * 4 + c]) - wanted), 0,
                  1e-5);
    }
    EXPECT_EQ(two.corrected[channel * 2], four.corrected[channel * 4]);
    EXPECT_EQ(two.corrected[channel * 2 + 1], four.corrected[channel * 4 + 3]);
  }
}

TEST(Apply, FlagsWhatHasNoSolutionAndLeavesItsData) {
  const Calibration calibration({{"x.B", known_table(Kind::bandpass, 1)}}, description());
  const InverseGains gains = calibration.at(5.27e9, 0);
  Row row(4, 2);
  row.flag[6] = true;
  apply(gains, std::vector<Receptors>{{0, 0}, {1, 1}}, row.view(0, 1));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(row.flag[i], i == 1 || i == 6) << i;
  EXPECT_EQ(row.corrected[1], Complex(3, 4));
  EXPECT_NE(row.corrected[0], Complex(3, 4));
}

TEST(Apply, ComputesWeightsFromSigmaAndTheGains) {
  InverseGains gains{2, std::vector<Complex>(8), std::vector<float>(8),
                     std::vector<std::uint8_t>(8, 0)};
  const auto put = [&](std::size_t i, float g) {
    gains.inverse[i] = 1 / g;
    gains.power[i] = 1 / (g * g);
  };
  for (std::size_t i = 0; i < 4; ++i) put(i, 2);  // antenna 0: 2 in both channels
  put(4, 3);                                      // antenna 1, X: 3 and 1
  put(6, 1);
  put(5, 3);  // antenna 1, Y: 3 and none
  gains.flagged[7] = 1;
  Row row(2, 2);
  const std::vector<Receptors> parallel{{0, 0}, {1, 1}};
  apply(gains, parallel, row.view(0, 1));
  // X: variances 0.25 / 36 and 0.25 / 4, of which the mean; Y: one channel
  EXPECT_NEAR(row.weight[0], 2 / (0.25 / 36 + 0.25 / 4), 1e-4);
  EXPECT_NEAR(row.weight[1], 36 / 0.25, 1e-4);
  std::vector<float> spectrum(4);
  weight_spectrum(gains, parallel, 0, 1, row.sigma, spectrum);
  EXPECT_NEAR(spectrum[0], 144, 1e-3);
  EXPECT_NEAR(spectrum[2], 16, 1e-4);
  EXPECT_EQ(spectrum[3], 0);
  row.sigma[0] = -1;  // CASA's sign of a flagged row
  apply(gains, parallel, row.view(0, 1));
  EXPECT_EQ(row.weight[0], 0);
}

TEST(Apply, ChangesNoClosurePhaseAndTwiceIsOnce) {
  CalTable table = known_table(Kind::bandpass, 1);
  for (Solutions& s : table.solutions) std::fill(s.flagged.begin(), s.flagged.end(), 0);
  const Calibration calibration({{"x.B", table}}, description());
  const InverseGains gains = calibration.at(5.27e9, 0);
  Row rows[] = {Row(4, 2), Row(4, 2), Row(4, 2)};
  const std::size_t pairs[3][2] = {{0, 1}, {1, 2}, {0, 2}};
  for (std::size_t b = 0; b < 3; ++b) {
    for (std::size_t i = 0; i < 8; ++i)
      rows[b].data[i] = std::polar(1.0F + i, 0.3F * static_cast<float>(b * b + i));
    apply(gains, std::vector<Receptors>{{0, 0}, {1, 1}}, rows[b].view(pairs[b][0], pairs[b][1]));
  }
  for (std::size_t i = 0; i < 8; ++i) {
    const Complex before = rows[0].data[i] * rows[1].data[i] * std::conj(rows[2].data[i]);
    const Complex after =
        rows[0].corrected[i] * rows[1].corrected[i] * std::conj(rows[2].corrected[i]);
    EXPECT_NEAR(std::arg(after * std::conj(before)), 0, 1e-5);
  }
  const std::vector<Complex> once = rows[0].corrected;
  const std::vector<float> weight = rows[0].weight;
  apply(gains, std::vector<Receptors>{{0, 0}, {1, 1}}, rows[0].view(0, 1));
  EXPECT_EQ(rows[0].corrected, once);
  EXPECT_EQ(rows[0].weight, weight);
}

TEST(Calibration, MultipliesDelaysBandpassAndGains) {
  const CalTable k = known_table(Kind::delay), b = known_table(Kind::bandpass),
                 g = known_table(Kind::gain);
  const Calibration calibration({{"x.K", k}, {"x.B", b}, {"x.G", g}}, description());
  // a quarter of the way from the first interval (solutions 0) to the second (solutions 2)
  const InverseGains gains = calibration.at(5.27e9 + 45, 0);
  const std::size_t antenna = 2, channel = 3, receptor = 1, one = antenna * 2 + receptor;
  const double tau_s = 1e-9 * k.solutions[0].delay_ns[one];
  const std::complex<double> delay = std::polar(1.0, 2 * astro::kPi * tau_s * (1406e6 - 1403e6));
  const std::complex<double> band = b.solutions[0].gain[(antenna * 4 + channel) * 2 + receptor];
  const std::complex<double> first = g.solutions[0].gain[one], last = g.solutions[2].gain[one];
  const std::complex<double> between =
      std::polar(0.75 * std::abs(first) + 0.25 * std::abs(last),
                 std::arg(first) + 0.25 * std::arg(last * std::conj(first)));
  EXPECT_NEAR(std::abs(gain(gains, antenna, channel, receptor) - delay * band * between), 0, 1e-5);
  EXPECT_TRUE(gains.flagged[1]);
}

TEST(Calibration, GoesByNameAndFrequencyNotByOrder) {
  const CalTable table = known_table(Kind::bandpass, 1);
  ms::Description target = description();
  std::swap(target.antennas[0], target.antennas[2]);
  target.antennas.push_back({"117", {1, 2, 3}, 4.65});
  ms::SpectralWindow joined{"all", {}, {}};  // both windows as one, as our sets have it
  for (const ms::SpectralWindow& window : target.spectral_windows)
    for (std::size_t c = 0; c < 4; ++c) {
      joined.frequency_hz.push_back(window.frequency_hz[c]);
      joined.width_hz.push_back(2e6);
    }
  target.spectral_windows = {joined};
  const Calibration calibration({{"x.B", table}}, target);
  EXPECT_EQ(calibration.missing_antennas(), std::vector<std::string>{"117"});
  const InverseGains gains = calibration.at(5.27e9, 0);
  ASSERT_EQ(gains.n_channel, 8U);
  const std::complex<double> wanted = table.solutions[1].gain[(0 * 4 + 2) * 2];  // antenna 103
  EXPECT_NEAR(std::abs(gain(gains, 2, 6, 0) - wanted), 0, 1e-6);
  for (std::size_t i = 3 * 16; i < 4 * 16; ++i) EXPECT_TRUE(gains.flagged[i]);
}

TEST(Calibration, RefusesWhatDoesNotFit) {
  const NamedTable named{"x.B", known_table(Kind::bandpass, 1)};
  EXPECT_EQ(reason({named}, description()), "nothing wrong");

  ms::Description moved = description();
  std::swap(moved.antennas[0].name, moved.antennas[1].name);
  EXPECT_NE(reason({named}, moved).find("renumbered"), std::string::npos);

  ms::Description others = description();
  for (ms::Antenna& antenna : others.antennas) antenna.name = "ea" + antenna.name;
  EXPECT_NE(reason({named}, others).find("none of the antennas"), std::string::npos);

  ms::Description band = description();
  for (double& f : band.spectral_windows[1].frequency_hz) f += 5e6;
  EXPECT_NE(reason({named}, band).find("no solutions at 1417"), std::string::npos);

  NamedTable broken = named;
  broken.table.solutions[0].gain[2] = std::nanf("");
  EXPECT_NE(reason({broken}, description()).find("NaN"), std::string::npos);

  ms::Description feeds = description();
  feeds.correlations = {5, 8};
  EXPECT_NE(reason({named}, feeds).find("linear"), std::string::npos);
}

}  // namespace
}  // namespace contimg::caltable
