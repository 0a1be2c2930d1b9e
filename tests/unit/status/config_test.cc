// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/config.h"

#include <gtest/gtest.h>

#include "known_queue.h"

namespace contimg::status {
namespace {

Settings in_force(const KnownQueue& known) {
  return resolve_settings({{"paths.queue_db", known.settings.queue_db, "option"}}, {}, "").settings;
}

Json post(Service& service, const std::string& body, int status = 200) {
  const Answer answer = service.answer(asking("POST", "/api/streaming/config", body));
  EXPECT_EQ(answer.status, status) << answer.body;
  return Json::parse(answer.body);
}

TEST(Config, APartialPostChangesOnlyWhatItNames) {
  KnownQueue known("partial");
  Service service(known.options());
  post(service, R"({"expected_subbands": 8, "chunk_duration": 2.5})");
  post(service, R"({"max_workers": 2})");
  post(service, R"({"stage_to_tmpfs": true, "tmpfs_path": "/dev/shm"})");
  const Settings settings = in_force(known);
  EXPECT_EQ(settings.expected_subbands, 8);
  EXPECT_EQ(settings.chunk_duration_min, 2.5);
  EXPECT_EQ(settings.max_parallel, 2);
  EXPECT_TRUE(settings.stage_to_tmpfs);
  EXPECT_EQ(settings.max_retries, 3);
  EXPECT_EQ(settings.sources.at("queue.max_retries"), "default");
  const Json shown = Json::parse(service.answer(asking("GET", "/api/streaming/config")).body);
  EXPECT_EQ(shown["max_workers"], 2);
  EXPECT_EQ(shown["expected_subbands"], 8);
  EXPECT_EQ(shown["queue_db"], known.settings.queue_db);
}

TEST(Config, WhatIsWrongNamesItsFieldAndChangesNothing) {
  KnownQueue known("wrong");
  Service service(known.options());
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"max_workers": -1})", "max_workers"},
      {R"({"max_workers": "many"})", "max_workers"},
      {R"({"max_workers": 2.5})", "max_workers"},
      {R"({"expected_subbands": 0})", "expected_subbands"},
      {R"({"log_level": "LOUD"})", "log_level"},
      {R"({"input_dir": "relative"})", "input_dir"},
      {R"({"input_dir": "/data/../etc"})", "input_dir"},
      {R"({"input_dir": ""})", "input_dir"},
      {R"({"input_dir": "/data\nqueue_db = 1"})", "input_dir"},
      {R"({"queue_db": "/elsewhere"})", "queue_db"},
      {R"({"use_subprocess": false})", "use_subprocess"},
      {R"({"notify_command": "rm -rf /"})", "notify_command"},
      {R"({"strategy": "/tmp/evil.lua"})", "strategy"},
      {R"({"token_file": "/tmp/mine"})", "token_file"},
  };
  for (const auto& [body, field] : wrong)
    EXPECT_EQ(post(service, body, 400)["field"], field) << body;
  post(service, R"({"max_workers": 2, "min_subbands": 20})", 400);
  post(service, "{}", 400);
  EXPECT_FALSE(std::filesystem::exists(overrides_path(known.settings.queue_db)));
}

TEST(Config, ShowsNoSecretsAndOffersNoProgramsOrAddresses) {
  for (const ConfigField& each : config_fields())
    for (const char* part : {"notify", "token", "serve.", "slurm", "strategy", "list", "queue_db",
                             "root", "catalogue", "backup", "archive", "log.file"})
      EXPECT_EQ(each.key.find(part), std::string::npos) << each.key;
  KnownQueue known("secrets");
  known.settings.token_file = "";
  Service service(known.options());
  const std::string shown = service.answer(asking("GET", "/api/streaming/config")).body;
  EXPECT_EQ(shown.find("token"), std::string::npos);
}

TEST(Config, SaysWhereTheEnvironmentWins) {
  const Settings settings = resolve_with_overrides({}, {{"CONTIMG_MAX_PARALLEL", "3"}}, "",
                                                   {{"pipeline.max_parallel", "2", ""}})
                                .settings;
  const auto warnings = config_warnings(settings, {{"max_workers", 2}, {"omp_threads", 1}});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("CONTIMG_MAX_PARALLEL"), std::string::npos);
}

}  // namespace
}  // namespace contimg::status
