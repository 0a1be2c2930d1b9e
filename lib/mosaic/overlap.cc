// SPDX-License-Identifier: GPL-3.0-or-later
// Catalogue sources that lie in more than one tile of a mosaic, and their CSV.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "astro/constants.h"
#include "base/escaped_text.h"
#include "fits/box_reader.h"
#include "mosaic/candidate.h"
#include "mosaic/sources.h"
#include "skymodel/catalogue.h"

namespace contimg::mosaic {
namespace {

double radius_rad(const fits::Image& header) {
  return std::hypot(static_cast<double>(header.n_x), static_cast<double>(header.n_y)) / 2 *
         header.wcs.pixel_rad();
}

}  // namespace

std::string OverlapSource::flags() const {
  std::string words;
  const auto add = [&](bool set, const char* word) {
    if (set) words += (words.empty() ? "" : " ") + std::string(word);
  };
  add(edge, "edge");
  add(blended, "blended");
  add(poor_fit, "poor_fit");
  add(!std::isfinite(catalogue_flux_jy), "no_catalogue_flux");
  return words;
}

std::vector<OverlapSource> sources_in_overlap(const std::vector<TileHeader>& tiles,
                                              const OverlapSettings& settings) {
  if (settings.catalogue.empty()) return {};
  skymodel::Catalogue catalogue(settings.catalogue);
  std::map<std::int64_t, OverlapSource> seen;
  for (const TileHeader& tile : tiles) {
    if (settings.check) settings.check();
    const fits::BoxReader beam(beside(tile.image_path, "pb"));
    const fits::BoxReader rms(beside(tile.image_path, "rms"));
    skymodel::Cone cone;
    cone.centre = tile.header.wcs.centre();
    cone.radius_rad = radius_rad(tile.header);
    cone.frequency_hz = tiles.front().header.frequency_hz;
    for (const skymodel::ConeMatch& match : catalogue.cone(cone)) {
      const astro::Direction& place = match.source.position;
      if (!(static_cast<double>(beam.nearest(place)) >= settings.beam_floor)) continue;
      if (!std::isfinite(rms.nearest(place))) continue;
      OverlapSource& source = seen[match.source.id];
      if (source.n_tile++ > 0) continue;
      source.name = match.source.name;
      source.position = place;
      if (match.flux.known()) source.catalogue_flux_jy = match.flux.flux_jy;
    }
  }
  std::vector<OverlapSource> sources;
  for (auto& [id, source] : seen)
    if (source.n_tile > 1) sources.push_back(std::move(source));
  std::sort(sources.begin(), sources.end(),
            [](const OverlapSource& a, const OverlapSource& b) { return a.name < b.name; });
  return sources;
}

std::string csv_of(const std::vector<OverlapSource>& sources) {
  std::string text =
      "name,ra_deg,dec_deg,flux_jy,flux_error_jy,snr,rms_jy,limit_jy,n_tile,catalogue_flux_jy,"
      "offset_east_arcsec,offset_north_arcsec,flags,reason\n";
  for (const OverlapSource& s : sources)
    text += csv_field(s.name) + "," + csv_number(s.position.ra_rad / astro::kDegree, "%.7f") + "," +
            csv_number(s.position.dec_rad / astro::kDegree, "%.7f") + "," +
            csv_number(s.flux_jy, "%.6g") + "," + csv_number(s.error_jy, "%.6g") + "," +
            csv_number(s.snr, "%.3f") + "," + csv_number(s.rms_jy, "%.6g") + "," +
            csv_number(s.limit_jy, "%.6g") + "," + std::to_string(s.n_tile) + "," +
            csv_number(s.catalogue_flux_jy, "%.6g") + "," +
            csv_number(s.east_rad / astro::kArcsec, "%.3f") + "," +
            csv_number(s.north_rad / astro::kArcsec, "%.3f") + "," + s.flags() + "," +
            csv_field(s.reason) + "\n";
  return text;
}

}  // namespace contimg::mosaic
