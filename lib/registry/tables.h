// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "registry/gates.h"

namespace contimg::registry {

/// One table of a set, as it is on disk.
struct TableFacts {
  std::string path;         ///< Absolute.
  std::string type;         ///< "K Jones", "B Jones", "G Jones".
  std::string fingerprint;  ///< caltable::fingerprint().
};

/// What the tables of a set say themselves.
struct SetFacts {
  std::vector<TableFacts> tables;
  double solved_from_mjd = 0, solved_until_mjd = 0;  ///< All intervals of all tables.
  std::vector<std::string> antennas;                 ///< Live: a solution in every table.
  std::string refant;                                ///< Empty: phases have no reference.
  std::string field;                                 ///< Name of the field that was solved.
  std::string ms_name;
  bool has_gains = false;
  double low_edge_hz = 0, high_edge_hz = 0;  ///< Of the band that all tables cover.
  int n_channel = 0;                         ///< Of the table that has most.
  std::string config_hash;  ///< Equal for sets of one telescope, band, channels and feeds.
  /// Of these the flagged share, live antennas and median SNR (the worst table's).
  Figures figures;
};

/// Reads the tables of a set, all of them to the last cell.
/// Throws DataError naming the table: as caltable::read_caltable(), and when it has no solution,
/// or the tables do not fit each other (other antennas, other feeds); UsageError for none or a
/// table named twice.
SetFacts read_tables(const std::vector<std::string>& paths);

}  // namespace contimg::registry
