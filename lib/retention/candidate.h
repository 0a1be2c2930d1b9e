// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queue/report.h"

/// What may be removed, and what must not. docs/operations/retention.md has the rules for people.
namespace contimg::retention {

using queue::Json;

enum class Kind { raw, set, image, scratch, log, report, batch, backup };
/// "raw", "ms", "image", "scratch", "log", "report", "batch", "backup".
const char* kind_name(Kind kind);

/// Something on the disk that is old enough to be looked at, and what is to become of it.
struct Candidate {
  Kind kind = Kind::scratch;
  std::string path;      ///< A file, or a whole folder.
  std::string group_id;  ///< Empty: of no group.
  std::int64_t size_byte = 0;
  double age_s = 0;
  bool goes = false;
  std::string why;          ///< Why it may go, or why it stays; one phrase.
  std::string sha256;       ///< Of a raw file that goes.
  std::string archived_as;  ///< The copy that stays, where there is one.
};

/// A kind for which nothing is looked at, because its setting is 0.
struct KeptForEver {
  Kind kind;
  std::string setting;  ///< "retention.keep_ms_days"
};

/// What would be done, in the order in which it is done.
struct Plan {
  std::vector<Candidate> candidates;
  std::vector<KeptForEver> kept;
};

/// {kind, path, group_id, size_byte, age_s, goes, why, archived_as}.
Json to_json(const Candidate& candidate);

}  // namespace contimg::retention
