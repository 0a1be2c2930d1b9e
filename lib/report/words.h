// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

/// Numbers as people read them, each with its unit. What is not finite is "-".
namespace contimg::report {

std::string fixed(double value, int decimals);
/// "2026-01-26 13:30:56 UTC".
std::string utc(double unix_s);
/// "13:30".
std::string clock_utc(double unix_s);
/// "42 s", "5.2 min", "3.1 h", "2.0 d".
std::string duration(double seconds);
/// "812 B", "3.2 GB": powers of 1000.
std::string size(double bytes);
/// "1.28 mJy", "2.99 Jy".
std::string flux(double jy);
/// "12.3 %" of a share from 0 to 1.
std::string percent(double share);
/// "1 group", "3 groups".
std::string counted(long long n, const std::string& noun);
/// The text, or its first `n` characters (never half of one in UTF-8) and "...".
std::string shortened(const std::string& text, std::size_t n);

}  // namespace contimg::report
