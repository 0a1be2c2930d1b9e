// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/due.h"

#include "injection/record.h"

namespace contimg::injection {

DueTiles due_tiles(Database& measurements, int every, int most, double first_mjd) {
  Statement query(measurements,
                  "SELECT e.group_id, EXISTS (SELECT 1 FROM injection i WHERE i.group_id ="
                  " e.group_id) FROM epoch e WHERE e.mid_mjd >= ?1 AND e.science = 1"
                  " AND e.verdict != 'FAIL' ORDER BY e.mid_mjd DESC");
  query.bind(1, first_mjd);
  DueTiles due;
  while (due.n < most && query.step()) {
    const std::string group_id = query.text(0);
    if (!is_due(group_id, every)) continue;
    ++due.n;
    if (query.integer(1) != 0) continue;
    if (due.n_without++ == 0) due.newest_without = group_id;
  }
  return due;
}

}  // namespace contimg::injection
