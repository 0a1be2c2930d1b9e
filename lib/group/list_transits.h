// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "group/transits.h"
#include "queue/report.h"

namespace contimg::group {

struct TransitQuestion {
  std::optional<double> dec_deg;  ///< Apparent; nothing: that of the latest group.
  double from_unix_s = 0, days = 1;
  bool past = false;      ///< Look back from there, into the queue, instead of forward.
  std::string name;       ///< Only this calibrator; empty: all.
  std::string catalogue;  ///< Path; empty: the built-in primaries only.
  TransitLimits limits;
};

/// The telescope as the latest group's files describe it. Throws UsageError when the queue has no
/// group with a header, or the telescope does not drift.
Strip strip_of_latest_group(Database& db);

/// One object per transit to come, in order of time. Given: `db`, or null for no queue (then dec_deg
/// has to be there). Times are texts (UTC) and unix seconds.
queue::Json coming_transits(Database* db, const TransitQuestion& question,
                            const astro::EarthOrientation& earth);

/// One object per transit that a group of the queue holds between its true ends (the start of its
/// first and the end of its last integration), at the group's own declination; with the group's
/// files and its Measurement Set.
queue::Json past_transits(Database& db, const TransitQuestion& question,
                          const astro::EarthOrientation& earth);

/// The list without the columns that only programs want: exact times, and paths of files (counted
/// instead).
queue::Json for_people(queue::Json list);

}  // namespace contimg::group
