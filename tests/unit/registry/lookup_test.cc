// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"
#include "fixture.h"
#include "queue/parcel.h"

namespace contimg::registry {
namespace {

TEST_F(RegistryTest, TheNearestWinsBeforeOrAfter) {
  activate("before", kMjd - 3 * kHour);
  activate("after", kMjd + 2 * kHour);
  EXPECT_EQ(chosen(kMjd), "after");
  EXPECT_EQ(chosen(kMjd - kHour), "before");
  const Choice choice = registry().choose({kMjd, 16.5, "t"});
  EXPECT_NEAR(choice.age_h, 2 - 0.5 / 60, 1e-6);  // to the start of the minute that was solved
  EXPECT_FALSE(choice.in_validity);
  EXPECT_EQ(choice.why,
            "after: solved 1.99 h later, 0.50 deg off in declination, outside its validity; 1 more"
            " in reach");
}

TEST_F(RegistryTest, AgeIsLimitedAndWarnedAbout) {
  activate("a", kMjd);
  const double edge = 0.5 / 1440;  // the solved minute's half
  Registry sets = registry();
  EXPECT_EQ(sets.choose({kMjd + 5.99 * kHour, 16, "t"}).warning, "");
  EXPECT_NE(sets.choose({kMjd + 6.01 * kHour + edge, 16, "t"}).warning, "");
  EXPECT_EQ(chosen(kMjd + 11.99 * kHour + edge), "a");
  EXPECT_EQ(chosen(kMjd - 11.99 * kHour - edge), "a");
  const Choice none = sets.choose({kMjd + 12.01 * kHour + edge, 16, "t"});
  EXPECT_FALSE(none.set);
  EXPECT_EQ(none.why,
            "no calibration: 1 active sets, the nearest 12.0 h away, expected at most"
            " 12.0 h");
  limits.max_age_h = 20;
  EXPECT_EQ(chosen(kMjd + 19 * kHour), "a");
  limits.max_age_h = 100;  // the bandpass ends it
  EXPECT_EQ(chosen(kMjd + 25 * kHour), "");
}

TEST_F(RegistryTest, ASetValidForTheTargetComesBeforeANearerOneThatIsNot) {
  activate("near", kMjd + 2 * kHour);
  NewSet wide = solved("wide", kMjd - 5 * kHour);
  wide.valid_from_mjd_given = kMjd - 10 * kHour;
  wide.valid_until_mjd_given = kMjd + 10 * kHour;
  Registry sets = registry();
  sets.judge(sets.add_candidate(wide), verdict(Grade::pass));
  EXPECT_EQ(chosen(kMjd), "wide");
  EXPECT_EQ(chosen(kMjd + 1.5 * kHour), "near");
  wide.name = "wrong";
  wide.valid_until_mjd_given = kMjd - 8 * kHour;
  EXPECT_THROW(sets.add_candidate(wide), Error);
}

TEST_F(RegistryTest, TheNewestOfEquallyNearOnes) {
  activate("older", kMjd);
  activate("newer", kMjd);
  EXPECT_EQ(chosen(kMjd), "newer");
}

TEST_F(RegistryTest, TheFirstContenderIsTheOneThatIsChosen) {
  activate("far", kMjd - 5 * kHour);
  activate("near", kMjd + 2 * kHour);
  activate("elsewhere", kMjd, 20);
  activate("old", kMjd - 20 * kHour);
  const Target target{kMjd, 16, "t"};
  const auto found = registry().contenders(target, 10);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].set.name, registry().choose(target).set->name);
  EXPECT_EQ(found[0].set.name, "near");
  EXPECT_EQ(found[1].set.name, "far");
  EXPECT_EQ(found[1].unfit, "");
  EXPECT_EQ(found[2].unfit, "4.00 deg off in declination, expected at most 1.00 deg");
  EXPECT_EQ(found[3].unfit, "20.0 h away, expected at most 12.0 h");
  EXPECT_EQ(registry().contenders(target, 2).size(), 2U);
}

TEST_F(RegistryTest, AnotherDeclinationIsNotUsed) {
  activate("a", kMjd, 16);
  EXPECT_EQ(chosen(kMjd, 16.99), "a");
  EXPECT_EQ(chosen(kMjd, 15.01), "a");
  const Choice none = registry().choose({kMjd, 33, "t"});
  EXPECT_FALSE(none.set);
  EXPECT_EQ(none.why,
            "no calibration: 1 active sets, 1 of them more than 1.00 deg off in declination");
  limits.dec_tolerance_deg = 20;
  EXPECT_EQ(chosen(kMjd, 33), "a");
  EXPECT_THROW(registry().choose({kMjd, std::nan(""), "t"}), DataError);
}

// The tables of the fixture have four channels of 2 MHz from 1399 to 1407 MHz.
TEST_F(RegistryTest, ASetOfAnotherBandIsNotUsed) {
  activate("a", kMjd);
  const auto chosen_for = [&](double low_hz, double high_hz) {
    const Choice choice = registry().choose({kMjd, 16, "t", low_hz, high_hz});
    return choice.set ? choice.set->name : choice.why;
  };
  EXPECT_EQ(chosen_for(1399e6, 1407e6), "a");
  EXPECT_EQ(chosen_for(1401e6, 1403e6), "a");
  EXPECT_EQ(chosen_for(1398.5e6, 1407.5e6), "a");  // to half a channel
  EXPECT_EQ(chosen_for(1397e6, 1405e6), "no calibration: 1 active sets, 1 of another band");
  EXPECT_EQ(chosen_for(1500e6, 1510e6), "no calibration: 1 active sets, 1 of another band");
}

TEST_F(RegistryTest, AMoveOfTheTelescopeEndsASetEvenIfItComesBack) {
  activate("a", kMjd);
  add_group("elsewhere", kMjd + 2 * kHour, 33);
  EXPECT_EQ(chosen(kMjd + kHour), "a");
  EXPECT_EQ(chosen(kMjd + 3 * kHour), "");
  EXPECT_NE(registry().choose({kMjd + 3 * kHour, 16, "t"}).why.find("change of the pointing"),
            std::string::npos);
  activate("back", kMjd + 4 * kHour);
  EXPECT_EQ(chosen(kMjd + 3 * kHour), "back");
  EXPECT_EQ(chosen(kMjd + 1.9 * kHour), "a");  // not the nearer one from after the move
}

// A Slurm task has a parcel only: what tells the sets apart must be in it.
TEST_F(RegistryTest, AGroupInAParcelGetsTheSetThatItWouldGetHere) {
  activate("before", kMjd);
  activate("after", kMjd + 4 * kHour);
  activate("north", kMjd + 2.9 * kHour, 33);
  Registry sets = registry();
  sets.add_candidate(solved("candidate", kMjd + 3 * kHour));
  add_group("elsewhere", kMjd + 2 * kHour, 33);
  std::string all;
  for (const double hour : {1.0, 1.9, 2.1, 3.0, 16.5, 40.0}) {
    const std::string id = "g" + std::to_string(hour);
    add_group(id, kMjd + hour * kHour);
    const Choice here = registry().choose(registry().target_of(id));
    queue::QueueSettings copy = settings();
    {
      queue::Queue queue(settings());
      queue::pack_group(queue, id, (folder / id).string());
      copy.path = queue::parcel_path((folder / id).string());
    }
    Registry there(copy, limits);
    const Choice same = there.choose(there.target_of(id));
    EXPECT_EQ(same.set ? same.set->id : 0, here.set ? here.set->id : 0) << id;
    EXPECT_EQ(same.set ? same.set->tables : std::vector<std::string>{},
              here.set ? here.set->tables : std::vector<std::string>{});
    EXPECT_EQ(same.in_validity, here.in_validity);
    EXPECT_NEAR(same.age_h, here.age_h, 1e-9);
    all += here.set ? here.set->name + " " : "none ";
  }
  EXPECT_EQ(all, "before before after after none none ");
}

TEST_F(RegistryTest, AMoveRetiresSetsThatNoGroupWantsAnyMore) {
  const std::int64_t old = activate("old", kMjd);
  activate("later", kMjd + 5 * kHour);
  add_group("backlog", kMjd + kHour);
  Registry sets = registry();
  EXPECT_TRUE(sets.pointing_seen(33, kMjd + 2 * kHour, "test").empty());
  EXPECT_EQ(chosen(kMjd + kHour), "old");
  EXPECT_EQ(chosen(kMjd + 2.5 * kHour), "later");
  sets.record_use({"backlog", old, "", "", true, 0});
  const auto retired = sets.pointing_seen(33, kMjd + 2 * kHour, "test");
  ASSERT_EQ(retired.size(), 1u);
  EXPECT_EQ(retired[0].name, "old");
  EXPECT_EQ(sets.named("later").state, SetState::active);  // solved after the move
  EXPECT_TRUE(sets.stale().empty());                       // what it calibrated is still right
}

TEST_F(RegistryTest, ASmallCorrectionOfThePointingRetiresNothing) {
  activate("a", kMjd);
  EXPECT_TRUE(registry().pointing_seen(16.5, kMjd + kHour, "test").empty());
  EXPECT_EQ(chosen(kMjd + 2 * kHour), "a");
}

TEST_F(RegistryTest, TheTargetOfAGroupIsItsMiddleAndItsPointing) {
  add_group("g", kMjd, 16.25);
  const Target target = registry().target_of("g");
  EXPECT_NEAR(target.mjd, kMjd, 1e-9);
  EXPECT_NEAR(target.dec_deg, 16.25, 1e-9);
  EXPECT_THROW(registry().target_of("nobody"), UsageError);
}

TEST_F(RegistryTest, OnlyASetThatWasActiveCanHaveBeenUsed) {
  add_group("g", kMjd);
  Registry sets = registry();
  const std::int64_t id = sets.add_candidate(solved("a", kMjd));
  EXPECT_THROW(sets.record_use({"g", id, "", "", true, 0}), DataError);
  sets.judge(id, verdict(Grade::pass));
  sets.record_use({"g", id, "g.ms", "solved", true, 0});
  EXPECT_EQ(sets.use_of("g")->set_id, id);
  EXPECT_EQ(sets.use_of("g")->quality, "solved");
  EXPECT_EQ(sets.database().integer("SELECT count(*) FROM calibration_applied WHERE success"), 2);
  sets.record_use({"g", 0, "g.ms", "", true, 0});
  EXPECT_EQ(sets.use_of("g")->set_id, 0);
}

TEST_F(RegistryTest, GroupsOfASetThatFailedAreStale) {
  add_group("g", kMjd + kHour);
  add_group("fine", kMjd + 4 * kHour);
  const std::int64_t bad = activate("bad", kMjd);
  const std::int64_t other = activate("other", kMjd + 5 * kHour);
  Registry sets = registry();
  sets.record_use({"g", bad, "", "", true, 0});
  sets.record_use({"fine", other, "", "", true, 0});
  EXPECT_TRUE(sets.stale().empty());
  sets.fail(bad, "wrong flux");
  const auto found = sets.stale();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].group_id, "g");
  EXPECT_EQ(found[0].action, "reapply");
  EXPECT_EQ(found[0].new_set, "other");
  EXPECT_EQ(found[0].why, "its set bad is failed: wrong flux");
}

TEST_F(RegistryTest, ANearerSetMakesStaleAndAFartherOneDoesNot) {
  add_group("g", kMjd);
  const std::int64_t first = activate("first", kMjd - 3 * kHour);
  Registry sets = registry();
  sets.record_use({"g", first, "", "", true, 0});
  activate("farther", kMjd + 4 * kHour);
  EXPECT_TRUE(sets.stale().empty());
  activate("nearer", kMjd + 2 * kHour);
  ASSERT_EQ(sets.stale().size(), 1u);
  EXPECT_EQ(sets.stale()[0].why, "nearer is nearer by 1.00 h");
}

TEST_F(RegistryTest, StaleGroupsComeCheapestFirst) {
  add_group("a-calibrator", kMjd);
  add_group("b-science", kMjd + kHour);
  add_group("c-uncalibrated", kMjd + 2 * kHour);
  add_group("d-alone", kMjd + 60 * kHour);
  NewSet own = solved("a-calibrator", kMjd);
  own.group_id = "a-calibrator";
  Registry sets = registry();
  const std::int64_t id = sets.add_candidate(own);
  sets.judge(id, verdict(Grade::pass));
  const std::int64_t lone = activate("lone", kMjd + 60 * kHour);
  activate("other", kMjd + 3 * kHour);
  sets.record_use({"a-calibrator", id, "", "", true, 0});
  sets.record_use({"b-science", id, "", "", true, 0});
  sets.record_use({"c-uncalibrated", 0, "", "", false, 0});
  sets.record_use({"d-alone", lone, "", "", true, 0});
  sets.fail(id, "bad");
  sets.retire(lone, "bad");
  std::vector<std::string> found;
  for (const Dependant& d : sets.stale()) found.push_back(d.action + " " + d.group_id);
  EXPECT_EQ(found, (std::vector<std::string>{"reapply b-science", "reapply c-uncalibrated",
                                             "solve a-calibrator", "wait d-alone"}));
}

}  // namespace
}  // namespace contimg::registry
