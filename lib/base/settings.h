// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/image_settings.h"
#include "base/injection_settings.h"
#include "base/lightcurve_settings.h"
#include "base/metrics_settings.h"
#include "base/mosaic_settings.h"
#include "base/operations_settings.h"

namespace contimg {

/// What becomes of a group whose subbands never all arrive.
enum class PartialPolicy { wait, convert, fail };
/// Which group is taken first.
enum class GroupOrder { oldest, newest };
/// Where a Measurement Set's phase centres lie: one at mid-group, or one per integration.
enum class PhaseCentres { mid, per_integration };
/// Least severe message that is logged.
enum class LogLevel { debug, info, warning, error, critical };

/// Everything that an operator can set, with its default. Filled by resolve_settings(); tools get
/// theirs through cli::add_settings(). Paths that are not set and not under a root are empty.
/// docs/operations/configuration.md is the manual.
struct Settings : ImageSettings,
                  MosaicSettings,
                  LightcurveSettings,
                  MetricsSettings,
                  OperationsSettings,
                  InjectionSettings {
  // [paths]
  std::string root;
  std::string input_dir;       ///< Subband files arrive here.
  std::string output_dir;      ///< Measurement Sets: science/, calibrators/, failed/ below it.
  std::string queue_db;        ///< The queue, on a local disk.
  std::string scratch_dir;     ///< Fast disk for staging; empty: beside the product.
  std::string checkpoint_dir;  ///< Progress of conversions; empty: no checkpoints.
  std::string tmpfs_dir = "/dev/shm";
  std::string log_dir;
  std::string caltable_dir, image_dir, source_dir, mosaic_dir, measurement_db, lightcurve_db;
  std::string earth_orientation;  ///< Table file; empty: the one compiled in.
  std::string catalogue;          ///< From import-catalogue; empty: the built-in primaries only.

  // [group]
  int expected_subbands = 16;
  double chunk_duration_min = 5.0;
  double collecting_timeout_s = 600;
  PartialPolicy partial = PartialPolicy::wait;
  double partial_timeout_s = 86400;  ///< After this long a waiting group fails.
  int min_subbands = 16;             ///< Never above expected_subbands unless somebody set it so.
  double settle_time_s = 5;          ///< A file this long unchanged is taken for whole.

  // [queue]
  int max_retries = 3;
  double in_progress_timeout_s = 900;  ///< A claim that is not renewed for so long is lost.
  double backoff_s = 30, backoff_max_s = 300;
  GroupOrder order = GroupOrder::oldest;

  // [convert]
  int spectral_windows = 1;
  PhaseCentres phase_centres = PhaseCentres::mid;
  bool keep_autocorrelations = false;
  bool stage_inputs = false;
  int stage_workers = 4;
  bool stage_to_tmpfs = true;
  int omp_threads = 0;  ///< After resolving: at least 1.
  bool cleanup_temp = true;
  bool convert_flag = false;  ///< convert-group flags too.

  // [flag]
  std::string strategy;   ///< AOFlagger's Lua; empty: the one compiled in.
  std::string flag_list;  ///< What is known to be bad; empty: none.

  // [calibration]
  double bandpass_validity_h = 24, gain_validity_h = 1;  ///< Before and after the solved data.
  double max_age_h = 12, warn_age_h = 6;                 ///< Of a set that is applied.
  double dec_tolerance_deg = 1;         ///< Between the pointings of a set and of a group.
  double max_wait_h = 24;               ///< A group waits for a set for so long;
  std::string no_calibration = "fail";  ///< then it fails, or stays "uncalibrated".
  int min_antennas = 10;  ///< This and the rest are gates of quality: registry/gates.h.
  double flagged_warn = 0.2, flagged_fail = 0.5, snr_warn = 10, snr_fail = 5, min_beam = 0.5;
  double dec_offset_warn_deg = 1, dec_offset_fail_deg = 5, refant_flagged_fail = 0.5;
  double scatter_warn_deg = 15, scatter_fail_deg = 30;
  double unconverged_warn = 0.02, unconverged_fail = 0.2;

  // [pipeline]
  std::vector<std::string> stages = {"convert", "flag",    "calibrate",
                                     "image",   "measure", "lightcurve"};
  int max_parallel = 0;  ///< After resolving: at least 1.

  double disk_floor_gb = 10;            // [disk]
  LogLevel log_level = LogLevel::info;  // [log]
  std::string log_file;
  bool profile = false;

  /// Where each value came from, by key: "option --queue-db", "environment CONTIMG_QUEUE_DB",
  /// "contimg.toml:12", "default", "default under paths.root".
  std::map<std::string, std::string> sources;
};

/// A value as an operator gave it, before it is understood.
struct Given {
  std::string key;
  std::string text;    ///< Lists are joined with commas.
  std::string source;  ///< As in Settings::sources.
};

/// Settings in force, and what should be said about them.
struct ResolvedSettings {
  Settings settings;
  std::vector<std::string> warnings;  ///< E.g. a variable CONTIMG_... that nothing reads.
};

/// Puts settings together: an option wins over the environment, that over the configuration file,
/// that over the default.
/// Given: `options`, from the command line; `environment`, name to value (variables without
/// CONTIMG_ are ignored); `config_path`, empty for CONTIMG_CONFIG, or none.
/// Throws UsageError naming the option, variable or file and line.
ResolvedSettings resolve_settings(const std::vector<Given>& options,
                                  const std::map<std::string, std::string>& environment,
                                  const std::string& config_path);

/// The process's environment, for resolve_settings().
std::map<std::string, std::string> process_environment();

/// The path `settings.*field`. Throws UsageError that says how to set it when it is empty.
const std::string& required_path(const Settings& settings, std::string Settings::*field);

}  // namespace contimg
