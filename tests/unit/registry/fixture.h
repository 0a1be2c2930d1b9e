// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "caltable/writer.h"
#include "queue/groups.h"
#include "registry/registry.h"

namespace contimg::registry {

/// A queue of its own for each test, and calibration tables solved when the test says.
class RegistryTest : public ::testing::Test {
 protected:
  static constexpr double kMjd = 61000.5;

  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    // In memory where there is such a folder: every table and transaction is fsynced.
    const std::filesystem::path memory = "/dev/shm";
    folder = (std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path()) /
             ("registry-" + std::string(test->name()) + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    queue::open_queue(settings(), true);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  queue::QueueSettings settings() {
    queue::QueueSettings result;
    result.path = (folder / "queue.sqlite3").string();
    result.clock_unix_s = [this] { return now += 1; };
    return result;
  }
  Registry registry() { return Registry(settings(), limits); }

  /// Two antennas and four channels (one, but for a bandpass); one minute at `mjd`.
  static caltable::CalTable table(caltable::Kind kind, double mjd, float gain = 2) {
    caltable::CalTable table;
    table.kind = kind;
    table.ms_name = "calibrator.ms";
    ms::Description& d = table.description;
    d.telescope_name = "DSA_110";
    for (int a = 0; a < 2; ++a)
      d.antennas.push_back({std::to_string(103 + a), {-2.4e6 + 40 * a, -4.47e6, 3.83e6}, 4.65});
    ms::SpectralWindow window{"w", {}, {}};
    for (int c = 0; c < 4; ++c) {
      window.frequency_hz.push_back(1400e6 + 2e6 * c);
      window.width_hz.push_back(2e6);
    }
    if (kind != caltable::Kind::bandpass) window = caltable::whole_band(window);
    d.spectral_windows = {window};
    d.correlations = {9, 12};
    d.fields = {{"3C286", {3.539, 0.532}, mjd * 86400}};
    caltable::Solutions s = caltable::flagged_solutions(kind, 2, window.width_hz.size());
    s.time_mjd_s = mjd * 86400;
    s.interval_s = 60;
    s.refant = 0;
    for (std::size_t i = 0; i < s.flagged.size(); ++i) {
      if (kind != caltable::Kind::delay) s.gain[i] = gain;
      s.error[i] = 0.1F;
      s.snr[i] = 20;
      s.flagged[i] = 0;
    }
    table.solutions = {s};
    return table;
  }

  std::string write(const std::string& name, const caltable::CalTable& content) {
    const std::string path = (folder / name).string();
    caltable::write_caltable(path, content, this_process(0), true);
    return path;
  }

  NewSet solved(const std::string& name, double mjd, double dec_deg = 16, float gain = 2) {
    NewSet set;
    set.name = name;
    set.dec_deg = dec_deg;
    for (const caltable::Kind kind : {caltable::Kind::bandpass, caltable::Kind::gain})
      set.tables.push_back(write(name + "." + caltable::vis_cal(kind)[0], table(kind, mjd, gain)));
    return set;
  }

  static Verdict verdict(Grade grade) {
    Verdict result;
    result.grade = grade;
    return result;
  }

  std::int64_t activate(const std::string& name, double mjd, double dec_deg = 16) {
    Registry sets = registry();
    const std::int64_t id = sets.add_candidate(solved(name, mjd, dec_deg));
    sets.judge(id, verdict(Grade::pass));
    return id;
  }

  /// A group of five minutes in the queue.
  void add_group(const std::string& id, double mjd, double dec_deg = 16) {
    Database db = queue::open_queue(settings(), false);
    queue::Group group;
    group.group_id = id;
    group.state = queue::GroupState::pending;
    group.first_time_unix_s = astro::unix_s_from_mjd_s(mjd * 86400) - 150;
    group.last_time_unix_s = group.first_time_unix_s + 300;
    group.pointing_dec_rad = dec_deg * astro::kDegree;
    queue::insert_group(db, group, "test", "");
  }

  std::string chosen(double mjd, double dec_deg = 16) {
    const Choice choice = registry().choose({mjd, dec_deg, "target"});
    return choice.set ? choice.set->label() : "";
  }

  static constexpr double kHour = 1 / 24.0;
  std::filesystem::path folder;
  Limits limits;
  double now = 1.8e9;
};

}  // namespace contimg::registry
