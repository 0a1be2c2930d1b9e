// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/measure_tile.h"

#include <chrono>
#include <map>

#include "base/clock.h"
#include "measure/blind_rows.h"
#include "measure/footprint.h"
#include "measure/forced_rows.h"

namespace contimg::measure {
namespace {

// Seconds since `begin`, which becomes now.
double lap_s(Clock::time_point& begin) {
  const Clock::time_point now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - begin).count();
  begin = now;
  return seconds;
}

// Two of one kind and name would be one row.
void number_equal_names(std::vector<Measurement>& sources) {
  std::map<std::pair<Kind, std::string>, int> seen;
  for (Measurement& source : sources) {
    const int n = ++seen[{source.kind, source.name}];
    if (n > 1) source.name += "#" + std::to_string(n);
  }
}

}  // namespace

Tile measure_tile(const TileImages& images, const MeasureSettings& settings, MeasureTimes* times) {
  MeasureTimes ignored;
  MeasureTimes& took = times != nullptr ? *times : ignored;
  Clock::time_point begin = Clock::now();
  Tile tile;
  tile.epoch = images.epoch;
  tile.epoch.catalogue = settings.catalogue;
  const TileNoise noise(images, settings);
  tile.epoch.footprint = footprint_of(images);
  tile.epoch.footprint.min_beam = settings.min_beam;
  tile.epoch.rms_jy = noise.background().median_rms();
  took.noise_s = lap_s(begin);
  if (settings.check) settings.check();
  tile.sources = forced_rows(images, noise, settings);
  took.forced_s = lap_s(begin);
  if (settings.check) settings.check();
  if (settings.blind) {
    const BlindRows found = blind_rows(images, noise, settings, tile.sources);
    tile.epoch.reliability = found.reliability;
    tile.epoch.detection_sigma = settings.detection_sigma;
    tile.sources.insert(tile.sources.end(), found.rows.begin(), found.rows.end());
  }
  took.blind_s = lap_s(begin);
  number_equal_names(tile.sources);
  add_flags(tile.sources, images);
  tile.epoch.tie = tie_epoch(tile.sources, settings.tie);
  return tile;
}

}  // namespace contimg::measure
