// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/config.h"
#include "base/error.h"
#include "base/setting.h"
#include "scratch.h"

namespace contimg {
namespace {

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = scratch("settings");
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& text) {
    const std::string path = (folder_ / "contimg.toml").string();
    std::ofstream(path) << text;
    return path;
  }
  /// The message of the UsageError that this file brings.
  std::string complaint(const std::string& text) {
    try {
      resolve_settings({}, {}, file(text));
    } catch (const UsageError& error) {
      const std::string message = error.what();
      const std::string folder = folder_.string() + "/";
      return message.rfind(folder, 0) == 0 ? message.substr(folder.size()) : message;
    }
    return "no complaint";
  }

  std::filesystem::path folder_;
};

using Environment = std::map<std::string, std::string>;

TEST_F(SettingsTest, EachSourceWinsOverTheNextOne) {
  const std::string path = file("[queue]\nmax_retries = 7\n");
  const Environment environment = {{"CONTIMG_MAX_RETRIES", "8"}};
  const std::vector<Given> options = {{"queue.max_retries", "9", "option --max-retries"}};

  EXPECT_EQ(resolve_settings({}, {}, "").settings.max_retries, 3);
  const Settings from_file = resolve_settings({}, {}, path).settings;
  EXPECT_EQ(from_file.max_retries, 7);
  EXPECT_EQ(from_file.sources.at("queue.max_retries"), path + ":2");
  const Settings from_environment = resolve_settings({}, environment, path).settings;
  EXPECT_EQ(from_environment.max_retries, 8);
  EXPECT_EQ(from_environment.sources.at("queue.max_retries"), "environment CONTIMG_MAX_RETRIES");
  const Settings from_option = resolve_settings(options, environment, path).settings;
  EXPECT_EQ(from_option.max_retries, 9);
  EXPECT_EQ(from_option.sources.at("queue.max_retries"), "option --max-retries");
}

TEST_F(SettingsTest, TheFileIsNamedByOptionBeforeEnvironment) {
  const std::string path = file("[disk]\nfloor_gb = 3\n");
  EXPECT_EQ(resolve_settings({}, {{"CONTIMG_CONFIG", path}}, "").settings.disk_floor_gb, 3);
  EXPECT_EQ(resolve_settings({}, {{"CONTIMG_CONFIG", "/no/such"}}, path).settings.disk_floor_gb, 3);
  EXPECT_THROW(resolve_settings({}, {{"CONTIMG_CONFIG", "/no/such"}}, ""), UsageError);
}

TEST_F(SettingsTest, PathsLieUnderTheRootUnlessSet) {
  const Settings bare = resolve_settings({}, {}, "").settings;
  EXPECT_EQ(bare.queue_db, "");
  const Settings settings =
      resolve_settings({}, {{"CONTIMG_ROOT", "/data"}, {"CONTIMG_OUTPUT_DIR", "/fast/ms"}}, "")
          .settings;
  EXPECT_EQ(settings.input_dir, "/data/incoming");
  EXPECT_EQ(settings.output_dir, "/fast/ms");
  EXPECT_EQ(settings.queue_db, "/data/state/db/pipeline.sqlite3");
  EXPECT_EQ(settings.measurement_db, "/data/state/db/measurements.sqlite3");
  EXPECT_EQ(settings.log_dir, "/data/state/logs");
  EXPECT_EQ(settings.sources.at("paths.log_dir"), "default under paths.root");
}

TEST_F(SettingsTest, RelativePathsInAFileCountFromItsFolder) {
  const Settings settings =
      resolve_settings({}, {}, file("[paths]\nroot = \"..\"\nscratch_dir = \"/fast\"\n")).settings;
  EXPECT_EQ(settings.root, folder_.parent_path().string());
  EXPECT_EQ(settings.scratch_dir, "/fast");
}

TEST_F(SettingsTest, EveryTypeIsReadFromTheFile) {
  const Settings settings = resolve_settings({}, {}, file(R"([group]
chunk_duration = 5.5
partial = "convert"
[convert]
stage_inputs = true
phase_centres = "per-integration"
spectral_windows = 16
[pipeline]
stages = ["convert", "image"]
max_workers = 2
[log]
level = "warning"
)"))
                                .settings;
  EXPECT_EQ(settings.chunk_duration_min, 5.5);
  EXPECT_EQ(settings.partial, PartialPolicy::convert);
  EXPECT_TRUE(settings.stage_inputs);
  EXPECT_EQ(settings.phase_centres, PhaseCentres::per_integration);
  EXPECT_EQ(settings.spectral_windows, 16);
  EXPECT_EQ(settings.stages, (std::vector<std::string>{"convert", "image"}));
  EXPECT_EQ(settings.max_parallel, 2);
  EXPECT_EQ(settings.log_level, LogLevel::warning);
}

TEST_F(SettingsTest, FaultsAreNamedWithFileAndLine) {
  EXPECT_EQ(complaint("[queue]\n\nmax_retrys = 3\n"),
            "contimg.toml:3: unknown key queue.max_retrys, did you mean queue.max_retries?");
  EXPECT_EQ(complaint("[quue]\nmax_retries = 3\n").substr(0, 37),
            "contimg.toml:1: unknown table [quue],");
  EXPECT_EQ(complaint("root = \"/data\"\n"), "contimg.toml:1: unknown key root");
  EXPECT_EQ(complaint("[queue]\nmax_retries = \"3\"\n"),
            "contimg.toml:2: queue.max_retries: expected a whole number");
  EXPECT_EQ(complaint("[queue]\nmax_retries = 2.5\n"),
            "contimg.toml:2: queue.max_retries: expected a whole number");
  EXPECT_EQ(complaint("[queue]\nmax_retries = 0\n"),
            "contimg.toml:2: queue.max_retries is \"0\", expected a whole number from 1 to 1000");
  EXPECT_EQ(complaint("[queue]\nmax_retries = 99999999999999\n"),
            "contimg.toml:2: queue.max_retries is \"99999999999999\", expected a whole number from "
            "1 to 1000");
  EXPECT_EQ(complaint("[group]\npartial = \"wit\"\n"),
            "contimg.toml:2: group.partial is \"wit\", expected wait, convert, fail, "
            "did you mean wait?");
  EXPECT_EQ(complaint("[convert]\nspectral_windows = 4\n"),
            "contimg.toml:2: convert.spectral_windows is \"4\", expected 1, 16");
  EXPECT_EQ(complaint("[convert]\nstage_inputs = 1\n"),
            "contimg.toml:2: convert.stage_inputs: expected true or false");
  EXPECT_EQ(complaint("[disk]\nfloor_gb = nan\n"),
            "contimg.toml:2: disk.floor_gb is \"nan\", expected a number from 0 to 1000000");
  EXPECT_EQ(complaint("[pipeline]\nmax_workers = 1\nmax_parallel = 2\n").substr(0, 60),
            "contimg.toml:2: pipeline.max_parallel is given under its oth");
  EXPECT_EQ(complaint("[queue]\nmax_retries = \n").substr(0, 15), "contimg.toml:2:");
  EXPECT_EQ(complaint("[queue]\nmax_retries = 1\nmax_retries = 2\n").substr(0, 15),
            "contimg.toml:3:");
  EXPECT_EQ(complaint("[pipeline]\nstages = [\"convert\", \"imge\"]\n"),
            "contimg.toml:2: pipeline.stages is \"convert,imge\", expected convert, flag, "
            "calibrate, image, measure, lightcurve, did you mean image?");
}

TEST_F(SettingsTest, AFileThatCannotBeReadIsAUsageError) {
  EXPECT_THROW(load_config((folder_ / "absent.toml").string()), UsageError);
  EXPECT_THROW(load_config(folder_.string()), UsageError);
}

TEST_F(SettingsTest, OddVariablesAreWarnedAboutAndOthersLeftAlone) {
  const auto resolved = resolve_settings({},
                                         {{"CONTIMG_QUEUEDB", "x"},
                                          {"CONTIMG_API_PORT", "8000"},
                                          {"CONTIMG_BUILD", "y"},
                                          {"CONTIMG_TEST_DATA", "z"},
                                          {"HOME", "/"}},
                                         "");
  ASSERT_EQ(resolved.warnings.size(), 1u);
  EXPECT_EQ(resolved.warnings[0],
            "environment CONTIMG_QUEUEDB: no such setting, did you mean CONTIMG_QUEUE_DB?");
}

TEST_F(SettingsTest, AnEmptyVariableIsAsIfItWereNotThere) {
  EXPECT_EQ(resolve_settings({}, {{"CONTIMG_MAX_RETRIES", ""}}, "").settings.max_retries, 3);
}

TEST_F(SettingsTest, FewerExpectedSubbandsLowerTheDefaultMinimumOnly) {
  EXPECT_EQ(resolve_settings({}, {{"CONTIMG_EXPECTED_SUBBANDS", "4"}}, "").settings.min_subbands,
            4);
  EXPECT_THROW(
      resolve_settings({}, {{"CONTIMG_EXPECTED_SUBBANDS", "4"}, {"CONTIMG_MIN_SUBBANDS", "5"}}, ""),
      UsageError);
}

TEST_F(SettingsTest, ParallelGroupsAndThreadsAreNeverZero) {
  const Settings settings = resolve_settings({}, {}, "").settings;
  EXPECT_GE(settings.max_parallel, 1);
  EXPECT_GE(settings.omp_threads, 1);
  EXPECT_LE(settings.omp_threads, 4);
}

TEST_F(SettingsTest, APathThatIsNeededSaysHowToSetIt) {
  const Settings settings = resolve_settings({}, {}, "").settings;
  try {
    required_path(settings, &Settings::queue_db);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("--queue-db, CONTIMG_QUEUE_DB"), std::string::npos);
  }
}

TEST_F(SettingsTest, ThreadVariablesOfOthersCountWhereNothingElseIsGiven) {
  const auto threads = [](const std::vector<Given>& options, const Environment& environment,
                          const std::string& config) {
    return resolve_settings(options, environment, config).settings.omp_threads;
  };
  const int plain = threads({}, {}, "");
  const Environment both = {{"OMP_NUM_THREADS", "6"}, {"MKL_NUM_THREADS", "7"}};
  EXPECT_EQ(threads({}, both, ""), 6);
  EXPECT_EQ(threads({}, {{"MKL_NUM_THREADS", "7"}}, ""), 7);
  EXPECT_EQ(threads({}, {{"OMP_NUM_THREADS", "9,2"}}, ""), 9);
  EXPECT_EQ(resolve_settings({}, both, "").settings.sources.at("convert.omp_threads"),
            "environment OMP_NUM_THREADS");
  for (const char* none : {"", "0", "-3", "many", "4x", "99999999999"})
    EXPECT_EQ(threads({}, {{"OMP_NUM_THREADS", none}}, ""), plain) << none;
  EXPECT_EQ(threads({}, both, file("[convert]\nomp_threads = 3\n")), 3);
  EXPECT_EQ(threads({{"convert.omp_threads", "2", "option --omp-threads"}}, both, ""), 2);
  Environment own = both;
  own["CONTIMG_OMP_THREADS"] = "5";
  EXPECT_EQ(threads({}, own, ""), 5);
}

TEST(SettingsTable, NamesAreOneAndTheDefaultsReadBack) {
  std::set<std::string> keys, options, variables;
  for (const Setting& row : settings_table()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_TRUE(options.insert(row.option).second) << row.option;
    EXPECT_TRUE(variables.insert(row.environment).second) << row.environment;
    std::string expected = "CONTIMG_" + row.option.substr(2);
    for (char& c : expected) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
    EXPECT_EQ(row.environment, expected);
    EXPECT_EQ(row.help.back(), '.') << row.key;
    const std::string text = setting_text(Settings(), row);
    if (text.empty() || !row.shown_default.empty()) continue;
    const Settings again = resolve_settings({{row.key, text, "test"}}, {}, "").settings;
    EXPECT_EQ(setting_text(again, row), text) << row.key;
  }
}

/// The sample file lists every setting, with the default of the code, in a comment.
TEST(SettingsTable, TheSampleConfigurationShowsEveryDefault) {
  std::ifstream sample(CONTIMG_SOURCE_DIR "/docs/operations/contimg.toml");
  ASSERT_TRUE(sample);
  std::map<std::string, std::string> shown;
  std::string table;
  for (std::string line; std::getline(sample, line);) {
    if (!line.empty() && line[0] == '[') table = line.substr(1, line.find(']') - 1);
    const std::size_t equals = line.find(" = ");
    if (line.empty() || line[0] != '#' || line[1] == ' ' || equals == std::string::npos) continue;
    std::string value = line.substr(equals + 3);
    std::string plain;
    for (char c : value)
      if (c != '"' && c != '[' && c != ']' && (c != ' ' || value[0] != '[')) plain += c;
    shown[table + "." + line.substr(1, equals - 1)] = plain;
  }
  for (const Setting& row : settings_table()) {
    ASSERT_EQ(shown.count(row.key), 1u) << row.key;
    if (!row.shown_default.empty()) continue;
    EXPECT_EQ(shown[row.key], default_text(row)) << row.key;
  }
  EXPECT_EQ(shown.size(), settings_table().size());
}

}  // namespace
}  // namespace contimg
