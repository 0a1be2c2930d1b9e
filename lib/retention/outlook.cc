// SPDX-License-Identifier: GPL-3.0-or-later
#include "retention/outlook.h"

#include <sys/stat.h>

#include <boost/filesystem.hpp>

#include "base/byte_text.h"
#include "base/clock.h"
#include "base/text.h"

namespace contimg::retention {
namespace {

// Of the nearest folder above that exists.
std::optional<dev_t> device_of(boost::filesystem::path place) {
  struct stat status {};
  while (stat(place.c_str(), &status) != 0) {
    if (!place.has_parent_path() || place == place.parent_path()) return std::nullopt;
    place = place.parent_path();
  }
  return status.st_dev;
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::string days(const std::optional<double>& seconds) {
  if (!seconds) return "it does not fill";
  if (*seconds <= 0) return "it is there now";
  char text[48];
  std::snprintf(text, sizeof text, "in %.1f days", *seconds / kDay_s);
  return text;
}

}  // namespace

std::vector<DiskOutlook> outlook(queue::Queue& queue, const contimg::Settings& settings,
                                 const Plan& plan, double window_s) {
  const metrics::Growth growth =
      metrics::measured_growth(queue.database(), settings, queue.now_unix_s(), window_s);
  std::vector<DiskOutlook> result;
  for (const metrics::Disk& disk : metrics::disk_forecast(settings, growth)) {
    DiskOutlook each;
    each.disk = disk;
    for (const Candidate& candidate : plan.candidates)
      if (candidate.goes && device_of(candidate.path) == device_of(disk.folder))
        each.would_free_byte += static_cast<double>(candidate.size_byte);
    each.floor_in_s_after = metrics::seconds_to_floor(disk.free_byte + each.would_free_byte,
                                                      disk.floor_byte, disk.rate_byte_per_s);
    result.push_back(each);
  }
  return result;
}

Json to_json(const std::vector<DiskOutlook>& outlook) {
  Json list = Json::array();
  for (const DiskOutlook& each : outlook)
    list.push_back({{"roles", each.disk.roles},
                    {"folder", each.disk.folder},
                    {"free_byte", each.disk.free_byte},
                    {"floor_byte", each.disk.floor_byte},
                    {"rate_byte_per_day", each.disk.rate_byte_per_s * kDay_s},
                    {"floor_in_s", or_null(each.disk.floor_in_s)},
                    {"would_free_byte", each.would_free_byte},
                    {"floor_in_s_after", or_null(each.floor_in_s_after)}});
  return list;
}

std::string as_text(const std::vector<DiskOutlook>& outlook) {
  std::string text;
  for (const DiskOutlook& each : outlook) {
    text += each.disk.folder + " (" + joined(each.disk.roles) +
            "): " + gigabytes(each.disk.free_byte) + " free, " +
            gigabytes(each.disk.rate_byte_per_s * kDay_s) + " more a day\n" + "  at its floor of " +
            gigabytes(each.disk.floor_byte) + ": " + days(each.disk.floor_in_s) +
            "; after clean-up, which would free " + gigabytes(each.would_free_byte) + ": " +
            days(each.floor_in_s_after) + "\n";
  }
  return text;
}

}  // namespace contimg::retention
