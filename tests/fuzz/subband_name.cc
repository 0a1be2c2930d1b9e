// SPDX-License-Identifier: GPL-3.0-or-later
// Names of subband files and the times in them (lib/subband/name, lib/astro/epoch).
#include <cmath>

#include "astro/epoch.h"
#include "harness.h"
#include "subband/name.h"

using contimg::fuzz::require;
namespace subband = contimg::subband;
namespace astro = contimg::astro;

namespace {

void check_name(const std::string& text) {
  const std::string name = subband::last_component(text);
  const auto parsed = subband::parse_file_name(text);
  const subband::NameKind kind = subband::name_kind(name);
  require(parsed.has_value() == (kind == subband::NameKind::subband), "kind and parts agree");
  if (!parsed) return;
  require(parsed->subband >= 0 && parsed->subband <= 99, "a subband has two digits");
  require(subband::format_file_name(parsed->stamp, parsed->subband) == name,
          "a name that is taken apart can be put together");
  require(astro::format_stamp(parsed->stamp_mjd_s) == parsed->stamp, "a stamp is that time");
}

void check_time(const std::string& text) {
  const auto time_mjd_s = astro::parse_stamp(text);
  if (!time_mjd_s) return;
  require(std::isfinite(*time_mjd_s), "a time is finite");
  const std::string shown = astro::format_time(*time_mjd_s);
  if (shown == "not-a-time") return;  // 9999-12-31T23:59:59.9999, rounded
  const auto again = astro::parse_stamp(shown);
  require(again && std::abs(*again - *time_mjd_s) < 6e-4,
          "a time that is shown can be read: " + shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_name(text);
  check_time(text);
  return 0;
}
