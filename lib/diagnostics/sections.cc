// SPDX-License-Identifier: GPL-3.0-or-later
// What collect-diagnostics takes from beside the queue: the machine, the settings in force, the ends of logs.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/filesystem.h"
#include "base/setting.h"
#include "base/sqlite.h"
#include "base/version.h"
#include "diagnostics/collect.h"

namespace contimg::diagnostics {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogLines = 1000, kMostLogs = 30;

std::string contents(const std::string& path) {
  const auto bytes = file_bytes(path);
  if (!bytes) throw TemporaryError(path + ": cannot be read, expected a file");
  return *bytes;
}

std::string versions() {
  std::string text =
      std::string("contimg ") + kVersion + "\nSQLite " +
      Database(":memory:", Database::Mode::create, 0).text("SELECT sqlite_version()") + "\n" +
      output_of({"uname", "-a"}) + contents("/etc/os-release") + "\n";
  text += output_of({"dpkg-query", "--show", "libcasa-ms*", "libhdf5-1*", "libaoflagger*",
                     "aoflagger", "wsclean", "libcfitsio*", "libwcs*", "liberfa*", "libspdlog*",
                     "gnuplot-*", "cron", "slurm-wlm*", "sqlite3", "libsqlite3-0"});
  for (const char* tool :
       {"convert-group", "flag-ms", "calibrate-ms", "image-ms", "measure-sources",
        "update-lightcurves", "manage-queue", "run-tick", "process-group", "wsclean", "gnuplot"})
    text += output_of({tool, "--version"});
  return text;
}

std::string disks(const contimg::Settings& settings) {
  std::string text = output_of({"df", "--human-readable", "--print-type"}) + "\n" +
                     output_of({"df", "--inodes"}) + "\n";
  for (const Setting& row : settings_table()) {
    const auto* field = std::get_if<std::string Settings::*>(&row.field);
    if (field == nullptr || row.key.rfind("paths.", 0) != 0 || (settings.**field).empty()) continue;
    const std::string& path = settings.**field;
    const Filesystem filesystem = filesystem_of(path);
    text += row.key + " " + path + ": " + (fs::exists(path) ? "there" : "absent") +
            (filesystem.name.empty() ? "" : ", on " + filesystem.name) + ", " +
            std::to_string(static_cast<long long>(available_byte(path) / 1e6)) + " MB free\n";
  }
  return text;
}

// Ours: what runs a program of this toolchain.
std::string processes() {
  const std::string all = output_of(
      {"ps", "-eo", "pid,ppid,pgid,user,stat,etime,time,rss,args", "--no-headers", "-ww"});
  std::istringstream lines(all);
  std::string line, text = "PID PPID PGID USER STAT ELAPSED TIME RSS COMMAND\n";
  while (std::getline(lines, line))
    for (const char* ours :
         {"run-tick", "process-group", "watch-stage", "convert-group", "flag-ms", "calibrate-ms",
          "image-ms", "wsclean", "measure-sources", "make-mosaic", "update-lightcurves",
          "scan-incoming", "form-groups", "manage-queue", "record-metrics", "dsa110-stream",
          "serve-status", "slurm"})
      if (line.find(ours) != std::string::npos) {
        text += line + "\n";
        break;
      }
  return text;
}

std::string schedule() {
  return "crontab -l:\n" + output_of({"crontab", "-l"}) + "\n" +
         output_of({"systemctl", "--no-pager", "list-timers", "contimg-*"}) + "\n" +
         output_of(
             {"systemctl", "--no-pager", "status", "dsa110-stream.service", "contimg-*", "cron"}) +
         "\n" + output_of({"sinfo"}) + output_of({"squeue"});
}

std::string variables() {
  std::string text;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (std::string(*variable).rfind("CONTIMG_", 0) == 0) text += std::string(*variable) + "\n";
  return text;
}

std::string in_force(const contimg::Settings& settings) {
  std::string text;
  for (const Setting& row : settings_table()) {
    const auto source = settings.sources.find(row.key);
    text += row.key + " = " + setting_text(settings, row) +
            (source == settings.sources.end() ? "" : "  # " + source->second) + "\n";
  }
  return text;
}

// The configuration file: where a setting says that it came from, or the environment does.
std::string config_file(const contimg::Settings& settings) {
  for (const auto& [key, source] : settings.sources) {
    const std::size_t colon = source.rfind(':');
    if (colon != std::string::npos && fs::is_regular_file(source.substr(0, colon)))
      return source.substr(0, colon);
  }
  const auto all = process_environment();
  const auto given = all.find("CONTIMG_CONFIG");
  return given == all.end() ? "" : given->second;
}

std::vector<std::string> log_files(const contimg::Settings& settings) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    if (fs::is_regular_file(path, error) && path.extension() != ".gz")
      found.emplace_back(fs::last_write_time(path, error), path.string());
  };
  add(settings.log_file);
  std::error_code error;
  if (!settings.log_dir.empty())
    for (auto entry = fs::recursive_directory_iterator(settings.log_dir, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
      add(entry->path());
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> paths;
  for (const auto& [time, path] : found)
    if (paths.size() < kMostLogs && std::find(paths.begin(), paths.end(), path) == paths.end())
      paths.push_back(path);
  return paths;
}

std::string as_name(std::string path) {
  std::replace(path.begin(), path.end(), '/', '_');
  return path.substr(path.find_first_not_of('_'));
}

}  // namespace

std::vector<Section> machine_sections(const contimg::Settings& settings) {
  return {
      {"versions.txt", "tools, libraries, kernel, distribution", versions},
      {"disks.txt", "room, also of each configured path", [&settings] { return disks(settings); }},
      {"memory.txt", "memory and load",
       [] { return contents("/proc/meminfo") + output_of({"uptime"}); }},
      {"processes.txt", "processes of ours", processes},
      {"schedule.txt", "cron, systemd, Slurm", schedule},
  };
}

std::vector<Section> settings_sections(const contimg::Settings& settings,
                                       const std::string& fault) {
  return {
      {"configuration/in-force.txt", "every setting, and where it came from",
       [&settings, fault] {
         return (fault.empty() ? "" : "# wrong: " + fault + "\n# defaults follow\n") +
                in_force(settings);
       }},
      {"configuration/contimg.toml", "the configuration file",
       [&settings] {
         const std::string path = config_file(settings);
         if (path.empty()) throw DataError("no configuration file is in use");
         return contents(path);
       }},
      {"configuration/environment.txt", "variables CONTIMG_*", variables},
      {"configuration/check.txt", "what check-config finds",
       [] { return output_of({"check-config"}, 10); }},
  };
}

std::vector<Section> log_sections(const contimg::Settings& settings) {
  std::vector<Section> all;
  for (const std::string& path : log_files(settings))
    all.push_back({"logs/" + as_name(path), "last lines of " + path,
                   [path] { return last_lines(path, kLogLines); }});
  all.push_back({"logs/journal.txt", "last lines of the units' journal", [] {
                   return output_of({"journalctl", "--no-pager", "--lines=1000",
                                     "--unit=dsa110-stream", "--unit=contimg-*"});
                 }});
  return all;
}

}  // namespace contimg::diagnostics
