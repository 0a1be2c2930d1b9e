// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace contimg::subband {

/// What a subband file's name says: `YYYY-MM-DDTHH:MM:SS_sbNN.hdf5`. The stamp is the clock of the
/// correlator host when it opened the file, to the second: a name for people and groups, not the
/// time of the data, from which it is off by 1 to 80 s.
struct FileName {
  std::string stamp;       ///< YYYY-MM-DDTHH:MM:SS
  double stamp_mjd_s = 0;  ///< The same as MJD seconds, UTC.
  int subband = 0;         ///< 0 to 99, as the name has it; the frequencies decide.
};

/// What a scan makes of a name in the incoming folder.
enum class NameKind {
  subband,     ///< A finished file of the correlator.
  misnamed,    ///< Ends in `_sb??.hdf5`, but stamp or number cannot be read: worth a complaint.
  incomplete,  ///< `..._incomplete.hdf5`: the correlator is still writing it.
  hidden,      ///< Begins with a dot (`.fuse_hidden...`, copies by rsync).
  other,       ///< Nothing of ours.
};

/// Judges the last component of a path.
NameKind name_kind(const std::string& name);

/// Takes a name (or a path) apart; nothing unless its kind is `subband`.
std::optional<FileName> parse_file_name(const std::string& path);

/// Gives the name of subband `subband` (0 to 99) of the group `stamp`.
std::string format_file_name(const std::string& stamp, int subband);

/// The part of a path after the last slash.
std::string last_component(const std::string& path);

}  // namespace contimg::subband
