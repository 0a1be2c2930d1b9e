// SPDX-License-Identifier: GPL-3.0-or-later
// manage-caltables: look after calibration sets: which there are, which are used, and why.
//
// Reads   the queue; calibration tables
// Writes  the queue
//
// Manual: docs/tools/manage-caltables.md

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/error.h"
#include "cli/run_tool.h"
#include "registry/operate.h"

namespace {

using namespace contimg;
using registry::Json;

struct Options {
  Settings settings;
  CLI::App* app = nullptr;
  bool json = false;
  std::string state, name, why, at;
  std::optional<double> dec_deg, moved_to_deg;
  registry::Registration registration;
  std::string group_id;
};

CLI::Option* named(CLI::App* command, const char* name, std::string& value, const char* unit,
                   const char* help) {
  return command->add_option(name, value, help)->type_name(unit);
}

void declare_register(CLI::App* command, Options& o) {
  registry::NewSet& set = o.registration.set;
  command->add_option("TABLE", set.tables, "Tables of one solve, in order of application")
      ->required()
      ->type_name("");
  named(command, "--name", set.name, "NAME", "Name of the set")->required();
  command->add_option("--dec", o.dec_deg, "Declination of the pointing, in degrees")
      ->type_name("DEG");
  named(command, "--calibrator", set.calibrator, "NAME", "Calibrator; else the tables' field");
  command->add_option("--flux-jy", set.flux_jy, "Flux density that was used for it")
      ->type_name("JY");
  command->add_option("--frequency-hz", set.frequency_hz, "Frequency of that")->type_name("HZ");
  named(command, "--flux-source", set.flux_source, "TEXT", "Where that came from");
  named(command, "--valid-from", o.registration.valid_from, "TIME", "Start of its validity");
  named(command, "--valid-until", o.registration.valid_until, "TIME", "End of its validity");
  command->add_flag("--dry-run", o.registration.dry_run, "Only check the tables and report");
}

void declare(CLI::App& app, Options& o) {
  o.app = &app;
  std::vector<std::string> settings = {"--queue-db"};
  for (const auto* more : {&registry::lookup_options(), &registry::gate_options()})
    settings.insert(settings.end(), more->begin(), more->end());
  cli::add_settings(app, o.settings, settings);
  app.add_flag("--json", o.json, "Print JSON: one object a line");
  app.require_subcommand(1)->fallthrough();
  CLI::App* list = app.add_subcommand("list", "List calibration sets in order of time");
  named(list, "--state", o.state, "STATE", "Only candidate, active, retired or failed sets");
  CLI::App* show = app.add_subcommand("show", "Show all that is known about a set");
  CLI::App* activate = app.add_subcommand("activate", "Let a set be used");
  named(activate, "--override", o.why, "WHY", "Use it though its gates do not say so");
  CLI::App* retire = app.add_subcommand("retire", "Take a set out of use");
  named(retire, "--reason", o.why, "WHY", "Why; it is recorded");
  retire->add_option("--moved-to", o.moved_to_deg, "Sets of pointings other than this one instead")
      ->type_name("DEG");
  for (CLI::App* command : {show, activate, retire})
    command->add_option("NAME", o.name, "Set, as list shows it; NAME:VERSION")
        ->required(command != retire);
  declare_register(app.add_subcommand("register", "Enter tables from elsewhere"), o);
  CLI::App* which = app.add_subcommand("which", "Say which set a group gets, and why");
  which->add_option("GROUP", o.group_id, "Group of the queue");
  which->add_option("--dec", o.dec_deg, "Instead of a group: declination")->type_name("DEG");
  for (CLI::App* command : {which, retire})
    named(command, "--at", o.at, "TIME", "Instead of a group, or of now: time, UTC");
  app.add_subcommand("stale", "List groups that would be calibrated otherwise now");
}

Json retire(registry::Registry& sets, const Options& o) {
  if (o.moved_to_deg.has_value() == !o.name.empty())
    throw UsageError("retire: expected either a set or --moved-to");
  if (o.moved_to_deg)
    return registry::retire_moved(sets, *o.moved_to_deg, o.at, queue::system_clock_unix_s());
  if (o.why.empty()) throw UsageError("retire: no reason, expected --reason WHY");
  return registry::retire_set(sets, o.name, o.why);
}

ExitCode run(Options& o) {
  const std::string command = o.app->get_subcommands().front()->get_name();
  registry::Registry sets(queue::queue_settings(o.settings), registry::limits_from(o.settings));
  if (o.dec_deg) o.registration.set.dec_deg = *o.dec_deg;
  Json report;
  if (command == "list") report = registry::list_sets(sets, o.state);
  if (command == "show") report = registry::show_set(sets, o.name);
  if (command == "activate") report = registry::activate_set(sets, o.name, o.why);
  if (command == "retire") report = retire(sets, o);
  if (command == "register") report = registry::register_tables(sets, o.registration);
  if (command == "which") report = registry::which_set(sets, {o.group_id, o.at, o.dec_deg});
  if (command == "stale") report = registry::stale_groups(sets);
  std::cout << (o.json ? queue::as_json_lines(report) : queue::as_text(report));
  return command == "which" && report["set"].is_null() ? ExitCode::failed : ExitCode::success;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::Tool tool;
  tool.name = "manage-caltables";
  tool.summary = "Look after calibration sets: which there are, which are used, and why.";
  tool.declare = [&](CLI::App& app) { declare(app, options); };
  tool.run = [&] { return run(options); };
  return cli::run_tool(argc, argv, tool);
}
