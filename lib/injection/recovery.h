// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/settings.h"
#include "base/sqlite.h"
#include "injection/completeness.h"

/// What the injected sources of nights tell, from the database of measurements.
namespace contimg::injection {

/// Signal to noise from which sources count as bright: there all are found, and flux densities
/// have no bias, when nothing is wrong.
constexpr double kBrightSnr = 8;

/// Sources of a range of signal to noise.
struct Bin {
  double from_snr = 0, to_snr = 0;  ///< [from, to)
  int n = 0, n_found = 0;
  Share completeness;
  double expected = 0;                 ///< Mean of probability_found().
  int n_measured = 0;                  ///< With a flux density; of these:
  double flux_ratio = 0;               ///< Median of measured over true, NaN for none,
  double flux_ratio_error = 0;         ///< its error: 1.2533 times the robust scatter over root n;
  double pull_mean = 0, pull_rms = 0;  ///< mean and scatter of (measured - true) / error.
};

/// A night's, or several nights' together.
struct Recovery {
  std::string night;  ///< "2026-01-25": from 12:00 UTC of that day.
  int n_tile = 0, n_source = 0;
  Bin bright;             ///< kBrightSnr and more.
  std::vector<Bin> bins;  ///< From 3 to 30; fainter and brighter ones in the first and last.
};

/// Reads the database. Nothing when there is no such file, or it has no injected sources yet.
/// Throws as Database.
std::optional<Database> open_injected(const std::string& measurement_db);

/// Nights with injected sources, in order, whose data lie within [first, end) (MJD, UTC).
std::vector<Recovery> recovery_of_nights(Database& db, double first_mjd, double end_mjd);
/// All of these together, under the name `night`.
Recovery recovery_between(Database& db, double first_mjd, double end_mjd, const std::string& night);
/// The 7 nights before that time together: what a night is compared with.
Recovery recovery_before(Database& db, double begin_mjd);

struct RecoveryLimits {
  double min_completeness = 0.9;  ///< Of bright sources.
  double max_bias = 0.02;         ///< Of their flux densities, from 1.
  int min_sources = 30;           ///< Of them; with fewer nothing is said.
  double significance = 3;        ///< Of what is told, in errors.
};

/// Those of the table [injection].
RecoveryLimits recovery_limits(const Settings& settings);

/// Something that the injected sources say is wrong.
struct Fault {
  std::string kind;  ///< "completeness", "bias", "completeness-drop", "bias-change"
  std::string subject, text;
};

/// What is wrong with a night: completeness of bright sources below the limit, or below the nights'
/// before; flux densities off, or off from what they were. Each beyond its error, `significance`
/// times. Given: the nights before together, nothing when there are none.
std::vector<Fault> faults_of(const Recovery& night, const std::optional<Recovery>& before,
                             const RecoveryLimits& limits);

}  // namespace contimg::injection
