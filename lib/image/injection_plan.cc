// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/injection_plan.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdio>
#include <random>

#include "base/error.h"
#include "fits/sample.h"
#include "image/quality_sources.h"
#include "photometry/background.h"

namespace contimg::image {
namespace {

constexpr double kApartBeams = 6, kFromSourceBeams = 4, kFromEdgeBeams = 3;
constexpr double kShownSigma = 5, kShownBySigma = 3;
constexpr std::size_t kTriesEach = 400;

// From 0 to 1, the same on every machine: the standard's distributions are not.
double uniform(std::mt19937_64& random) { return static_cast<double>(random() >> 11U) * 0x1p-53; }

struct Place {
  double x = 0, y = 0;
};

double apart(const Place& a, const Place& b) { return std::hypot(a.x - b.x, a.y - b.y); }

class PositionChooser {
 public:
  PositionChooser(const ScienceTile& tile, const InjectionPlan& plan)
      : tile_(tile),
        plan_(plan),
        beam_(photometry::beam_of(tile.image)),
        background_(photometry::Plane(tile.residual.pixels.empty() ? tile.image : tile.residual),
                    beam_) {
    if (plan.catalogue.empty()) return;
    const double shown_jy = kShownBySigma * background_.median_rms();
    for (const ExpectedSource& source : expected_sources(plan.catalogue, tile.beam, &tile.smearing,
                                                         tile.image.frequency_hz, 0, shown_jy))
      if (const auto pixel = tile.image.wcs.pixel_of(source.position))
        catalogue_.push_back({pixel->x, pixel->y});
  }

  bool is_free(const Place& place) const {
    const double margin = kFromEdgeBeams * beam_.major_px;
    if (place.x < margin || place.y < margin ||
        place.x > static_cast<double>(tile_.image.n_x) - 1 - margin ||
        place.y > static_cast<double>(tile_.image.n_y) - 1 - margin)
      return false;
    const auto direction = tile_.image.wcs.direction_at({place.x, place.y});
    if (!direction || !(fits::value_at(tile_.beam, *direction) >= plan_.min_response)) return false;
    const auto nearer = [&](double beams) {
      return
          [&, beams](const Place& other) { return apart(place, other) < beams * beam_.major_px; };
    };
    return std::none_of(taken_.begin(), taken_.end(), nearer(kApartBeams)) &&
           std::none_of(catalogue_.begin(), catalogue_.end(), nearer(kFromSourceBeams)) &&
           !shows_something(place);
  }

  injection::Source take(const Place& place, double snr) {
    taken_.push_back(place);
    injection::Source source;
    source.position = *tile_.image.wcs.direction_at({place.x, place.y});
    source.snr = snr;
    source.rms_jy = background_.rms(place.x, place.y);
    source.flux_jy = snr * source.rms_jy /
                     (fits::value_at(tile_.beam, source.position) *
                      fits::value_at(tile_.smearing, source.position));
    return source;
  }

 private:
  bool shows_something(const Place& place) const {
    const double reach = kFromSourceBeams * beam_.major_px;
    const double high =
        background_.level(place.x, place.y) + kShownSigma * background_.rms(place.x, place.y);
    for (double y = std::ceil(place.y - reach); y <= place.y + reach; ++y)
      for (double x = std::ceil(place.x - reach); x <= place.x + reach; ++x) {
        if (x < 0 || y < 0 || x >= static_cast<double>(tile_.image.n_x) ||
            y >= static_cast<double>(tile_.image.n_y) || apart(place, {x, y}) > reach)
          continue;
        const float value =
            tile_.image.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
        if (!(static_cast<double>(value) < high)) return true;  // blank, too
      }
    return false;
  }

  const ScienceTile& tile_;
  const InjectionPlan& plan_;
  const photometry::Ellipse beam_;
  const photometry::Background background_;
  std::vector<Place> catalogue_, taken_;
};

}  // namespace

ScienceTile read_science_tile(const std::string& image_path) {
  const std::string record = injection::record_path(image_path);
  const std::string stem = record.substr(0, record.rfind("-injected.json"));
  ScienceTile tile;
  tile.path = image_path;
  tile.image = fits::read_image(image_path);
  tile.beam = fits::read_image(stem + "-pb.fits");
  tile.smearing = fits::read_image(stem + "-smearing.fits");
  if (boost::filesystem::exists(stem + "-residual.fits"))
    tile.residual = fits::read_image(stem + "-residual.fits");
  if (!tile.image.beam)
    throw DataError(image_path + ": no restoring beam, expected one; make the image again");
  if (tile.beam.n_x != tile.image.n_x || tile.beam.n_y != tile.image.n_y)
    throw DataError(stem +
                    "-pb.fits: another grid than the image's, expected the same; run "
                    "image-ms again with --overwrite");
  return tile;
}

std::vector<injection::Source> choose_sources(const ScienceTile& tile, const std::string& group_id,
                                              const InjectionPlan& plan) {
  std::mt19937_64 random(injection::hash_of(group_id, plan.seed));
  PositionChooser chooser(tile, plan);
  std::vector<injection::Source> sources;
  for (std::size_t i = 0; i < kTriesEach * plan.n_source && sources.size() < plan.n_source; ++i) {
    const Place place{uniform(random) * static_cast<double>(tile.image.n_x),
                      uniform(random) * static_cast<double>(tile.image.n_y)};
    const double share = uniform(random);
    if (!chooser.is_free(place)) continue;
    sources.push_back(
        chooser.take(place, plan.min_snr * std::pow(plan.max_snr / plan.min_snr, share)));
    char name[24];
    std::snprintf(name, sizeof name, "INJ%04zu", sources.size());
    sources.back().name = name;
  }
  return sources;
}

std::vector<skymodel::Component> components_of(const std::vector<injection::Source>& sources) {
  std::vector<skymodel::Component> components;
  for (const injection::Source& source : sources) {
    skymodel::Component component;
    component.name = source.name;
    component.position = source.position;
    component.flux_jy = source.flux_jy;
    components.push_back(component);
  }
  return components;
}

}  // namespace contimg::image
