// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/field_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace contimg::calibrate {
namespace {

constexpr double kTime = 5.27e9;

ms::Description a_set() {
  ms::Description set;
  set.antennas = {{"1", {-2409150, -4478573, 3838617}, 4.65},
                  {"2", {-2409250, -4478473, 3838617}, 4.65}};
  set.spectral_windows = {{"band", {1.3e9, 1.35e9, 1.4e9}, {5e7, 5e7, 5e7}}};
  set.fields = {{"here", {1.25, 0.5}, kTime}};
  return set;
}

skymodel::Component source(const astro::Direction& where) {
  skymodel::Component component;
  component.position = where;
  component.flux_jy = 3;
  component.spectral_index = -1;
  component.reference_frequency_hz = 1.3e9;
  return component;
}

std::vector<std::complex<float>> predicted(const ms::Description& set,
                                           const skymodel::Component& component, double time_mjd_s,
                                           bool with_beam = true) {
  FieldModel model(set, 0, {component}, astro::EarthOrientation::built_in(), with_beam);
  model.begin_integration(time_mjd_s);
  const std::vector<astro::Vector3> uvw{{100, 50, 20}, {-300, 70, 0}};
  std::vector<std::complex<float>> out(uvw.size() * model.n_channel());
  model.predict(uvw, out);
  return out;
}

TEST(FieldModel, ASourceAtThePhaseCentreIsItsFluxDensity) {
  const auto out = predicted(a_set(), source({1.25, 0.5}), kTime);
  ASSERT_EQ(out.size(), 6u);
  for (std::size_t i = 0; i < out.size(); ++i)
    EXPECT_LT(std::abs(out[i] - std::complex<float>(static_cast<float>(
                                    3 / (1 + 5e7 * static_cast<double>(i % 3) / 1.3e9)))),
              1e-5)
        << i;
}

TEST(FieldModel, DimsWhatTheDishesPointAwayFromAtThatTime) {
  ms::Description set = a_set();
  set.pointings = {{kTime, 10, {1.25, 0.5}}, {kTime + 10, 10, {1.25, 0.52}}};
  const auto at = [&](double time) { return predicted(set, source({1.25, 0.5}), time)[0].real(); };
  EXPECT_NEAR(at(kTime), 3, 1e-5);
  EXPECT_NEAR(at(kTime + 4.9), 3, 1e-5) << "the nearest row counts";
  // (2 J1(y) / y)^2 with y = pi 4.65 m sin(0.02) 1.3e9 Hz / c
  const double y = M_PI * 4.65 * std::sin(0.02) * 1.3e9 / 299792458.0;
  EXPECT_NEAR(at(kTime + 5.1), 3 * std::pow(2 * std::cyl_bessel_j(1, y) / y, 2), 1e-4);
  EXPECT_NEAR(predicted(set, source({1.25, 0.5}), kTime + 10, false)[0].real(), 3, 1e-5);
}

TEST(FieldModel, DishesPointAtThePhaseCentreWhereNothingElseIsSaid) {
  const astro::Direction where = ms::pointing_at(a_set(), kTime);
  EXPECT_EQ(where.ra_rad, 1.25);
  EXPECT_EQ(where.dec_rad, 0.5);
}

TEST(FieldModel, TheArrayIsInTheMiddleOfItsAntennas) {
  const astro::Site site = ms::array_site(a_set());
  EXPECT_NEAR(site.longitude_rad, std::atan2(-4478523.0, -2409200.0), 1e-9);
}

TEST(FieldModel, RefusesSeveralWindowsAndNoAntennas) {
  ms::Description set = a_set();
  set.spectral_windows.push_back(set.spectral_windows[0]);
  const auto earth = astro::EarthOrientation::built_in();
  EXPECT_THROW(FieldModel(set, 0, {}, earth), DataError);
  set = a_set();
  set.antennas.clear();
  EXPECT_THROW(FieldModel(set, 0, {}, earth), DataError);
}

}  // namespace
}  // namespace contimg::calibrate
