// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace contimg {

/// What an operator can set of running by itself, a part of Settings (base/settings.h).
/// docs/operations/{slurm,notify,retention,serving}.md say what each does.
struct OperationsSettings {
  // [slurm]
  std::string slurm_account;  ///< Empty: sbatch's own default; the same for the partition.
  std::string slurm_partition;
  std::string slurm_options;   ///< Further words for sbatch, as a shell splits them.
  int slurm_cpus = 2;          ///< Of a task.
  double slurm_memory_gb = 0;  ///< Of a task; 0: what was measured, with the margin.
  double slurm_time_min = 0;   ///< Of a task; 0: the same.
  double slurm_margin = 2;     ///< Times what was measured.
  int slurm_max_tasks = 20;    ///< At once.

  // [watchdog]
  double stall_min = 15;  ///< A stage without progress for so long is killed; 0: never.

  // [notify]
  std::string notify_command;   ///< Empty: notices are logged only.
  double notify_repeat_h = 24;  ///< What lasts is told again.
  double heartbeat_min = 15;    ///< Ticks are missed after so long; 0: never.

  // [retention]: days, 0 keeps for ever.
  double keep_raw_days = 0;
  double keep_ms_days = 0;
  double keep_image_days = 0;  ///< Of residual, model and PSF; never of the image itself.
  double keep_scratch_days = 7, keep_log_days = 90;
  double keep_hourly_backup_days = 2, keep_daily_backup_days = 30;
  std::string archive_dir;  ///< Where a second copy of raw files and sets would lie.
  std::string backup_dir;

  // [serve]
  std::string serve_address = "127.0.0.1";
  int serve_port = 8000;
  std::string serve_also = "8010,5173";  ///< More ports with the same answers.
  int health_port = 9100;                ///< /health, /ready and /metrics; 0: none.
  std::string token_file;
  bool legacy_loopback_writes = true;
  std::string allowed_origins;  ///< Of browsers, separated by commas.
  double rate_limit = 50;       ///< Requests a second and client.
};

}  // namespace contimg
