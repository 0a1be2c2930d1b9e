// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "report/calibration_choice.h"

namespace contimg::report {
namespace {

Portrait good() {
  Portrait p;
  p.rms_jy = 1e-3;
  p.beam_major_arcsec = 40;
  p.beam_minor_arcsec = 20;
  p.flagged_share = 0.02;
  p.n_subbands = 16;
  p.n_antennas = 90;
  p.dec_deg = 30;
  p.calibration_age_h = 1;
  p.flux_ratio = 1;
  p.calibration_set = "A";
  p.tier = "science";
  p.settings = "wsclean -niter 100 -size 640 640";
  p.versions = {{"convert", "1.0"}, {"image", "1.0"}};
  return p;
}

TEST(Differences, ThereAreNoneBetweenEquals) { EXPECT_TRUE(differences(good(), good()).empty()); }

TEST(Differences, WhatIsUsualIsNotTold) {
  Portrait here = good();
  here.rms_jy *= 1.1;
  here.flagged_share += 0.02;
  here.beam_major_arcsec *= 1.03;
  EXPECT_TRUE(differences(here, good()).empty());
}

TEST(Differences, TheLargestComesFirst) {
  Portrait here = good();
  here.rms_jy *= std::pow(1.15, 2);  // twice the usual
  here.n_subbands = 12;              // 4 / 0.5: eight times
  here.flagged_share = 0.17;         // 0.15 / 0.03: five times
  here.calibration_set = "B";
  here.versions["image"] = "1.1";
  const auto found = differences(here, good());
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].what, "subbands");
  EXPECT_EQ(found[0].here, "12");
  EXPECT_EQ(found[0].there, "16");
  EXPECT_NEAR(found[0].size, 8, 1e-9);
  EXPECT_EQ(found[1].what, "flagged share");
  EXPECT_NEAR(found[1].size, 5, 1e-9);
  EXPECT_EQ(found[2].what, "version, image");
  EXPECT_EQ(found[3].what, "noise");
  EXPECT_NEAR(found[3].size, 2, 1e-9);
  EXPECT_EQ(found[4].what, "calibration set");
}

TEST(Differences, SettingsAreToldByWhatDiffers) {
  Portrait here = good();
  here.settings = "wsclean -niter 200 -size 640 640";
  const auto found = differences(here, good());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].here, "-niter 200");
  EXPECT_EQ(found[0].there, "-niter 100");
}

TEST(Differences, WhatIsNotKnownIsLeftOut) {
  Portrait here;
  here.rms_jy = here.beam_major_arcsec = here.beam_minor_arcsec = here.flagged_share = NAN;
  here.n_subbands = here.n_antennas = here.dec_deg = here.calibration_age_h = NAN;
  here.flux_ratio = NAN;
  EXPECT_TRUE(differences(here, good()).empty());
}

registry::Contender contender(std::int64_t id, double age_h, const std::string& unfit = "") {
  registry::Contender one;
  one.set.id = id;
  one.age_h = age_h;
  one.in_validity = age_h < 1;
  one.unfit = unfit;
  return one;
}

TEST(WhyLost, TellsEachReason) {
  const registry::Contender applied = contender(1, 0.5);
  const double early = 100, at = 200, late = 300;
  EXPECT_EQ(why_lost(applied, &applied, early, at), "");
  EXPECT_EQ(why_lost(contender(2, 0.2, "of another band"), &applied, early, at), "of another band");
  EXPECT_EQ(why_lost(contender(2, 0.2), &applied, late, at).rfind("became active only after", 0),
            0U);
  EXPECT_EQ(why_lost(contender(2, 0.7), &applied, early, at),
            "0.70 h away, the one applied 0.50 h");
  EXPECT_EQ(why_lost(contender(2, 3), &applied, early, at),
            "outside its validity, the one applied is within");
  EXPECT_EQ(why_lost(contender(2, 3), nullptr, early, NAN),
            "fits; the group is not calibrated yet");
}

}  // namespace
}  // namespace contimg::report
