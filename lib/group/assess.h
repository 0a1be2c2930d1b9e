// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "queue/file_record.h"

namespace contimg::group {

/// What a file is to its group.
enum class Role {
  member,     ///< Its subband's file: goes into the Measurement Set.
  duplicate,  ///< Its subband has a better file.
  bad,        ///< Damaged, or at odds with the others.
};
const char* role_name(Role role);

struct Member {
  queue::FileRecord file;
  Role role = Role::member;
  std::string reason;  ///< Why it is bad, or which file it lost to.
};

/// A group as its files make it.
struct Assessment {
  std::string group_id;
  std::vector<Member> files;     ///< Members by subband, then duplicates, then bad files.
  std::vector<int> missing;      ///< Subbands without a member, ascending.
  double first_time_unix_s = 0;  ///< Of the members (most of them; else of any file's stamp).
  double last_time_unix_s = 0;
  double integration_time_s = 0;

  int n_subband() const;    ///< Distinct subbands that have a member.
  bool has_header() const;  ///< True if at least one file's header could be read.
  bool complete() const { return missing.empty(); }
};

/// Judges the files of one observation.
///
/// 1. A file whose header could not be read, whose subband is not in [0, expected_subbands), or
///    that differs from most others in telescope, antennas, stations, baselines, polarisations,
///    integration time, channels or pointing is bad. Where two kinds are equally many, the one
///    with the lowest subband is right.
/// 2. Frequencies have to abut: there is one frequency f0 with f(subband) = f0 - subband x width
///    (or + for arrays that count upwards) for most files; a file half a channel off is bad.
/// 3. Of several files of one subband the member is the one with the most rows, then the larger,
///    then the later; the others are duplicates.
///
/// The group's id is the stamp of subband 0's member, else the earliest stamp of a member, else of
/// any file. Throws std::invalid_argument when `files` is empty.
Assessment assess(std::vector<queue::FileRecord> files, int expected_subbands);

}  // namespace contimg::group
