// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "astro/epoch.h"
#include "base/settings.h"
#include "queue/groups.h"
#include "queue/queue.h"
#include "report/ask.h"
#include "report/night.h"
#include "scratch.h"

namespace contimg::report {

/// A queue of its own for each test, filled by SQL with what the test knows.
class ReportTest : public ::testing::Test {
 protected:
  ReportTest()
      : db_(queue::Queue(queue_settings()).database().path(), Database::Mode::read_write, 1000) {
    settings.queue_db = path();
    settings.root = scratch("root");
  }

  std::string path() const {
    return scratch(std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) +
                   ".sqlite3");
  }
  queue::QueueSettings queue_settings() const {
    queue::QueueSettings result;
    result.path = path();
    return result;
  }

  static std::string id_at(double unix_s) {
    return astro::format_stamp(astro::mjd_s_from_unix_s(unix_s));
  }

  /// A group whose data begin at a time; its data arrived 400 s later. Returned: its id.
  std::string group(double begin_unix_s, const std::string& state,
                    const std::string& observation_class = "science") {
    queue::Group made;
    made.group_id = id_at(begin_unix_s);
    made.state = queue::group_state_from(state);
    made.received_at_unix_s = made.last_update_unix_s = begin_unix_s;
    made.integration_time_s = 12.885;
    made.first_time_unix_s = begin_unix_s + 12.885 / 2;
    made.last_time_unix_s = begin_unix_s + 309.24 - 12.885 / 2;
    made.pointing_dec_rad = 0.5;
    made.n_subbands = 16;
    made.observation_class = observation_class;
    queue::insert_group(db_, made, "test", "");
    Statement(db_, "UPDATE ingest_queue SET last_subband_at = ? WHERE group_id = ?")
        .bind(1, begin_unix_s + 400)
        .bind(2, made.group_id)
        .run();
    return made.group_id;
  }

  void attempt(const std::string& group_id, const std::string& stage, double ended_unix_s) {
    Statement(db_,
              "INSERT INTO job_attempt (group_id, stage, attempt, started_at, ended_at, outcome)"
              " VALUES (?, ?, 1, ?, ?, 'done')")
        .bind(1, group_id)
        .bind(2, stage)
        .bind(3, ended_unix_s - 10)
        .bind(4, ended_unix_s)
        .run();
  }

  void image(const std::string& group_id, const std::string& verdict, double noise_jy,
             const std::string& reasons = "") {
    const std::string file = "/images/" + group_id + "-image.fits";
    Statement(
        db_,
        "INSERT INTO images (path, ms_path, group_id, created_at, type, pbcor, tier, science,"
        " field_name, center_ra_deg, center_dec_deg, imsize_x, imsize_y, cellsize_arcsec,"
        " beam_major_arcsec, beam_minor_arcsec, noise_jy, freq_ghz, bandwidth_mhz,"
        " integration_sec, mid_mjd, calibration_set, verdict) VALUES (?1, '/ms', ?2, 1, 'image',"
        " 0, 'science', 1, 'f', 0, 0, 10, 10, 3, 40, 20, ?3, 1.4, 187, 309, 61000, 'set A', ?4)")
        .bind(1, file)
        .bind(2, group_id)
        .bind(3, noise_jy)
        .bind(4, verdict)
        .run();
    Statement(db_,
              "INSERT INTO image_qa (image_path, group_id, verdict, reasons, local_rms_jy,"
              " theoretical_rms_jy, flux_ratio, astrometry_arcsec, flagged_share, n_reference,"
              " figures, gates, engine, recorded_at) VALUES (?1, ?2, ?4, ?5, ?3, 0.0005, 1.01, 0.5,"
              " 0.02, 9, '{}', '{}', '{\"version\":\"3.1\",\"command\":\"wsclean -j 4 -niter 10"
              " averaged-1.ms\"}', 1)")
        .bind(1, file)
        .bind(2, group_id)
        .bind(3, noise_jy)
        .bind(4, verdict)
        .bind(5, reasons)
        .run();
  }

  void trouble(const std::string& group_id, const std::string& stage, const std::string& state,
               const std::string& reason) {
    Statement(db_,
              "INSERT INTO job (group_id, stage, state, attempt, reason) VALUES (?, ?, ?, 3, ?)"
              " ON CONFLICT (group_id, stage) DO UPDATE SET state = excluded.state,"
              " attempt = 3, reason = excluded.reason")
        .bind(1, group_id)
        .bind(2, stage)
        .bind(3, state)
        .bind(4, reason)
        .run();
  }

  Settings settings;
  Database db_;
};

}  // namespace contimg::report
