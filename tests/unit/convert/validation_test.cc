// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/validation.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "astro/earth_orientation.h"
#include "convert/transfer.h"
#include "observed_group.h"

namespace contimg::convert {
namespace {

// Each gate is shown a set with its fault, or a plan that the set does not keep to.
class FindFaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    const Group group = made::write_group(folder_, {made::plain_values(1), made::plain_values(2)});
    plan_ = plan_conversion(group, {}, astro::EarthOrientation::built_in());
    plan_.uvw_discrepancy_m = 0;  // the made files' uvw mean nothing
  }

  std::vector<std::string> faults_of_set_made_by(const Plan& plan) {
    const std::string set = folder_.file("set" + std::to_string(n_set_++) + ".ms");
    ms::Writer writer = ms::Writer::create(set, plan.description, plan.keys);
    transfer(plan, writer, 0, 1, [](std::size_t) {});
    writer.flush();
    return find_faults(set, plan_);
  }

  // The set is made as `change` says; it should have been as before.
  void expect_fault(const std::function<void(Plan&)>& change, const std::string& words) {
    Plan changed = plan_;
    change(changed);
    expect_words(faults_of_set_made_by(changed), words);
  }

  // Both the set and the plan are wrong in the same way.
  void expect_fault_of_both(const std::function<void(Plan&)>& change, const std::string& words) {
    const Plan good = plan_;
    change(plan_);
    expect_words(faults_of_set_made_by(plan_), words);
    plan_ = good;
  }

  static void expect_words(const std::vector<std::string>& faults, const std::string& words) {
    for (const std::string& fault : faults)
      if (fault.find(words) != std::string::npos) return;
    ADD_FAILURE() << "no \"" << words << "\" among " << faults.size() << " faults"
                  << (faults.empty() ? "" : ": " + faults.front());
  }

  contimg::made::Folder folder_;
  Plan plan_;
  int n_set_ = 0;
};

TEST_F(FindFaultsTest, AGoodSetHasNone) { EXPECT_TRUE(faults_of_set_made_by(plan_).empty()); }

TEST_F(FindFaultsTest, AnotherPhaseCentreByTwoMilliarcseconds) {
  expect_fault([](Plan& plan) { plan.description.fields[0].phase_centre.dec_rad += 1e-8; },
               "phase centre of field 0");
}

TEST_F(FindFaultsTest, AnAntennaElsewhereByTwoMillimetres) {
  expect_fault([](Plan& plan) { plan.description.antennas[2].position_m[1] += 2e-3; },
               "position of antenna 3");
}

TEST_F(FindFaultsTest, FrequenciesThatDoNotAscend) {
  expect_fault(
      [](Plan& plan) {
        std::vector<double>& f = plan.description.spectral_windows[0].frequency_hz;
        std::swap(f[3], f[4]);
      },
      "do not ascend");
}

TEST_F(FindFaultsTest, NegativeChannelWidths) {
  expect_fault(
      [](Plan& plan) {
        for (double& width : plan.description.spectral_windows[0].width_hz) width = -width;
      },
      "width is not positive");
}

TEST_F(FindFaultsTest, AnEmptyTimeRange) {
  expect_fault(
      [](Plan& plan) { plan.description.last_time_mjd_s = plan.description.first_time_mjd_s; },
      "TIME_RANGE");
}

TEST_F(FindFaultsTest, RowKeysThatAreNotAsPlanned) {
  expect_fault([](Plan& plan) { plan.keys.time_mjd_s[5] += 1e-3; }, "TIME");
  expect_fault([](Plan& plan) { plan.keys.antenna2[5] = 0; }, "ANTENNA2");
  expect_fault([](Plan& plan) { plan.keys.uvw_m[7] += 1e-6; }, "UVW is not as planned");
  expect_fault([](Plan& plan) { plan.keys.field[0] = 1; }, "FIELD_ID");
}

TEST_F(FindFaultsTest, ImpossibleUvw) {
  expect_fault_of_both(
      [](Plan& plan) { plan.keys.uvw_m[7] = std::numeric_limits<double>::quiet_NaN(); },
      "not finite");
  expect_fault_of_both([](Plan& plan) { plan.keys.uvw_m[7] = 2e5; }, "200.000000 km");
  expect_fault_of_both([](Plan& plan) { plan.keys.uvw_m.assign(plan.keys.uvw_m.size(), 0); },
                       "zero throughout");
}

TEST_F(FindFaultsTest, FilesWhoseUvwAreOthers) {
  plan_.uvw_discrepancy_m = 1.01;
  expect_words(faults_of_set_made_by(plan_), "uvw in the files differ");
}

TEST_F(FindFaultsTest, FewerRows) {
  Plan longer = plan_;
  longer.n_time += 1;
  const std::string set = folder_.file("short.ms");
  { ms::Writer::create(set, plan_.description, plan_.keys).flush(); }
  expect_words(find_faults(set, longer), "rows, expected");
}

TEST_F(FindFaultsTest, AnUnflaggedValueThatIsNotFinite) {
  const std::string set = folder_.file("nan.ms");
  {
    ms::Writer writer = ms::Writer::create(set, plan_.description, plan_.keys);
    transfer(plan_, writer, 0, 1, [](std::size_t) {});
    const std::size_t n = plan_.n_channel * plan_.n_correlation;
    std::vector<std::complex<float>> data(n, std::numeric_limits<float>::infinity());
    const auto flag = std::make_unique<bool[]>(n);
    const std::vector<float> weight(plan_.n_correlation, 1);
    const bool flag_row = false;
    writer.put({0, 1, data, {flag.get(), n}, weight, {&flag_row, 1}});
    writer.flush();
  }
  expect_words(find_faults(set, plan_), "DATA of row 0");
}

TEST_F(FindFaultsTest, WhatIsNoSet) { EXPECT_FALSE(find_faults(folder_.path(), plan_).empty()); }

}  // namespace
}  // namespace contimg::convert
