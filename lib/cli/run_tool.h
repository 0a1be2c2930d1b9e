// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/settings.h"

namespace CLI {
class App;
}

namespace contimg::cli {

/// One executable: its name, its one-line summary, its options and its work.
struct Tool {
  std::string name;                        ///< As installed, e.g. "convert-group".
  std::string summary;                     ///< First line of --help; imperative, with a full stop.
  std::function<void(CLI::App&)> declare;  ///< Adds the tool's own options; touches no file.
  std::function<ExitCode()> run;           ///< Does the work; reports failure by throwing.
};

/// Runs a tool and returns the process's exit code. The only place that parses argv, adds
/// --help, --version, --verbose, --quiet, --log-level, --log-file and --config, sets up the log
/// (spdlog's default logger: stderr, and the log file), installs the stop handler, and turns
/// exceptions into exit codes: UsageError 2, TemporaryError (with Stopped) 75, all others 1.
///
/// Results go to stdout, one per line, so that tools chain; everything else goes to stderr. A
/// reader of stdout that went away (SIGPIPE) or a full disk behind it is exit code 75.
int run_tool(int argc, char** argv, const Tool& tool);

/// Declares options from settings_table() by name ("--queue-db"), inside Tool::declare. When run()
/// starts, `settings` holds every setting in force (not only those named here): option before
/// environment before configuration file before default. `settings` must outlive the parsing.
/// Call it once per tool.
void add_settings(CLI::App& app, Settings& settings, const std::vector<std::string>& options);

/// The last lines of this process's log, oldest first, one per line: for the queue to keep with a
/// failure. At most 40.
std::string log_tail();

}  // namespace contimg::cli
