// SPDX-License-Identifier: GPL-3.0-or-later
#include "subband/phase_centre.h"

#include <cmath>

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::subband {
namespace {

constexpr char kCatalog[] = "Header/phase_center_catalog";

/// First value of a number or of an array of them.
double first_value(const hdf5::File& file, const std::string& name) {
  const hdf5::Dataset data = file.dataset(name);
  if (data.size() == 0) hdf5::refuse(file, name + " is empty");
  return data.element(0);
}

double declination(const hdf5::File& file, const std::string& name) {
  const double dec_rad = first_value(file, name);
  if (!(std::abs(dec_rad) <= astro::kPi / 2 + 1e-9))
    hdf5::refuse(file, name + " is " + std::to_string(dec_rad) +
                           ", expected a declination in radians, at most pi/2");
  return dec_rad;
}

void require_j2000(const hdf5::File& file, const std::string& frame_name,
                   const std::string& epoch_name) {
  const std::string frame = file.has(frame_name) ? file.text(frame_name) : "icrs";
  if (frame != "icrs" && frame != "fk5")
    hdf5::refuse(file, frame_name + " is " + frame + ", expected icrs or fk5");
  if (frame != "fk5" || !file.has(epoch_name)) return;
  if (file.dataset(epoch_name).kind() == hdf5::Kind::text) return;
  const double epoch = first_value(file, epoch_name);
  if (std::abs(epoch - 2000) > 1e-6)
    hdf5::refuse(file, epoch_name + " is " + std::to_string(epoch) + ", expected 2000");
}

void read_fixed_centre(const hdf5::File& file, const std::string& ra_name,
                       const std::string& dec_name, Summary& summary) {
  astro::Direction centre;
  centre.ra_rad = first_value(file, ra_name);
  centre.dec_rad = declination(file, dec_name);
  if (!(std::abs(centre.ra_rad) <= 4 * astro::kPi))
    hdf5::refuse(file, ra_name + " is " + std::to_string(centre.ra_rad) + ", expected radians");
  centre.ra_rad = std::fmod(centre.ra_rad, 2 * astro::kPi);
  if (centre.ra_rad < 0) centre.ra_rad += 2 * astro::kPi;
  summary.phase_type = PhaseType::phased;
  summary.phase_centre = centre;
  summary.pointing_dec_rad = centre.dec_rad;
}

void read_drift(const hdf5::File& file, Summary& summary) {
  summary.phase_type = PhaseType::drift;
  // The order in which the correlator's own readers look (spec 1.8). pyuvdata fills
  // phase_center_app_dec with the zenith's, so the extra keyword goes first.
  for (const char* name : {"Header/extra_keywords/phase_center_dec", "Header/phase_center_app_dec",
                           "Header/phase_center_dec"})
    if (file.has(name)) {
      summary.pointing_dec_rad = declination(file, name);
      return;
    }
  hdf5::refuse(file, "Header/phase_center_app_dec is missing: nothing says where the dishes point");
}

/// The catalogue's entry that the rows use: its group.
std::string used_entry(const hdf5::File& file) {
  const std::vector<std::string> entries = file.members(kCatalog);
  if (entries.empty()) hdf5::refuse(file, std::string(kCatalog) + " is empty");
  const std::string prefix = std::string(kCatalog) + "/";
  const char* ids = "Header/phase_center_id_array";
  if (!file.has(ids)) {
    if (entries.size() == 1) return prefix + entries[0];
    hdf5::refuse(file,
                 std::string(ids) + " is missing, and the catalogue has several phase centres");
  }
  const hdf5::Dataset id_of_row = file.dataset(ids);
  const double id = first_value(file, ids);
  if (id_of_row.element(id_of_row.size() - 1) != id)
    hdf5::refuse(file, "rows have different phase centres, expected one");
  if (entries.size() == 1) return prefix + entries[0];
  for (const std::string& entry : entries) {
    const std::string id_name = prefix + entry + "/cat_id";
    const bool matches = file.has(id_name) ? first_value(file, id_name) == id
                                           : entry == std::to_string(static_cast<std::int64_t>(id));
    if (matches) return prefix + entry;
  }
  hdf5::refuse(file, std::string(kCatalog) + " has no entry " + std::to_string(id));
}

void read_catalog(const hdf5::File& file, Summary& summary) {
  const std::string entry = used_entry(file);
  const std::string type = file.text(entry + "/cat_type");
  if (type == "unprojected" || type == "driftscan") return read_drift(file, summary);
  if (type != "sidereal")
    hdf5::refuse(file,
                 entry + "/cat_type is " + type + ", expected sidereal, unprojected or driftscan");
  require_j2000(file, entry + "/cat_frame", entry + "/cat_epoch");
  read_fixed_centre(file, entry + "/cat_lon", entry + "/cat_lat", summary);
  if (file.has(entry + "/cat_name")) summary.object_name = file.text(entry + "/cat_name");
}

}  // namespace

void read_phase_centre(const hdf5::File& file, Summary& summary) {
  const std::string type =
      file.has("Header/phase_type") ? file.text("Header/phase_type") : std::string();
  if (!type.empty() && type != "drift" && type != "phased")
    hdf5::refuse(file, "Header/phase_type is " + type + ", expected drift or phased");
  if (file.has(kCatalog) && type != "drift") return read_catalog(file, summary);
  if (type != "phased") return read_drift(file, summary);
  require_j2000(file, "Header/phase_center_frame", "Header/phase_center_epoch");
  read_fixed_centre(file, "Header/phase_center_ra", "Header/phase_center_dec", summary);
}

}  // namespace contimg::subband
