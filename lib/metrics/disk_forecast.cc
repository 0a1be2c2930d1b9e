// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/disk_forecast.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/filesystem.hpp>

#include "base/byte_text.h"
#include "base/filesystem.h"

namespace contimg::metrics {
namespace {

namespace fs = boost::filesystem;

using Places = std::vector<std::pair<std::string, std::string>>;  // role, folder

Places places_of(const contimg::Settings& s) {
  const Places all = {{"input", s.input_dir},   {"output", s.output_dir},
                      {"image", s.image_dir},   {"source", s.source_dir},
                      {"mosaic", s.mosaic_dir}, {"caltable", s.caltable_dir}};
  Places set;
  for (const auto& [role, folder] : all)
    if (!folder.empty()) set.push_back({role, fs::absolute(folder).lexically_normal().string()});
  return set;
}

// The role of the innermost folder that a path lies below.
std::string role_of(const std::string& path, const Places& places) {
  std::string role;
  std::size_t longest = 0;
  for (const auto& [name, folder] : places) {
    if (path.compare(0, folder.size() + 1, folder + "/") != 0 || folder.size() < longest) continue;
    longest = folder.size();
    role = name;
  }
  return role;
}

double first_record_unix_s(Database& db, double otherwise) {
  Statement find(db,
                 "SELECT min(first) FROM (SELECT min(created_at) AS first FROM product UNION"
                 " SELECT min(last_subband_at) FROM ingest_queue)");
  return find.step() && !find.is_null(0) ? find.real(0) : otherwise;
}

std::optional<dev_t> device_of(const std::string& folder) {
  fs::path place = folder;
  struct stat status {};
  while (stat(place.c_str(), &status) != 0) {
    if (!place.has_parent_path() || place == place.parent_path()) return std::nullopt;
    place = place.parent_path();
  }
  return status.st_dev;
}

}  // namespace

double Growth::rate_byte_per_s(const std::string& role) const {
  const auto found = byte.find(role);
  const double elapsed_s = end_unix_s - begin_unix_s;
  return found == byte.end() || !(elapsed_s > 0) ? 0 : found->second / elapsed_s;
}

Growth measured_growth(Database& db, const contimg::Settings& settings, double now_unix_s,
                       double window_s) {
  Growth growth;
  growth.end_unix_s = now_unix_s;
  growth.begin_unix_s =
      std::max(now_unix_s - window_s, std::min(now_unix_s, first_record_unix_s(db, now_unix_s)));
  const Places places = places_of(settings);
  Statement products(
      db,
      "SELECT path, size_byte FROM product WHERE created_at > ?1 AND created_at <= ?2"
      " AND size_byte > 0");
  products.bind(1, growth.begin_unix_s).bind(2, now_unix_s);
  while (products.step())
    if (const std::string role = role_of(products.text(0), places); !role.empty())
      growth.byte[role] += products.real(1);
  Statement raw(
      db,
      "SELECT total(file_size_bytes) FROM ingest_queue JOIN subband_files USING (group_id)"
      " JOIN hdf5_file_index USING (path)"
      " WHERE last_subband_at > ?1 AND last_subband_at <= ?2");
  if (raw.bind(1, growth.begin_unix_s).bind(2, now_unix_s).step())
    growth.byte["input"] += raw.real(0);
  return growth;
}

std::optional<double> seconds_to_floor(double free_byte, double floor_byte,
                                       double rate_byte_per_s) {
  if (!(rate_byte_per_s > 0)) return std::nullopt;
  return std::max(0.0, (free_byte - floor_byte) / rate_byte_per_s);
}

std::vector<Disk> disk_forecast(const contimg::Settings& settings, const Growth& growth) {
  std::vector<Disk> disks;
  std::vector<dev_t> devices;
  for (const auto& [role, folder] : places_of(settings)) {
    const double free_byte = available_byte(folder);
    const auto device = device_of(folder);
    if (free_byte < 0 || !device) continue;
    const auto found = std::find(devices.begin(), devices.end(), *device);
    const auto i = static_cast<std::size_t>(found - devices.begin());
    if (found == devices.end()) {
      devices.push_back(*device);
      disks.push_back({{}, folder, free_byte, settings.disk_floor_gb * kBytesPerGb, 0, {}});
    }
    disks[i].roles.push_back(role);
    disks[i].rate_byte_per_s += growth.rate_byte_per_s(role);
  }
  for (Disk& disk : disks)
    disk.floor_in_s = seconds_to_floor(disk.free_byte, disk.floor_byte, disk.rate_byte_per_s);
  return disks;
}

}  // namespace contimg::metrics
