// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/operations_setting_rows.h"

#include <algorithm>
#include <cctype>

#include "base/derived_setting.h"

namespace contimg {
namespace {

// A row whose option carries its table's name, because the key alone says too little.
Setting named(const std::string& table, const std::string& key, const char* unit,
              Setting::Field field, const char* help, double min, double max) {
  Setting row = derived_setting(table, table + "_" + key, unit, field, help, min, max);
  row.key = table + "." + key;
  return row;
}

std::vector<Setting> slurm_rows() {
  return {
      named("slurm", "account", "NAME", &Settings::slurm_account,
            "Account that tasks are charged to; without it sbatch's own default.", 0, 0),
      named("slurm", "partition", "NAME", &Settings::slurm_partition,
            "Partition for tasks; without it sbatch's own default.", 0, 0),
      named("slurm", "options", "WORDS", &Settings::slurm_options,
            "Further options for sbatch, as a shell splits them.", 0, 0),
      named("slurm", "cpus", "N", &Settings::slurm_cpus, "Processors of a task.", 1, 1024),
      named("slurm", "memory_gb", "GB", &Settings::slurm_memory_gb,
            "Memory of a task; 0: what groups were measured to take, times the margin.", 0, 4096),
      named("slurm", "time_min", "MIN", &Settings::slurm_time_min,
            "Time limit of a task; 0: what groups were measured to take, times the margin.", 0,
            10080),
      named("slurm", "margin", "FACTOR", &Settings::slurm_margin,
            "Margin over measured memory and time.", 1, 100),
      named("slurm", "max_tasks", "N", &Settings::slurm_max_tasks, "Tasks that run at once.", 1,
            9999),
  };
}

std::vector<Setting> notice_rows() {
  return {
      derived_setting("watchdog", "stall_min", "MIN", &Settings::stall_min,
                      "A stage without progress for so long is killed and tried again; 0: never.",
                      0, 1440),
      named("notify", "command", "COMMAND", &Settings::notify_command,
            "Command that is given notices on stdin; without it they are only logged.", 0, 0),
      named("notify", "repeat_h", "H", &Settings::notify_repeat_h,
            "What lasts is told again after so long.", 0.1, 8760),
      derived_setting("notify", "heartbeat_min", "MIN", &Settings::heartbeat_min,
                      "Ticks count as missed after so long; 0: never.", 0, 10080),
  };
}

std::vector<Setting> retention_rows() {
  const auto row = [](const char* key, Setting::Field field, const char* help) {
    return derived_setting("retention", key, "DAYS", field, help, 0, 100000);
  };
  Setting archive = derived_setting("retention", "archive_dir", "DIR", &Settings::archive_dir,
                                    "Folder with second copies of raw files and sets.", 0, 0);
  Setting backup = derived_setting("retention", "backup_dir", "DIR", &Settings::backup_dir,
                                   "Folder for backups of the databases.", 0, 0);
  backup.under_root = "state/backups";
  return {
      row("keep_raw_days", &Settings::keep_raw_days,
          "Days that raw files are kept once they are archived; 0: for ever."),
      row("keep_ms_days", &Settings::keep_ms_days,
          "Days that Measurement Sets are kept that can be made again; 0: for ever."),
      row("keep_image_days", &Settings::keep_image_days,
          "Days that residual, model and PSF images are kept; 0: for ever."),
      row("keep_scratch_days", &Settings::keep_scratch_days,
          "Days that what killed tools left is kept; 0: for ever."),
      row("keep_log_days", &Settings::keep_log_days, "Days that logs are kept; 0: for ever."),
      row("keep_hourly_backup_days", &Settings::keep_hourly_backup_days,
          "Days that every backup is kept; 0: for ever."),
      row("keep_daily_backup_days", &Settings::keep_daily_backup_days,
          "Days that one backup a day is kept; 0: for ever."),
      archive,
      backup,
  };
}

std::vector<Setting> serve_rows() {
  return {
      named("serve", "address", "ADDRESS", &Settings::serve_address,
            "Address that serve-status listens on.", 0, 0),
      named("serve", "port", "PORT", &Settings::serve_port, "Its port.", 1, 65535),
      named("serve", "also", "PORTS", &Settings::serve_also,
            "Further ports with the same answers, separated by commas.", 0, 0),
      derived_setting("serve", "health_port", "PORT", &Settings::health_port,
                      "Port of /health, /ready and /metrics; 0: none.", 0, 65535),
      derived_setting("serve", "token_file", "FILE", &Settings::token_file,
                      "File with tokens, for its owner only.", 0, 0),
      derived_setting("serve", "legacy_loopback_writes", "", &Settings::legacy_loopback_writes,
                      "Take POSTs to /api/streaming/ from this machine without a token.", 0, 1),
      derived_setting("serve", "allowed_origins", "ORIGINS", &Settings::allowed_origins,
                      "Origins whose pages may ask, separated by commas.", 0, 0),
      derived_setting("serve", "rate_limit", "RATE", &Settings::rate_limit,
                      "Requests a second that one client may send.", 1, 1e6),
  };
}

std::vector<Setting> injection_rows() {
  return {
      named("injection", "every", "N", &Settings::injection_every,
            "Put known faint sources into every N-th tile, apart from science; 0: into none.", 0,
            100000),
      named("injection", "sources", "N", &Settings::injection_sources, "Sources in such a tile.", 1,
            1000),
      named("injection", "min_snr", "SNR", &Settings::injection_min_snr,
            "The faintest, in multiples of the tile's noise there.", 0.1, 1000),
      named("injection", "max_snr", "SNR", &Settings::injection_max_snr, "The brightest, likewise.",
            0.1, 100000),
      named("injection", "seed", "N", &Settings::injection_seed,
            "Chooses with the group's id where they lie and how bright they are.", 0, 2147483647),
      named("injection", "min_completeness", "SHARE", &Settings::injection_min_completeness,
            "A night that finds fewer of those with an SNR of 8 is told of.", 0, 1),
      named("injection", "max_bias", "SHARE", &Settings::injection_max_bias,
            "A night whose flux densities of those are off by more is told of.", 0, 1),
      named("injection", "min_sources", "N", &Settings::injection_min_sources,
            "A night with fewer of those is not judged.", 1, 1000000),
  };
}

}  // namespace

std::vector<Setting> operations_rows() {
  std::vector<Setting> rows;
  for (const std::vector<Setting>& part :
       {slurm_rows(), notice_rows(), retention_rows(), serve_rows(), injection_rows()})
    rows.insert(rows.end(), part.begin(), part.end());
  return rows;
}

}  // namespace contimg
