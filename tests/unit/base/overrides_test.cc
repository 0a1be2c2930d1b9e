// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/overrides.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "scratch.h"

namespace contimg {
namespace {

struct Place {
  std::string folder = scratch("overrides");
  std::string queue = folder + "/queue.sqlite3";
  std::string config = folder + "/contimg.toml";
  Place() {
    std::filesystem::create_directories(folder);
    std::ofstream(config)
        << "[paths]\nqueue_db = \"queue.sqlite3\"\n[group]\nexpected_subbands = 12\n"
           "[pipeline]\nmax_parallel = 3\n";
  }
};

TEST(Overrides, WinOverTheFileAndGiveWayToEnvironmentAndOptions) {
  const Place place;
  save_overrides(place.queue, {{"group.expected_subbands", "8", ""},
                               {"pipeline.max_parallel", "5", ""},
                               {"convert.stage_to_tmpfs", "false", ""}});
  const Settings all = resolve_settings({}, {}, place.config).settings;
  EXPECT_EQ(all.expected_subbands, 8);
  EXPECT_EQ(all.min_subbands, 8);
  EXPECT_EQ(all.max_parallel, 5);
  EXPECT_FALSE(all.stage_to_tmpfs);
  EXPECT_EQ(all.sources.at("group.expected_subbands").find(overrides_path(place.queue)), 0u);
  const Settings by_variable =
      resolve_settings({}, {{"CONTIMG_EXPECTED_SUBBANDS", "4"}}, place.config).settings;
  EXPECT_EQ(by_variable.expected_subbands, 4);
  const Settings by_option =
      resolve_settings({{"pipeline.max_parallel", "2", "option"}}, {}, place.config).settings;
  EXPECT_EQ(by_option.max_parallel, 2);
}

TEST(Overrides, WithoutAnyTheFileIsGoneAndTheConfigurationHolds) {
  const Place place;
  save_overrides(place.queue, {{"group.expected_subbands", "8", ""}});
  save_overrides(place.queue, {});
  EXPECT_FALSE(std::filesystem::exists(overrides_path(place.queue)));
  EXPECT_EQ(resolve_settings({}, {}, place.config).settings.expected_subbands, 12);
  EXPECT_TRUE(load_overrides("").empty());
}

TEST(Overrides, TextAndListsComeBackAsTheyWere) {
  const Place place;
  const std::string odd = "/data/with \"quotes\", \\ and \n a line";
  save_overrides(place.queue, {{"paths.input_dir", odd, ""},
                               {"pipeline.stages", "convert,flag", ""},
                               {"group.chunk_duration", "2.5", ""},
                               {"log.level", "DEBUG", ""}});
  const Settings settings = resolve_settings({}, {}, place.config).settings;
  EXPECT_EQ(settings.input_dir, odd);
  EXPECT_EQ(settings.stages, (std::vector<std::string>{"convert", "flag"}));
  EXPECT_EQ(settings.chunk_duration_min, 2.5);
  EXPECT_EQ(settings.log_level, LogLevel::debug);
}

TEST(Overrides, WhereTheQueueIsCannotBeOverridden) {
  const Place place;
  std::ofstream(overrides_path(place.queue)) << "[paths]\nqueue_db = \"/elsewhere\"\n";
  EXPECT_THROW(resolve_settings({}, {}, place.config), UsageError);
  std::ofstream(overrides_path(place.queue)) << "[paths]\nroot = \"/elsewhere\"\n";
  EXPECT_THROW(load_overrides(place.queue), UsageError);
}

TEST(Overrides, WhatIsWrongNamesFileAndLine) {
  const Place place;
  std::ofstream(overrides_path(place.queue)) << "[group]\nexpected_subbands = 0\n";
  try {
    resolve_settings({}, {}, place.config);
    FAIL() << "expected an error";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("queue.sqlite3.overrides.toml:2"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace contimg
