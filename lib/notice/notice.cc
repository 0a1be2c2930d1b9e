// SPDX-License-Identifier: GPL-3.0-or-later
#include "notice/notice.h"

#include <map>

#include "base/error.h"

namespace contimg::notice {

const char* severity_name(Severity severity) {
  return severity == Severity::critical ? "critical" : "warning";
}

Severity severity_from(const std::string& name) {
  if (name == "critical") return Severity::critical;
  if (name == "warning") return Severity::warning;
  throw UsageError(name + ": not a severity, expected warning or critical");
}

std::string kind_of(const std::string& key) { return key.substr(0, key.find('/')); }

std::string in_numbers(const std::string& kind, std::size_t n) {
  static const std::map<std::string, std::string> words = {
      {"group-failed", "groups failed"},
      {"dead-letter", "jobs were given up"},
      {"stage-stuck", "stages are stuck"},
      {"stage-stalls", "stages stall again and again"},
      {"missing-subbands", "groups wait for missing subbands"},
      {"subband-missing", "subbands are missing again and again"},
      {"antenna-missing", "antennas are missing again and again"},
      {"disk", "disks are filling up"},
  };
  const auto found = words.find(kind);
  return std::to_string(n) + " " +
         (found == words.end() ? "notices of the kind " + kind : found->second);
}

}  // namespace contimg::notice
