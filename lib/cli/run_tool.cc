// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/run_tool.h"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "base/error.h"
#include "base/last_resort.h"
#include "base/progress.h"
#include "base/sqlite.h"
#include "base/stop.h"
#include "base/version.h"
#include "cli/help_format.h"
#include "cli/log.h"
#include "cli/settings_options.h"

namespace contimg::cli {
namespace {

int as_int(ExitCode code) { return static_cast<int>(code); }

struct Common {
  bool verbose = false;
  bool quiet = false;
};

void declare_common(CLI::App& app, const Tool& tool, Common& common) {
  const auto format = std::make_shared<HelpFormat>();
  format->column_width(34);
  app.formatter(format);
  app.set_help_flag("-h,--help", "Print this help and exit.");
  app.set_version_flag("--version", tool.name + " " + kVersion, "Print the version and exit.");
  app.add_flag("-v,--verbose", common.verbose, "Log what is being done, and why.");
  app.add_flag("-q,--quiet", common.quiet, "Log warnings and errors only.");
  app.add_option("--config", "Configuration file; CONTIMG_CONFIG names one too.")
      ->type_name("FILE");
  declare_setting(app, "--log-level");
  declare_setting(app, "--log-file");
  app.footer("Manual: man " + tool.name);
  app.failure_message([](const CLI::App* failed, const CLI::Error& error) {
    return failed->get_name() + ": " + error.what() + "\nTry '" + failed->get_name() +
           " --help'.\n";
  });
}

LogLevel level_in_force(const Common& common, const Settings& settings) {
  if (common.verbose) return LogLevel::debug;
  if (common.quiet) return std::max(LogLevel::warning, settings.log_level);
  return settings.log_level;
}

int report(const Error& error, ExitCode code) {
  spdlog::error("{}", error.what());
  return as_int(code);
}

int run_and_report(const Tool& tool) {
  try {
    const ExitCode code = tool.run();
    if (!std::cout.flush())
      throw TemporaryError("stdout: cannot write, expected room on its disk or a living reader");
    return as_int(code);
  } catch (const UsageError& error) {
    const int code = report(error, ExitCode::usage);
    std::cerr << "Try '" << tool.name << " --help'.\n";
    return code;
  } catch (const TemporaryError& error) {
    return report(error, ExitCode::try_again);
  } catch (const CorruptDatabase& damage) {
    const std::string what = damage.what();
    const bool told = what.find("restore") != std::string::npos;
    spdlog::error(
        "{}{}", what,
        told ? ""
             : ", expected a sound database; put a backup of the queue, of measurements or "
               "of light curves back with 'manage-queue restore FILE'");
    return as_int(ExitCode::failed);
  } catch (const std::bad_alloc&) {
    spdlog::error("out of memory, expected more of it or fewer jobs at once (--max-parallel)");
    return as_int(ExitCode::failed);
  } catch (const std::exception& error) {  // DataError, casacore::AipsError, ...
    spdlog::error("{}", error.what());
    return as_int(ExitCode::failed);
  }
}

}  // namespace

int run_tool(int argc, char** argv, const Tool& tool) {
  install_stop_handler();
  std::signal(SIGPIPE, SIG_IGN);  // a write then fails, and is reported like a full disk
  std::ios::sync_with_stdio(false);
  CLI::App app{tool.summary, tool.name};
  Common common;
  declare_common(app, tool, common);
  tool.declare(app);

  try {
    app.parse(argc, argv);
    const ResolvedSettings resolved = resolve_options(app);
    const LogLevel level = level_in_force(common, resolved.settings);
    start_log(tool.name, level, resolved.settings.log_file);
    show_progress(level <= LogLevel::info);
    for (const std::string& warning : resolved.warnings) spdlog::warn("{}", warning);
  } catch (const CLI::ParseError& error) {
    // CLI11's own codes run from 100 to 127; the shell reads 126 and up as something else.
    return as_int(app.exit(error) == 0 ? ExitCode::success : ExitCode::usage);
  } catch (const UsageError& error) {
    std::cerr << tool.name << ": " << error.what() << "\nTry '" << tool.name << " --help'.\n";
    return as_int(ExitCode::usage);
  } catch (const TemporaryError& error) {  // the log's disk is full
    std::cerr << tool.name << ": " << error.what() << '\n';
    return as_int(ExitCode::try_again);
  }
  install_last_resort([](const std::string& why) {
    spdlog::error("{}; free some space, or check the disk", why);
    spdlog::default_logger()->flush();
  });
  return run_and_report(tool);
}

}  // namespace contimg::cli
