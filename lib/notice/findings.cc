// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/findings.h"

#include <cstdio>

namespace contimg::notice {

std::string in_words(double duration_s) {
  char text[40];
  if (duration_s < 5400)
    std::snprintf(text, sizeof text, "%.0f min", duration_s / 60);
  else if (duration_s < 36 * 3600)
    std::snprintf(text, sizeof text, "%.1f h", duration_s / 3600);
  else
    std::snprintf(text, sizeof text, "%.1f days", duration_s / 86400);
  return text;
}

std::vector<Notice> findings(Database& db, const contimg::Settings& settings, double now_unix_s) {
  const metrics::Figures figures = metrics::read_figures(db, settings, now_unix_s);
  std::vector<Notice> found;
  find_failures(db, now_unix_s, found);
  find_stuck_stages(db, now_unix_s, found);
  find_missing_parts(db, settings, now_unix_s, found);
  find_calibration(db, settings, figures, found);
  find_machine(db, settings, figures, found);
  find_injection(settings, now_unix_s, found);
  return found;
}

}  // namespace contimg::notice
