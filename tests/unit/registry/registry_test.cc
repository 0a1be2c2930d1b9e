// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/registry.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "fixture.h"

namespace contimg::registry {
namespace {

TEST_F(RegistryTest, ACandidateIsNeverChosen) {
  Registry sets = registry();
  const std::int64_t id = sets.add_candidate(solved("a", kMjd));
  EXPECT_EQ(sets.find(id)->state, SetState::candidate);
  EXPECT_EQ(chosen(kMjd), "");
  sets.judge(id, verdict(Grade::unknown));
  EXPECT_EQ(sets.find(id)->state, SetState::candidate);
  EXPECT_EQ(chosen(kMjd), "");
  sets.judge(id, verdict(Grade::pass));
  EXPECT_EQ(chosen(kMjd), "a");
}

TEST_F(RegistryTest, ASetThatFailsItsGatesIsUsedOnlyIfAnOperatorSaysWhy) {
  Registry sets = registry();
  const std::int64_t id = sets.add_candidate(solved("a", kMjd));
  EXPECT_EQ(sets.judge(id, verdict(Grade::fail)).state, SetState::failed);
  EXPECT_EQ(chosen(kMjd), "");
  EXPECT_THROW(sets.activate(id, ""), UsageError);
  EXPECT_EQ(chosen(kMjd), "");
  const CalibrationSet set = sets.activate(id, "the only one of the night");
  EXPECT_EQ(set.state, SetState::active);
  EXPECT_EQ(set.verdict, "FAIL");
  EXPECT_EQ(set.override_reason, "the only one of the night");
  EXPECT_EQ(chosen(kMjd), "a");
}

TEST_F(RegistryTest, VerdictAndLimitsAreRecordedBesideTheSolversWords) {
  Registry sets = registry();
  NewSet given = solved("a", kMjd);
  given.quality = R"({"chi_squared": 1.1})";
  Figures figures;
  figures.live_antennas = 2;
  const std::int64_t id = sets.add_candidate(given);
  const auto quality = nlohmann::json::parse(sets.judge(id, judge(figures)).quality);
  EXPECT_EQ(quality["chi_squared"], 1.1);
  EXPECT_EQ(quality["verdict"], "FAIL");
  EXPECT_EQ(quality["gates"]["live_antennas"]["fail"], 10);
  EXPECT_TRUE(quality["gates"]["median_snr"]["value"].is_null());
}

TEST_F(RegistryTest, WhatTheSolverLeavesOutComesFromTheTables) {
  const CalibrationSet set = *registry().find(activate("a", kMjd));
  EXPECT_NEAR(set.solved_mjd, kMjd, 1e-9);
  EXPECT_NEAR((set.solved_until_mjd - set.solved_from_mjd) * 86400, 60, 1e-3);
  EXPECT_EQ(set.refant, "103");
  EXPECT_EQ(set.antennas, (std::vector<std::string>{"103", "104"}));
  EXPECT_EQ(set.tables.size(), 2u);
  // The gains hold for an hour: so does the set.
  EXPECT_NEAR((set.solved_from_mjd - set.valid_from_mjd) * 24, 1, 1e-6);
  EXPECT_NEAR((set.valid_until_mjd - set.solved_until_mjd) * 24, 1, 1e-6);
}

TEST_F(RegistryTest, ABandpassAloneHoldsForItsOwnValidity) {
  Registry sets = registry();
  NewSet given = solved("a", kMjd);
  given.tables.pop_back();
  const std::int64_t id = sets.add_candidate(given);
  sets.judge(id, verdict(Grade::pass));
  EXPECT_EQ(chosen(kMjd + 23.9 * kHour), "a");
  EXPECT_EQ(chosen(kMjd + 24.1 * kHour), "");
}

TEST_F(RegistryTest, EnteringTheSameTablesAgainChangesNothing) {
  Registry sets = registry();
  const NewSet set = solved("a", kMjd);
  const std::int64_t id = sets.add_candidate(set);
  sets.judge(id, verdict(Grade::pass));
  EXPECT_EQ(sets.add_candidate(set), id);
  EXPECT_EQ(sets.judge(id, verdict(Grade::fail)).state, SetState::active);
  EXPECT_EQ(sets.list().size(), 1u);
}

TEST_F(RegistryTest, ARedoReplacesWhatWasNeverActive) {
  Registry sets = registry();
  const std::int64_t first = sets.add_candidate(solved("a", kMjd));
  const std::int64_t second = sets.add_candidate(solved("a", kMjd, 16, 3));
  EXPECT_NE(first, second);
  EXPECT_FALSE(sets.find(first));
  EXPECT_EQ(sets.list().size(), 1u);
  EXPECT_EQ(sets.find(second)->version, 1);
}

TEST_F(RegistryTest, ARedoOfAnActiveSetTakesItsPlaceAtOnceOrNotAtAll) {
  activate("a", kMjd);
  Registry sets = registry();
  EXPECT_EQ(sets.table_stem("/tables", "a"), "/tables/a.v2");
  NewSet again = solved("a.v2", kMjd, 16, 3);
  again.name = "a";
  const std::int64_t bad = sets.add_candidate(again);
  EXPECT_EQ(chosen(kMjd), "a");
  sets.judge(bad, verdict(Grade::fail));
  EXPECT_EQ(chosen(kMjd), "a");  // a worse redo leaves the old one in use
  EXPECT_EQ(sets.table_stem("/tables", "a"), "/tables/a.v2");
  const std::int64_t good = sets.add_candidate(again);
  EXPECT_EQ(chosen(kMjd), "a");
  sets.judge(good, verdict(Grade::warn));
  EXPECT_EQ(chosen(kMjd), "a (version 2)");
  EXPECT_EQ(sets.list(SetState::active).size(), 1u);
  EXPECT_EQ(sets.named("a").version, 2);
  EXPECT_EQ(sets.named("a:1").state_reason, "superseded by version 2");
}

TEST_F(RegistryTest, TablesThatAreNotSoundAreNotEntered) {
  Registry sets = registry();
  NewSet set = solved("a", kMjd);
  set.tables.push_back((folder / "absent.G").string());
  EXPECT_THROW(sets.add_candidate(set), DataError);
  set = solved("a", kMjd);
  std::filesystem::remove_all(set.tables[0] + "/ANTENNA");
  EXPECT_THROW(sets.add_candidate(set), DataError);
  set = solved("b", kMjd);
  caltable::CalTable flagged = table(caltable::Kind::gain, kMjd);
  for (auto& flag : flagged.solutions[0].flagged) flag = 1;
  write("b.G", flagged);
  EXPECT_THROW(sets.add_candidate(set), DataError);
  caltable::CalTable other = table(caltable::Kind::gain, kMjd);
  other.description.antennas[1].name = "117";
  write("b.G", other);
  EXPECT_THROW(sets.add_candidate(set), DataError);
  set = solved("c", kMjd);
  set.dec_deg = std::nan("");
  EXPECT_THROW(sets.add_candidate(set), UsageError);
  set.dec_deg = 16;
  set.solved_mjd = kMjd + 30;
  EXPECT_THROW(sets.add_candidate(set), DataError);
  EXPECT_TRUE(sets.list().empty());
}

TEST_F(RegistryTest, TablesOfAnotherActiveSetAreNotEntered) {
  activate("a", kMjd);
  NewSet set = solved("b", kMjd);
  set.tables[0] = (folder / "a.B").string();
  EXPECT_THROW(registry().add_candidate(set), DataError);
}

TEST_F(RegistryTest, TablesThatChangeBeforeActivationAreNotActivated) {
  Registry sets = registry();
  const std::int64_t id = sets.add_candidate(solved("a", kMjd));
  write("a.G", table(caltable::Kind::gain, kMjd, 7));
  EXPECT_THROW(sets.judge(id, verdict(Grade::pass)), DataError);
  EXPECT_THROW(sets.activate(id, "why not"), DataError);
  EXPECT_EQ(chosen(kMjd), "");
}

TEST_F(RegistryTest, TablesThatChangeAfterwardsArePassedOver) {
  activate("near", kMjd);
  activate("far", kMjd + 3 * kHour);
  EXPECT_EQ(chosen(kMjd), "near");
  std::filesystem::remove_all(folder / "near.G");
  const Choice choice = registry().choose({kMjd, 16, "t"});
  EXPECT_EQ(choice.set->name, "far");
  EXPECT_NE(choice.warning.find("near is passed over"), std::string::npos) << choice.warning;
  std::ofstream((folder / "far.G" / "table.f0").string(), std::ios::app) << "x";
  EXPECT_EQ(chosen(kMjd), "");
}

TEST_F(RegistryTest, AnOperatorsSqlCannotActivateACandidate) {
  Registry sets = registry();
  sets.add_candidate(solved("a", kMjd));
  EXPECT_THROW(sets.database().execute("UPDATE calibration_set SET state = 'active'"), DataError);
}

TEST_F(RegistryTest, EveryChangeOfStateIsInTheHistory) {
  Registry sets = registry();
  const std::int64_t id = activate("a", kMjd);
  sets.retire(id, "clouds");
  sets.database().execute("UPDATE calibration_set SET state = 'failed'");
  Statement history(
      sets.database(),
      "SELECT coalesce(\"from\", '') || '>' || \"to\" || ' ' || reason ||"
      " iif(actor LIKE 'operator%', ' sql', '') FROM calibration_history ORDER BY id");
  std::vector<std::string> lines;
  while (history.step()) lines.push_back(history.text(0));
  EXPECT_EQ(lines, (std::vector<std::string>{
                       ">candidate not judged yet", "candidate>active passed its gates",
                       "active>retired clouds", "retired>failed clouds sql"}));
}

TEST_F(RegistryTest, JobsThatWaitForACalibrationAreDueWhenOneIsActive) {
  add_group("waits", kMjd);
  add_group("other", kMjd + kHour);
  Registry sets = registry();
  sets.database().execute(
      "INSERT INTO job (group_id, stage, state, not_before, reason) VALUES"
      " ('waits', 'calibrate', 'waiting', 9e9, 'no_calibration: 0 active sets'),"
      " ('other', 'calibrate', 'waiting', 9e9, 'disk full')");
  const std::int64_t id = sets.add_candidate(solved("a", kMjd));
  const std::string due =
      "SELECT group_concat(group_id) FROM job WHERE stage = 'calibrate'"
      " AND not_before < 2e9";
  sets.judge(id, verdict(Grade::fail));
  EXPECT_EQ(sets.database().text(due), "");
  sets.activate(id, "test");
  EXPECT_EQ(sets.database().text(due), "waits");
}

TEST_F(RegistryTest, TheDocumentedViewShowsTables) {
  activate("a", kMjd);
  Registry sets = registry();
  EXPECT_EQ(sets.database().text("SELECT group_concat(table_type || order_index || status) FROM"
                                 " (SELECT * FROM caltables WHERE set_name = 'a'"
                                 " AND valid_start_mjd < 61000.5 AND valid_end_mjd > 61000.5"
                                 " ORDER BY order_index)"),
            "B Jones0active,G Jones1active");
}

}  // namespace
}  // namespace contimg::registry
