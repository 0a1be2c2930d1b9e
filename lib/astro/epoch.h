// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

/// Times. `_mjd_s` is UTC as MJD in seconds, as TIME in a Measurement Set; `_unix_s` is seconds
/// since 1970-01-01 UTC, as the queue stores them. A double holds `_mjd_s` to 1 microsecond.
namespace contimg::astro {

/// Converts a Julian date (UTC, days) to MJD seconds without losing what the double holds.
double mjd_s_from_jd(double jd);
double jd_from_mjd_s(double time_mjd_s);

double mjd_s_from_unix_s(double time_unix_s);
double unix_s_from_mjd_s(double time_mjd_s);

// The three below give "not-a-time" for NaN and for years outside 1 to 9999. Leap seconds have no
// label: MJD seconds do not count them.

/// Formats as YYYY-MM-DDTHH:MM:SS, truncated to the second, as file names and group ids have it.
std::string format_stamp(double time_mjd_s);
/// Formats as YYYY-MM-DD.
std::string format_date(double time_mjd_s);
/// Formats as YYYY-MM-DDTHH:MM:SS.sss, rounded.
std::string format_time(double time_mjd_s);

/// Reads YYYY-MM-DDTHH:MM:SS (a space for the T, fractions and a trailing Z are accepted);
/// nothing if the text is not such a time.
std::optional<double> parse_stamp(const std::string& text);

/// Seconds since 1970 now, from the system's clock.
double now_unix_s();

}  // namespace contimg::astro
