// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/forced_rows.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "fits/sample.h"
#include "measure/discovered.h"
#include "photometry/forced.h"
#include "skymodel/catalogue.h"

namespace contimg::measure {
namespace {

constexpr double kLowBeamShare = 0.5, kSmearedBelow = 0.95;
constexpr double kSameSourceBeams = 0.5;  // as blind_rows() has it
constexpr double kBrightRatio = 100, kBrightBeams = 20;

using photometry::ForcedFlux;
using photometry::ForcedState;

std::string sigmas(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void set_flux(const ForcedFlux& flux, const MeasureSettings& settings, Measurement& row) {
  const double limit_sigma = settings.limit_sigma;
  row.local_rms_jy = flux.rms;
  row.reason = photometry::reason_text(flux.state);
  if (flux.state == ForcedState::outside || flux.state == ForcedState::blank) {
    row.flags |= kEdge;
    return;
  }
  const double response = row.beam_response * row.smearing;
  row.flux_jy = flux.flux / response;
  row.noise_jy = flux.error / response;
  row.error_jy = std::hypot(row.noise_jy, settings.flux_floor * row.flux_jy);
  row.snr = flux.flux / flux.error;
  if (flux.n_joint > 1 || flux.state == ForcedState::inseparable) row.flags |= kBlended;
  if (flux.touches_blank) row.flags |= kEdge;
  // What is not exact of a bright source's model must not be called a poor fit.
  if (flux.misfit > 3 && flux.misfit * flux.rms > 0.05 * flux.flux) row.flags |= kPoorFit;
  if (row.snr < limit_sigma && row.reason.empty())
    row.reason = "below " + sigmas(limit_sigma) + " sigma";
  if (!row.reason.empty()) row.limit_jy = std::max(row.flux_jy, 0.0) + limit_sigma * row.noise_jy;
}

}  // namespace

Response response_at(const TileImages& images, const astro::Direction& place) {
  Response response;
  response.beam = fits::value_at(images.beam, place);
  if (images.smearing) response.smearing = fits::value_at(*images.smearing, place);
  return response;
}

namespace {

// Gathers the places that the tile sees.
class Places {
 public:
  Places(const TileImages& images, double min_beam) : images_(images), min_beam_(min_beam) {}

  void add(const std::string& name, const astro::Direction& position, double catalogue_flux_jy) {
    const Response response = response_at(images_, position);
    const auto pixel = images_.image.wcs.pixel_of(position);
    if (!pixel || !(response.beam >= min_beam_) || !(response.smearing > 0)) return;
    Measurement row;
    row.name = name;
    row.position = position;
    row.beam_response = response.beam;
    row.smearing = response.smearing;
    row.catalogue_flux_jy = catalogue_flux_jy;
    if (!std::isfinite(catalogue_flux_jy)) row.flags |= kNoCatalogueFlux;
    rows.push_back(row);
    pixels.push_back(*pixel);
  }

  std::vector<Measurement> rows;
  std::vector<fits::Pixel> pixels;

 private:
  const TileImages& images_;
  double min_beam_;
};

void add_catalogue(const TileImages& images, const MeasureSettings& settings, Places& places) {
  skymodel::Catalogue catalogue(settings.catalogue);
  skymodel::Cone cone;
  cone.centre = images.image.wcs.centre();
  cone.radius_rad = fits::radius_rad(images.beam);
  cone.frequency_hz = images.image.frequency_hz;
  for (const skymodel::ConeMatch& match : catalogue.cone(cone))
    places.add(match.source.name, match.source.position,
               match.flux.known() ? match.flux.flux_jy : kUnknown);
  if (places.rows.empty())
    spdlog::warn("{}: holds no source within the tile's beam; blind search only",
                 settings.catalogue);
}

// What is also in the catalogue is measured there.
void add_discovered(const TileImages& images, const std::string& lightcurve_db, Places& places) {
  const double reach_rad = kSameSourceBeams * images.image.beam->major_rad;
  const std::size_t n_catalogue = places.rows.size();
  for (const DiscoveredSource& source :
       discovered_in(lightcurve_db, images.image.wcs.centre(), fits::radius_rad(images.beam))) {
    const auto end = places.rows.begin() + static_cast<std::ptrdiff_t>(n_catalogue);
    const bool known = std::any_of(places.rows.begin(), end, [&](const Measurement& row) {
      return std::abs(row.position.dec_rad - source.position.dec_rad) <= reach_rad &&
             astro::separation_rad(row.position, source.position) <= reach_rad;
    });
    if (!known) places.add(source.name, source.position, kUnknown);
  }
}

}  // namespace

std::vector<Measurement> forced_rows(const TileImages& images, const TileNoise& noise,
                                     const MeasureSettings& settings) {
  Places places(images, settings.min_beam);
  if (!settings.catalogue.empty()) add_catalogue(images, settings, places);
  add_discovered(images, settings.lightcurve_db, places);
  for (const injection::Source& source : settings.injected)
    places.add(source.name, source.position, kUnknown);
  photometry::ForcedSettings forced;
  forced.n_thread = settings.n_thread;
  const std::vector<ForcedFlux> fluxes = photometry::forced_fluxes(
      noise.image(), noise.background(), noise.correlation(), noise.beam(), places.pixels, forced);
  for (std::size_t i = 0; i < places.rows.size(); ++i)
    set_flux(fluxes[i], settings, places.rows[i]);
  return places.rows;
}

void add_flags(std::vector<Measurement>& sources, const TileImages& images) {
  double best = 0;
  for (const float value : images.beam.pixels) best = std::max(best, static_cast<double>(value));
  const double reach_rad = kBrightBeams * images.image.beam->major_rad;
  std::vector<const Measurement*> bright;  // few, as any is 100 times another
  std::vector<double> apparent;
  for (const Measurement& source : sources)
    apparent.push_back(source.flux_jy * source.beam_response * source.smearing);
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (apparent[i] > kBrightRatio * 3 * sources[i].local_rms_jy) bright.push_back(&sources[i]);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Measurement& source = sources[i];
    if (source.beam_response < kLowBeamShare * best) source.flags |= kLowBeam;
    if (source.smearing < kSmearedBelow) source.flags |= kSmeared;
    const double least = kBrightRatio * std::max(std::abs(apparent[i]), 3 * source.local_rms_jy);
    for (const Measurement* other : bright)
      if (other->flux_jy * other->beam_response * other->smearing > least &&
          astro::separation_rad(other->position, source.position) < reach_rad)
        source.flags |= kNearBright;
  }
}

}  // namespace contimg::measure
