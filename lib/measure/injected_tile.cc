// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/injected_tile.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "injection/completeness.h"
#include "photometry/plane.h"

namespace contimg::measure {
namespace {

// What the pixel nearest to a source sees of its height.
double seen_by_pixel(const fits::Image& image, const astro::Direction& position) {
  const auto pixel = image.wcs.pixel_of(position);
  if (!pixel) return 1;
  return photometry::beam_of(image).form()(pixel->x - std::round(pixel->x),
                                           pixel->y - std::round(pixel->y));
}

}  // namespace

std::size_t InjectedTile::n_found() const {
  return static_cast<std::size_t>(std::count_if(sources.begin(), sources.end(),
                                                [](const InjectedRow& row) { return row.found; }));
}

InjectedTile measure_injected(const TileImages& images, const injection::Record& record,
                              const MeasureSettings& settings) {
  if (record.group_id != images.epoch.group_id)
    throw DataError(images.path + ": of group " + images.epoch.group_id + ", expected " +
                    record.group_id + " as its record of injected sources says; remove both");
  MeasureSettings with = settings;
  with.injected = record.sources;
  with.blind = true;
  const Tile tile = measure_tile(images, with);
  std::map<std::string, const Measurement*> by_name;
  for (const Measurement& source : tile.sources)
    if (source.kind == Kind::forced) by_name[source.name] = &source;
  InjectedTile result;
  result.epoch = tile.epoch;
  result.record = record;
  for (const injection::Source& truth : record.sources) {
    const auto measured = by_name.find(truth.name);
    if (measured == by_name.end()) continue;
    InjectedRow row;
    row.truth = truth;
    row.measured = *measured->second;
    row.found = std::isfinite(row.measured.offset_east_rad);
    row.expected = injection::probability_found(
        truth.snr * seen_by_pixel(images.image, truth.position), settings.detection_sigma);
    result.sources.push_back(row);
  }
  return result;
}

}  // namespace contimg::measure
