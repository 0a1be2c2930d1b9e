// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/explain_group.h"

#include <cmath>
#include <map>

#include "astro/constants.h"
#include "base/error.h"
#include "fits/box_reader.h"
#include "ms/history.h"
#include "report/calibration_choice.h"
#include "report/is_there.h"
#include "report/words.h"

namespace contimg::report {
namespace {

/// What a stage was done with.
struct Made {
  std::string version, command;
};

// "contimg calibrate-ms 0.1.0" and "convert-group 0.1.0" are stages with versions.
void note(std::map<std::string, Made>& made, std::string application, const std::string& command) {
  const std::map<std::string, std::string> stages = {{"convert-group", "convert"},
                                                     {"flag-ms", "flag"},
                                                     {"calibrate-ms", "calibrate"},
                                                     {"image-ms", "image"},
                                                     {"measure-sources", "measure"}};
  const std::string ours = "contimg ";
  if (application.rfind(ours, 0) == 0) application.erase(0, ours.size());
  const auto found = stages.find(application.substr(0, application.find(' ')));
  if (found != stages.end()) made[found->second] = {application, command};
}

// "flag-ms 0.1.0", of the version and a command line.
std::string application_of(const std::string& version, const std::string& command) {
  const std::string program = command.substr(0, command.find(' '));
  return program.substr(program.rfind('/') + 1) + " " + version;
}

// What the queue knows: of each try that was done, and, of older ones, the version alone.
std::map<std::string, Made> from_queue(Database& db, const std::string& group_id) {
  std::map<std::string, Made> made;
  for (const Json& product :
       ask(db, "SELECT provenance FROM product WHERE group_id = ? AND provenance <> ''", group_id))
    note(made, word(parsed(word(product, "provenance")), "tool"), "");
  for (const Json& done : ask(db,
                              "SELECT stage, version, command FROM job_attempt WHERE group_id = ?"
                              " AND outcome = 'done' AND command IS NOT NULL ORDER BY claim_token",
                              group_id))
    made[word(done, "stage")] = {application_of(word(done, "version"), word(done, "command")),
                                 word(done, "command")};
  return made;
}

// The products themselves say it best; of those that are gone the queue still knows the version.
std::map<std::string, Made> made_with(Database& db, const std::string& group_id) {
  std::map<std::string, Made> made = from_queue(db, group_id);
  const Json paths = ask(db,
                         "SELECT g.product_path AS ms, (SELECT path FROM images i WHERE"
                         " i.group_id = g.group_id AND type = 'image' LIMIT 1) AS image"
                         " FROM ingest_queue g WHERE g.group_id = ?",
                         group_id)
                         .front();
  try {
    if (is_there(word(paths, "ms")))
      for (const ms::HistoryRow& row : ms::read_history(word(paths, "ms")))
        note(made, row.application, row.command);
    if (is_there(word(paths, "image"))) {
      const auto history = fits::BoxReader(word(paths, "image")).header().history;
      if (history.size() > 1) note(made, history[0], history[1]);
    }
  } catch (const DataError& damaged) {
    made["damaged product"] = {"", damaged.what()};
  }
  return made;
}

Json group_facts(Database& db, const std::string& group_id) {
  Json found = ask(db,
                   "SELECT group_id, state, observation_class, calibrators, first_time_unix_s,"
                   " last_time_unix_s, pointing_dec_rad, received_at, last_subband_at,"
                   " processing_stage, retry_count, error FROM ingest_queue WHERE group_id = ?",
                   group_id);
  if (found.empty())
    throw UsageError(group_id + ": no such group in " + db.path() +
                     ", expected one that 'manage-queue list' shows");
  Json group = found.front();
  group["pointing_dec_deg"] = number(group, "pointing_dec_rad") / astro::kDegree;
  group.erase("pointing_dec_rad");
  if (group["error"].is_null() || group["error"] == "") group.erase("error");
  return group;
}

// What was in force when its image was made.
Json step_of(Database& db, const std::string& group_id) {
  const Json steps = ask(db,
                         "SELECT step, since AS since_unix_s, reason, pressure FROM degradation"
                         " WHERE since <= coalesce((SELECT max(ended_at) FROM job_attempt"
                         " WHERE group_id = ? AND stage = 'image' AND outcome = 'done'), 9e99)"
                         " ORDER BY id DESC LIMIT 1",
                         group_id);
  return steps.empty() ? Json{{"step", "full"}} : steps.front();
}

std::string command_of_engine(Database& db, const std::string& group_id) {
  const Json rows = ask(db, "SELECT engine FROM image_qa WHERE group_id = ?", group_id);
  if (rows.empty()) return "";
  std::string command = word(parsed(word(rows.front(), "engine")), "command");
  // Names of sets and threads say nothing of the settings.
  for (const std::string option : {"-j ", "-abs-mem "}) {
    const std::size_t at = command.find(" " + option);
    if (at == std::string::npos) continue;
    command.erase(at, command.find(' ', at + 1 + option.size()) - at);
  }
  return command.substr(0, command.rfind(" averaged"));
}

double antennas_with_data(Database& db, const std::string& group_id) {
  const Json rows = ask(db,
                        "SELECT count(*) AS n FROM flag_shares f, json_each(f.shares) s"
                        " WHERE f.group_id = ? AND f.dim = 'antenna' AND s.value < 1",
                        group_id);
  const double n = number(rows.front(), "n");
  return n > 0 ? n : kNotKnown;
}

}  // namespace

Json stages_of(Database& db, const std::string& group_id) {
  Json stages = ask(db,
                    "SELECT j.stage, j.state, j.attempt, m.host, m.slurm_job_id, m.wall_s, m.cpu_s,"
                    " m.max_rss_kb / 1000 AS memory_mb, m.bytes_read / 1000000 AS read_mb,"
                    " m.bytes_written / 1000000 AS written_mb, m.source, j.reason FROM job j"
                    " LEFT JOIN stage_metrics m ON m.group_id = j.group_id AND m.stage = j.stage"
                    " AND m.attempt = (SELECT max(n.attempt) FROM stage_metrics n"
                    " WHERE n.group_id = j.group_id AND n.stage = j.stage)"
                    " WHERE j.group_id = ? ORDER BY j.id",
                    group_id);
  const auto made = made_with(db, group_id);
  for (Json& stage : stages) {
    const auto found = made.find(word(stage, "stage"));
    const bool known = found != made.end();
    stage["version"] = known ? Json(found->second.version) : Json(nullptr);
    stage["command"] =
        known && !found->second.command.empty() ? Json(found->second.command) : Json(nullptr);
  }
  return stages;
}

Portrait portrait_of(Database& db, const std::string& group_id) {
  const Json row = ask(db,
                       "SELECT g.n_subbands, g.pointing_dec_rad, q.local_rms_jy, q.flagged_share,"
                       " q.flux_ratio, i.beam_major_arcsec, i.beam_minor_arcsec, i.tier,"
                       " i.calibration_set, u.quality FROM ingest_queue g"
                       " LEFT JOIN image_qa q ON q.group_id = g.group_id"
                       " LEFT JOIN images i ON i.path = q.image_path"
                       " LEFT JOIN calibration_use u ON u.group_id = g.group_id"
                       " WHERE g.group_id = ?",
                       group_id)
                       .front();
  Portrait portrait;
  portrait.rms_jy = number(row, "local_rms_jy");
  portrait.beam_major_arcsec = number(row, "beam_major_arcsec");
  portrait.beam_minor_arcsec = number(row, "beam_minor_arcsec");
  portrait.flagged_share = number(row, "flagged_share");
  portrait.n_subbands = number(row, "n_subbands");
  portrait.n_antennas = antennas_with_data(db, group_id);
  portrait.dec_deg = number(row, "pointing_dec_rad") / astro::kDegree;
  portrait.calibration_age_h = number(parsed(word(row, "quality")), "age_h");
  portrait.flux_ratio = number(row, "flux_ratio");
  portrait.calibration_set = word(row, "calibration_set");
  portrait.tier = word(row, "tier");
  portrait.settings = command_of_engine(db, group_id);
  for (const auto& [stage, made] : made_with(db, group_id)) portrait.versions[stage] = made.version;
  return portrait;
}

// The plus sign leaves SQLite the index of groups: the verdict would make it sort all that passed.
Json compared_with_last_good(Database& db, const std::string& group_id) {
  const Json good = ask(db,
                        "SELECT q.group_id FROM image_qa q"
                        " JOIN ingest_queue g ON g.group_id = q.group_id"
                        " WHERE q.group_id < ?1 AND +q.verdict = 'PASS' AND g.observation_class ="
                        " (SELECT observation_class FROM ingest_queue WHERE group_id = ?1)"
                        " ORDER BY q.group_id DESC LIMIT 1",
                        group_id);
  if (good.empty())
    return {{"group", nullptr}, {"summary", "no earlier group of its class passed"}};
  const std::string other = word(good.front(), "group_id");
  Json list = Json::array();
  for (const Difference& one : differences(portrait_of(db, group_id), portrait_of(db, other)))
    list.push_back({{"what", one.what},
                    {"here", one.here},
                    {"there", one.there},
                    {"size", std::round(one.size * 10) / 10}});
  return {{"group", other},
          {"summary", list.empty() ? "nothing that matters differs"
                                   : counted(static_cast<long long>(list.size()), "difference") +
                                         ", the largest first"},
          {"differences", list}};
}

Json explain_group(registry::Registry& registry, const std::string& group_id) {
  Database& db = registry.database();
  const Json group = group_facts(db, group_id);
  Json report;
  report["headline"] = headline_of(db, group_id);
  report["compared_with"] = compared_with_last_good(db, group_id);
  report["group"] = group;
  report["inputs"] = inputs_of(db, group_id);
  report["calibration"] = calibration_of(registry, group_id);
  report["stages"] = stages_of(db, group_id);
  report["attempts"] =
      ask(db,
          "SELECT stage, attempt, outcome, started_at, ended_at, host, slurm_job_id,"
          " reason FROM job_attempt WHERE group_id = ? ORDER BY claim_token",
          group_id);
  report["quality"] = quality_of(db, group_id);
  report["engine"] = command_of_engine(db, group_id);
  report["step"] = step_of(db, group_id);
  report["products"] = products_of(db, group_id);
  report["history"] = ask(db,
                          "SELECT at, \"from\", \"to\", actor, reason FROM state_history"
                          " WHERE group_id = ? ORDER BY id",
                          group_id);
  report["failures"] = ask(db,
                           "SELECT stage, error_type, created_at, resolved_at, resolution, reason"
                           " FROM dead_letter WHERE group_id = ? ORDER BY id",
                           group_id);
  report["notices"] =
      ask(db,
          "SELECT severity, subject, first_seen_at, last_seen_at, cleared_at, remedy"
          " FROM notice WHERE instr(key, ?1) OR instr(text, ?1)",
          group_id);
  return report;
}

}  // namespace contimg::report
