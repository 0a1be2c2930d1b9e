// SPDX-License-Identifier: GPL-3.0-or-later
// list-transits: when calibrators cross the beam, and which files hold past transits.
//
// Reads   the queue, a catalogue
// Writes  nothing
//
// Manual: docs/tools/list-transits.md

#include "group/list_transits.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "astro/epoch.h"
#include "base/error.h"
#include "cli/run_tool.h"
#include "queue/queue.h"

namespace {

using namespace contimg;

struct Options {
  Settings settings;
  group::TransitQuestion question;
  std::string from;
  bool json = false;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("--dec", o.question.dec_deg,
                 "Apparent declination of the strip; else that of the latest group.")
      ->type_name("DEG")
      ->check(CLI::Range(-90.0, 90.0));
  app.add_option("--from", o.from, "Begin here, UTC; else now.")->type_name("TIME");
  app.add_option("--days", o.question.days, "Look so many days ahead, or back.")
      ->type_name("DAYS")
      ->check(CLI::Range(0.0, 3660.0))
      ->capture_default_str();
  app.add_flag("--past", o.question.past, "Look back: which groups and files hold transits.");
  app.add_option("--calibrator", o.question.name, "Only this one, by any of its names.")
      ->type_name("NAME");
  app.add_option("--min-flux-jy", o.question.limits.min_flux_jy,
                 "Smallest flux density times beam response.")
      ->type_name("JY")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--json", o.json, "Print JSON: one object a line.");
  cli::add_settings(app, o.settings,
                    {"--queue-db", "--catalogue", "--min-beam", "--earth-orientation"});
}

astro::EarthOrientation earth_orientation(const Settings& settings) {
  return settings.earth_orientation.empty()
             ? astro::EarthOrientation::built_in()
             : astro::EarthOrientation::load(settings.earth_orientation);
}

/// With --dec the queue may be absent.
std::optional<Database> open(const Options& o) {
  const bool absent = o.settings.queue_db.empty() || !std::filesystem::exists(o.settings.queue_db);
  if (absent && o.question.dec_deg && !o.question.past) return std::nullopt;
  return queue::open_queue(queue::queue_settings(o.settings), false);
}

ExitCode run(Options& o) {
  o.question.catalogue = o.settings.catalogue;
  o.question.limits.min_beam = o.settings.min_beam;
  o.question.from_unix_s = astro::now_unix_s();
  if (!o.from.empty()) {
    const auto time_mjd_s = astro::parse_stamp(o.from);
    if (!time_mjd_s)
      throw UsageError("--from: \"" + o.from + "\" is no time, expected YYYY-MM-DDTHH:MM:SS");
    o.question.from_unix_s = astro::unix_s_from_mjd_s(*time_mjd_s);
  }
  std::optional<Database> db = open(o);
  const astro::EarthOrientation earth = earth_orientation(o.settings);
  queue::Json list = o.question.past
                         ? group::past_transits(*db, o.question, earth)
                         : group::coming_transits(db ? &*db : nullptr, o.question, earth);
  std::cout << (o.json ? queue::as_json_lines(list) : queue::as_text(group::for_people(list)));
  return ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "list-transits";
  tool.summary = "List when calibrators cross the beam, and which files hold past transits.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
