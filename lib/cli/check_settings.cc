// SPDX-License-Identifier: GPL-3.0-or-later
// What check-config looks at: folders and their room, the queue, programs, Earth orientation, threads.
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <thread>

#include "astro/earth_orientation.h"
#include "base/byte_text.h"
#include "base/error.h"
#include "base/filesystem.h"
#include "base/subprocess.h"
#include "cli/config_report.h"
#include "queue/queue.h"
#include "queue/schema.h"

namespace contimg::cli {
namespace {

namespace fs = boost::filesystem;
using Kind = Finding::Kind;
using Findings = std::vector<Finding>;

constexpr double kWarnDaysBeforeEnd = 30;  // docs/tools/check-config.md

std::string in_gb(double bytes) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << bytes / kBytesPerGb << " GB";
  return text.str();
}

bool runs(const Settings& settings, const std::string& stage) {
  const auto& stages = settings.stages;
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

/// True when `folder` is there and may be written to.
bool check_folder(Findings& findings, const std::string& key, const std::string& folder) {
  boost::system::error_code ignored;
  if (!fs::exists(folder, ignored)) {
    findings.push_back({Kind::wrong, key, folder + " does not exist; mkdir -p '" + folder + "'"});
    return false;
  }
  if (!fs::is_directory(folder, ignored)) {
    findings.push_back({Kind::wrong, key, folder + " is not a folder, expected one"});
    return false;
  }
  if (::access(folder.c_str(), R_OK | W_OK | X_OK) != 0) {
    findings.push_back({Kind::wrong, key,
                        folder + " cannot be written to by this user; sudo chown $USER '" + folder +
                            "', or remount it writable"});
    return false;
  }
  findings.push_back({Kind::right, key, folder + " is writable"});
  return true;
}

void check_room(Findings& findings, const std::string& key, const std::string& folder,
                double floor_gb) {
  boost::system::error_code failed;
  const fs::space_info space = fs::space(folder, failed);
  if (failed) {
    findings.push_back({Kind::warning, key, folder + ": free space unknown, " + failed.message()});
    return;
  }
  const auto available = static_cast<double>(space.available);
  const bool enough = available >= floor_gb * kBytesPerGb;
  findings.push_back({enough ? Kind::right : Kind::wrong, key,
                      folder + " has " + in_gb(available) + " free, disk.floor_gb is " +
                          in_gb(floor_gb * kBytesPerGb) +
                          (enough ? "" : "; free some, or lower the floor")});
}

void check_folders(Findings& findings, const Settings& settings) {
  struct Folder {
    const char* key;
    const std::string& path;
    bool needed;
    bool grows;
  };
  const Folder folders[] = {
      {"paths.input_dir", settings.input_dir, true, false},
      {"paths.output_dir", settings.output_dir, true, true},
      {"paths.scratch_dir", settings.scratch_dir, false, true},
      {"paths.checkpoint_dir", settings.checkpoint_dir, false, false},
      {"paths.log_dir", settings.log_dir, false, false},
  };
  for (const Folder& folder : folders) {
    if (folder.path.empty()) {
      if (folder.needed)
        findings.push_back({Kind::wrong, folder.key,
                            "not set; give it, or [paths] root, in the configuration file"});
      continue;
    }
    if (check_folder(findings, folder.key, folder.path) && folder.grows)
      check_room(findings, folder.key, folder.path, settings.disk_floor_gb);
  }
}

void check_tmpfs(Findings& findings, const Settings& settings) {
  if (!settings.stage_to_tmpfs) return;
  struct statfs information = {};
  const std::string& folder = settings.tmpfs_dir;
  if (::statfs(folder.c_str(), &information) != 0 || information.f_type != TMPFS_MAGIC) {
    findings.push_back({Kind::warning, "paths.tmpfs_dir",
                        folder + " is not a tmpfs; staging there is no faster than a disk "
                                 "(mount -t tmpfs, or set convert.stage_to_tmpfs = false)"});
    return;
  }
  const double free_bytes =
      static_cast<double>(information.f_bavail) * static_cast<double>(information.f_bsize);
  findings.push_back(
      {Kind::right, "paths.tmpfs_dir", folder + " is a tmpfs with " + in_gb(free_bytes) + " free"});
}

void check_queue(Findings& findings, const Settings& settings) {
  const char* key = "paths.queue_db";
  if (settings.queue_db.empty()) {
    findings.push_back(
        {Kind::wrong, key, "not set; give it, or [paths] root, in the configuration file"});
    return;
  }
  const fs::path folder = fs::absolute(settings.queue_db).parent_path();
  if (!check_folder(findings, key, folder.string())) return;
  const Filesystem disk = filesystem_of(settings.queue_db);
  if (disk.kind == Filesystem::Kind::network) {
    findings.push_back({Kind::wrong, key,
                        settings.queue_db + " is on a network filesystem (" + disk.name +
                            "), where SQLite's locks fail; put it on a local disk"});
    return;
  }
  boost::system::error_code ignored;
  if (!fs::exists(settings.queue_db, ignored)) {
    findings.push_back(
        {Kind::right, key, settings.queue_db + " is not there yet; the first tool makes it"});
    return;
  }
  try {
    Database db = queue::open_queue(queue::queue_settings(settings), false);
    const int version = queue::schema_version(db);
    findings.push_back({Kind::right, key,
                        settings.queue_db + " opens, schema version " + std::to_string(version)});
  } catch (const Error& error) {
    findings.push_back({Kind::wrong, key, error.what()});
  }
}

void check_programs(Findings& findings, const Settings& settings) {
  struct Program {
    const char* name;
    const char* needed_by;
    const char* package;
    Kind when_absent;
  };
  const Program programs[] = {
      {"wsclean", "stage image", "wsclean", runs(settings, "image") ? Kind::wrong : Kind::right},
      {"aoflagger", "stage flag, with its own strategies", "aoflagger",
       runs(settings, "flag") ? Kind::warning : Kind::right},
      {"gnuplot", "pictures of the stages", "gnuplot-nox", Kind::warning},
      {"sqlite3", "the operator's queries", "sqlite3", Kind::warning},
      {"sbatch", "Slurm only", "slurm-client", Kind::right},
  };
  for (const Program& program : programs) {
    const auto path = find_program(program.name);
    if (path)
      findings.push_back({Kind::right, program.name, *path});
    else
      findings.push_back({program.when_absent, program.name,
                          std::string("not found; needed by ") + program.needed_by +
                              "; apt install " + program.package});
  }
}

void check_earth_orientation(Findings& findings, const Settings& settings, double today_mjd) {
  const char* key = "paths.earth_orientation";
  const std::string remedy = "; import a newer finals2000A with import-earth-orientation";
  try {
    const auto table = settings.earth_orientation.empty()
                           ? astro::EarthOrientation::built_in()
                           : astro::EarthOrientation::load(settings.earth_orientation);
    const double age_days = std::max(0.0, today_mjd - table.last_measured_mjd());
    std::ostringstream text;
    text << table.description() << "; measured values end " << std::lround(age_days)
         << " days ago, predictions ";
    const double left_days = table.last_mjd() - today_mjd;
    if (left_days < 0)
      text << "ended " << std::lround(-left_days) << " days ago" << remedy;
    else
      text << "last " << std::lround(left_days) << " more days"
           << (left_days < kWarnDaysBeforeEnd ? remedy : "");
    findings.push_back(
        {left_days < kWarnDaysBeforeEnd ? Kind::warning : Kind::right, key, text.str()});
  } catch (const Error& error) {
    findings.push_back({Kind::wrong, key, error.what()});
  }
}

void check_threads(Findings& findings, const Settings& settings) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = settings.max_parallel * settings.omp_threads;
  findings.push_back({threads > cores ? Kind::warning : Kind::right, "pipeline.max_parallel",
                      std::to_string(settings.max_parallel) + " groups of " +
                          std::to_string(settings.omp_threads) + " threads on " +
                          std::to_string(cores) + " cores" +
                          (threads > cores ? "; lower one of the two" : "")});
}

}  // namespace

std::vector<Finding> check_settings(const Settings& settings, double today_mjd) {
  Findings findings;
  check_folders(findings, settings);
  check_queue(findings, settings);
  check_tmpfs(findings, settings);
  check_programs(findings, settings);
  check_earth_orientation(findings, settings, today_mjd);
  check_threads(findings, settings);
  return findings;
}

}  // namespace contimg::cli
