// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "caltable/calibration.h"
#include "ms/reader.h"

/// What calibrate-ms recorded in a Measurement Set (ms::kAppliedKeyword), and tables on disk.
namespace contimg::caltable {

/// SHA-256 over the names and contents of a table's files, locks left out. Reading a table does not
/// change it. Throws DataError when there is no such folder.
std::string fingerprint(const std::string& path);

/// Reads tables. Throws as read_caltable().
std::vector<NamedTable> read_caltables(const std::vector<std::string>& paths);

/// How a set was calibrated, as it says itself.
struct Recorded {
  bool known = false;               ///< calibrate-ms has seen it.
  bool calibrated = false;          ///< False: it was marked as not for science, for want of a set.
  bool in_memory = false;           ///< No CORRECTED_DATA: readers apply the tables themselves.
  std::string set_name;             ///< Of the registry; empty: tables that were named by hand.
  std::string why;                  ///< Why it is not calibrated.
  std::vector<std::string> tables;  ///< In order of application.
  std::vector<std::string> fingerprints;  ///< [table], when they were applied.
};

/// Throws DataError when the record cannot be read.
Recorded recorded(const ms::Reader& set);

/// The calibration that a set was given, for for_each_corrected_block(). Throws DataError when it
/// has none, is marked as uncalibrated, or a table has changed since.
Calibration recorded_calibration(const ms::Reader& set);

}  // namespace contimg::caltable
