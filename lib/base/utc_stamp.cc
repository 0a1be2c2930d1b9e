// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/utc_stamp.h"

#include <ctime>

namespace contimg {
namespace {

std::string formatted(double unix_s, const char* format) {
  const auto whole = static_cast<std::time_t>(unix_s);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string utc_stamp(double unix_s) { return formatted(unix_s, "%Y-%m-%dT%H:%M:%SZ"); }

std::string utc_file_stamp(double unix_s) { return formatted(unix_s, "%Y%m%dT%H%M%SZ"); }

}  // namespace contimg
