// SPDX-License-Identifier: GPL-3.0-or-later
#include "injection/record.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_bytes.h"

namespace contimg::injection {
namespace {

namespace fs = boost::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json json_of(const Source& source) {
  return {{"name", source.name},
          {"ra_deg", source.position.ra_rad / astro::kDegree},
          {"dec_deg", source.position.dec_rad / astro::kDegree},
          {"flux_jy", source.flux_jy},
          {"rms_jy", source.rms_jy},
          {"snr", source.snr}};
}

Source source_of(const Json& json) {
  Source source;
  source.name = json.at("name").get<std::string>();
  source.position.ra_rad = json.at("ra_deg").get<double>() * astro::kDegree;
  source.position.dec_rad = json.at("dec_deg").get<double>() * astro::kDegree;
  source.flux_jy = json.at("flux_jy").get<double>();
  source.rms_jy = json.at("rms_jy").get<double>();
  source.snr = json.at("snr").get<double>();
  return source;
}

}  // namespace

std::string record_path(const std::string& image_path) {
  const std::string suffix = "-image.fits";
  if (image_path.size() <= suffix.size() ||
      image_path.compare(image_path.size() - suffix.size(), suffix.size(), suffix) != 0)
    throw DataError(image_path + ": not an image of image-ms --inject, expected a name ending in " +
                    suffix);
  return image_path.substr(0, image_path.size() - suffix.size()) + "-injected.json";
}

Record read_record(const std::string& path) {
  const auto text = file_bytes(path);
  if (!text)
    throw DataError(path +
                    ": not there, expected what was put into the image; image-ms --inject "
                    "writes both");
  try {
    const Json json = Json::parse(*text);
    if (json.at("format").get<int>() != kFormat)
      throw DataError(path + ": of another format, expected " + std::to_string(kFormat));
    Record record;
    record.group_id = json.at("group_id").get<std::string>();
    record.science_image = json.at("science_image").get<std::string>();
    record.science_size_byte = json.at("science_size_byte").get<std::int64_t>();
    record.science_time_unix_s = json.at("science_time_unix_s").get<std::int64_t>();
    record.seed = json.at("seed").get<std::int64_t>();
    record.measured = json.at("measured").get<bool>();
    for (const Json& source : json.at("sources")) record.sources.push_back(source_of(source));
    return record;
  } catch (const Json::exception& error) {
    throw DataError(path + ": not a record of injected sources (" + error.what() +
                    "), expected one; remove it, and image-ms --inject makes it anew");
  }
}

void write_record(const std::string& path, const Record& record) {
  Json sources = Json::array();
  for (const Source& source : record.sources) sources.push_back(json_of(source));
  const Json json = {{"format", kFormat},
                     {"group_id", record.group_id},
                     {"science_image", record.science_image},
                     {"science_size_byte", record.science_size_byte},
                     {"science_time_unix_s", record.science_time_unix_s},
                     {"seed", record.seed},
                     {"measured", record.measured},
                     {"sources", sources}};
  write_text_file(path, json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Record record_of(const std::string& group_id, const std::string& science_image, std::int64_t seed) {
  Record record;
  record.group_id = group_id;
  record.science_image = science_image;
  record.seed = seed;
  boost::system::error_code absent;
  const std::uintmax_t size = fs::file_size(science_image, absent);
  if (absent)
    throw DataError(science_image +
                    ": not there, expected the tile's own image; run image-ms "
                    "without --inject first");
  record.science_size_byte = static_cast<std::int64_t>(size);
  record.science_time_unix_s = fs::last_write_time(science_image);
  return record;
}

bool is_current(const Record& record, const Record& now) {
  return record.group_id == now.group_id && record.seed == now.seed &&
         record.science_size_byte == now.science_size_byte &&
         record.science_time_unix_s == now.science_time_unix_s;
}

bool is_due(const std::string& group_id, int every) {
  if (every <= 0) return false;
  const auto n = static_cast<std::uint64_t>(every);
  const auto stamp = astro::parse_stamp(group_id);
  const std::uint64_t slot = stamp
                                 ? static_cast<std::uint64_t>(std::max(
                                       0.0, std::floor(astro::unix_s_from_mjd_s(*stamp) / kSlot_s)))
                                 : hash_of(group_id, 0);
  return slot % n == 0;
}

std::uint64_t hash_of(const std::string& text, std::int64_t seed) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char letter : text + ":" + std::to_string(seed))
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  return hash;
}

}  // namespace contimg::injection
