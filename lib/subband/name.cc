// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/name.h"

#include <cctype>

#include "astro/epoch.h"

namespace contimg::subband {
namespace {

constexpr char kPattern[] = "dddd-dd-ddTdd:dd:dd_sbdd.hdf5";  // d stands for a digit
constexpr std::size_t kStampLength = 19;
constexpr std::size_t kNameLength = sizeof kPattern - 1;
constexpr std::size_t kSubbandAt = kStampLength + 3;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool has_pattern(const std::string& name) {
  if (name.size() != kNameLength) return false;
  for (std::size_t i = 0; i < kNameLength; ++i) {
    // The d of ".hdf5" is a letter, not a place for a digit.
    const bool digit = kPattern[i] == 'd' && i < kSubbandAt + 2;
    if (digit ? !std::isdigit(static_cast<unsigned char>(name[i])) : name[i] != kPattern[i])
      return false;
  }
  return true;
}

bool ends_like_a_subband(const std::string& name) {
  const std::size_t length = sizeof "_sb??.hdf5" - 1;
  return name.size() >= length && ends_with(name, ".hdf5") &&
         name.compare(name.size() - length, 3, "_sb") == 0;
}

}  // namespace

std::string last_component(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0: no slash, the whole path
}

std::optional<FileName> parse_file_name(const std::string& path) {
  const std::string name = last_component(path);
  if (!has_pattern(name)) return std::nullopt;
  FileName parsed;
  parsed.stamp = name.substr(0, kStampLength);
  const std::optional<double> time_mjd_s = astro::parse_stamp(parsed.stamp);
  if (!time_mjd_s) return std::nullopt;
  parsed.stamp_mjd_s = *time_mjd_s;
  parsed.subband = 10 * (name[kSubbandAt] - '0') + (name[kSubbandAt + 1] - '0');
  return parsed;
}

NameKind name_kind(const std::string& name) {
  if (name.empty() || name[0] == '.') return NameKind::hidden;
  if (ends_with(name, "_incomplete.hdf5")) return NameKind::incomplete;
  if (!ends_like_a_subband(name)) return NameKind::other;
  return parse_file_name(name) ? NameKind::subband : NameKind::misnamed;
}

std::string format_file_name(const std::string& stamp, int subband) {
  std::string number = std::to_string(subband);
  if (number.size() < 2) number.insert(0, "0");
  return stamp + "_sb" + number + ".hdf5";
}

}  // namespace contimg::subband
