// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/span.h"
#include "ms/flag_version.h"
#include "ms/reader.h"

/// What calibration changes in a Measurement Set.
namespace contimg::ms {

/// Keyword of MAIN: a JSON object that says what CORRECTED_DATA, WEIGHT and FLAG were made with.
constexpr const char* kAppliedKeyword = "CONTIMG_CALIBRATION_APPLIED";

/// The flags from which every calibration starts, kept beside FLAG by the first.
constexpr const char* kVersionBeforeCalibration = "pre_calibrate";

/// The flags of a set as they were before it was calibrated: of the version kept then, else FLAG.
class StartingFlags {
 public:
  /// Throws as FlagVersionReader. The reader must outlive it.
  StartingFlags(const std::string& set_path, const Reader& set);
  /// Fills flags of neighbouring rows, [row, channel, correlation].
  void read(std::size_t first_row, Span<bool> flags) const;

 private:
  const Reader& set_;
  std::unique_ptr<FlagVersionReader> version_;
};

/// Keeps FLAG as version `pre_calibrate` unless that is there.
void keep_starting_flags(const std::string& set_path, const Reader& set);

/// Keeps the weights of single channels that the set came with, as SIGMA_SPECTRUM =
/// WEIGHT_SPECTRUM^-1/2 (-1 where the weight is 0), unless that column is there or there is no
/// WEIGHT_SPECTRUM. The set's SetLock must be held. Killed, the set has no such column.
void keep_sigma_spectrum(const std::string& set_path, const std::string& stage);

/// Neighbouring rows, calibrated.
struct CorrectedRows {
  std::size_t first_row = 0, n_row = 0;
  Span<const std::complex<float>> corrected;  ///< [row, channel, correlation]
  Span<const bool> flag;                      ///< [row, channel, correlation]
  Span<const float> weight;                   ///< [row, correlation]
  Span<const float> weight_spectrum;  ///< [row, channel, correlation], or empty without the column.
};

/// What is written down about a calibration.
struct AppliedRecord {
  std::string keyword;               ///< JSON for kAppliedKeyword.
  std::string application, command;  ///< HISTORY APPLICATION and CLI_COMMAND.
  std::vector<std::string> history;  ///< Rows of HISTORY.
};

/// Replaces CORRECTED_DATA (added where absent), FLAG, FLAG_ROW, WEIGHT and, where the set has it,
/// WEIGHT_SPECTRUM. DATA and SIGMA are never touched.
///
///     begin a Change, mark the set  ->  put() rows, in any order  ->  finish()
///
/// Destroyed without finish() the set stays marked; ms/change.h says what a kill leaves.
/// casacore's errors become DataError, a full disk TemporaryError.
class CorrectedWriter {
 public:
  /// The set's SetLock must be held.
  CorrectedWriter(const std::string& set_path, const std::string& stage);
  ~CorrectedWriter();
  CorrectedWriter(CorrectedWriter&&) noexcept;

  void put(const CorrectedRows& rows);
  /// Records what was done, makes everything durable and takes the mark away.
  void finish(const AppliedRecord& record);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Records that a set is not calibrated (see CorrectedWriter for the rules): the keyword and
/// HISTORY; no column changes.
void record_applied(const std::string& set_path, const std::string& stage,
                    const AppliedRecord& record);

}  // namespace contimg::ms
