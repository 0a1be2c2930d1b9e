// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/sources.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <set>

#include "astro/constants.h"
#include "fits/box_reader.h"
#include "photometry/bands.h"
#include "photometry/forced.h"
#include "photometry/local_peak.h"
#include "photometry/neighbours.h"

namespace contimg::mosaic {
namespace {

using photometry::ForcedFlux;
using photometry::ForcedState;

constexpr std::size_t kCell_px = 1536;  // of the mosaic, whose sources are measured together
constexpr double kMargin_beams = 36;    // one and a half squares of the background
constexpr double kIsolation_beams = 3, kNeighbour = 0.1;
constexpr double kDetected = 5, kPoorFit = 3, kPoorFitShare = 0.05;
constexpr double kNorth_rad = 1e-4;  // a step that is small to the sky and large to rounding
constexpr double kTurn_rad = 2 * astro::kDegree;  // half of it costs a beam of 2:1 less than 0.1 %

// Where north is at a place, from y towards -x, in the grid of pixels.
double north_angle_rad(const fits::Wcs& wcs, const astro::Direction& place) {
  const double step = place.dec_rad > 0 ? -kNorth_rad : kNorth_rad;
  const auto from = wcs.pixel_of(place);
  const auto to = wcs.pixel_of({place.ra_rad, place.dec_rad + step});
  if (!from || !to) return 0;
  return std::atan2(-(to->x - from->x) / step, (to->y - from->y) / step);
}

fits::Box cell_box(const fits::Box& cell, std::size_t margin, const fits::Image& header) {
  const auto less = [&](std::size_t at) { return at > margin ? at - margin : 0; };
  fits::Box box{less(cell.x0), less(cell.y0), 0, 0};
  box.n_x = std::min(cell.x0 + cell.n_x + margin, header.n_x) - box.x0;
  box.n_y = std::min(cell.y0 + cell.n_y + margin, header.n_y) - box.y0;
  return box;
}

// The mosaic in boxes.
class BoxPhotometry {
 public:
  BoxPhotometry(const std::string& image_path, const std::string& rms_path, const fits::Beam& beam,
                const OverlapSettings& settings, std::vector<OverlapSource>& sources)
      : image_(image_path), rms_(rms_path), beam_(beam), settings_(settings), sources_(sources) {
    const double pixel_rad = image_.header().wcs.pixel_rad();
    beam_px_ = {beam.major_rad / pixel_rad, beam.minor_rad / pixel_rad, 0};
    margin_px_ = static_cast<std::size_t>(std::ceil(kMargin_beams * beam_px_.mean_px()));
    for (const OverlapSource& source : sources) {
      places_.push_back(image_.header().wcs.pixel_of(source.position).value_or(kNowhere));
      turns_.push_back(
          std::lround(north_angle_rad(image_.header().wcs, source.position) / kTurn_rad));
    }
  }

  void run() {
    mark_isolated();
    const std::vector<fits::Box> cells = occupied_cells();
    photometry::for_each_index(cells.size(), settings_.n_thread, [&](std::size_t i) {
      if (settings_.check) settings_.check();
      measure_cell(cells[i]);
    });
    for (std::size_t i = 0; i < sources_.size(); ++i)
      if (!holds(whole(), places_[i]))
        sources_[i].reason = photometry::reason_text(ForcedState::outside);
  }

 private:
  static constexpr fits::Pixel kNowhere{-1e9, -1e9};

  static bool holds(const fits::Box& box, const fits::Pixel& at) {
    const double x = at.x + 0.5, y = at.y + 0.5;
    return x >= static_cast<double>(box.x0) && x < static_cast<double>(box.x0 + box.n_x) &&
           y >= static_cast<double>(box.y0) && y < static_cast<double>(box.y0 + box.n_y);
  }
  fits::Box whole() const { return {0, 0, image_.header().n_x, image_.header().n_y}; }

  void mark_isolated() {
    const photometry::Neighbours neighbours(places_, kIsolation_beams * beam_px_.major_px);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const std::vector<std::size_t> near = neighbours.near(places_[i]);
      sources_[i].isolated = std::none_of(near.begin(), near.end(), [&](std::size_t j) {
        // One without a flux density may be anything.
        return j != i &&
               !(sources_[j].catalogue_flux_jy <= kNeighbour * sources_[i].catalogue_flux_jy);
      });
    }
  }

  std::vector<fits::Box> occupied_cells() const {
    std::vector<fits::Box> cells;
    for (std::size_t y = 0; y < image_.header().n_y; y += kCell_px)
      for (std::size_t x = 0; x < image_.header().n_x; x += kCell_px) {
        const fits::Box cell{x, y, std::min(kCell_px, image_.header().n_x - x),
                             std::min(kCell_px, image_.header().n_y - y)};
        if (std::any_of(places_.begin(), places_.end(),
                        [&](const fits::Pixel& at) { return holds(cell, at); }))
          cells.push_back(cell);
      }
    return cells;
  }

  void measure_cell(const fits::Box& cell) {
    const fits::Box box = cell_box(cell, margin_px_, image_.header());
    fits::Image part;
    part.n_x = box.n_x;
    part.n_y = box.n_y;
    {
      const std::lock_guard<std::mutex> one_reader(reading_);
      part.pixels = image_.read(box);
    }
    std::vector<std::size_t> members;
    std::vector<fits::Pixel> at;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (!holds(box, places_[i])) continue;
      members.push_back(i);
      at.push_back(
          {places_[i].x - static_cast<double>(box.x0), places_[i].y - static_cast<double>(box.y0)});
    }
    const photometry::Plane plane(part);
    photometry::BackgroundSettings squares;
    squares.n_thread = 1;
    const photometry::Background background(plane, beam_px_, squares);
    if (!background.known()) return blank(cell, members);
    const photometry::NoiseCorrelation noise(plane, background,
                                             photometry::noise_reach_px(beam_px_));
    photometry::ForcedSettings forced;
    forced.n_thread = 1;
    // Few: one but near a pole.
    for (const long turn : turns_of(cell, members)) {
      photometry::Ellipse shape = beam_px_;
      shape.angle_rad = beam_.position_angle_rad + static_cast<double>(turn) * kTurn_rad;
      const std::vector<ForcedFlux> fluxes =
          photometry::forced_fluxes(plane, background, noise, shape, at, forced);
      for (std::size_t i = 0; i < members.size(); ++i) {
        if (!holds(cell, places_[members[i]]) || turns_[members[i]] != turn) continue;
        set_flux(fluxes[i], sources_[members[i]]);
        set_offset(part, box, at[i], sources_[members[i]]);
      }
    }
  }

  std::set<long> turns_of(const fits::Box& cell, const std::vector<std::size_t>& members) const {
    std::set<long> turns;
    for (const std::size_t i : members)
      if (holds(cell, places_[i])) turns.insert(turns_[i]);
    return turns;
  }

  void blank(const fits::Box& cell, const std::vector<std::size_t>& members) {
    for (const std::size_t i : members)
      if (holds(cell, places_[i])) sources_[i].reason = photometry::reason_text(ForcedState::blank);
  }

  void set_flux(const ForcedFlux& flux, OverlapSource& source) {
    source.reason = photometry::reason_text(flux.state);
    source.edge = flux.touches_blank;
    {
      const std::lock_guard<std::mutex> one_reader(reading_);
      source.rms_jy = static_cast<double>(rms_.nearest(source.position));
    }
    if (flux.state == ForcedState::outside || flux.state == ForcedState::blank) return;
    source.flux_jy = flux.flux;
    // Near the strip's edge noise rises faster than squares of 24 beams tell.
    source.error_jy = flux.error * std::max(1.0, std::isfinite(source.rms_jy) && flux.rms > 0
                                                     ? source.rms_jy / flux.rms
                                                     : 1.0);
    source.snr = source.flux_jy / source.error_jy;
    source.blended = flux.n_joint > 1 || flux.state == ForcedState::inseparable;
    source.poor_fit = flux.misfit > kPoorFit && flux.misfit * flux.rms > kPoorFitShare * flux.flux;
    if (source.reason.empty() && source.snr < settings_.limit_sigma)
      source.reason = "below " + std::to_string(static_cast<int>(settings_.limit_sigma)) + " sigma";
    if (!source.reason.empty())
      source.limit_jy = std::max(source.flux_jy, 0.0) + settings_.limit_sigma * source.error_jy;
  }

  void set_offset(const fits::Image& part, const fits::Box& box, const fits::Pixel& at,
                  OverlapSource& source) {
    if (!(source.snr >= kDetected) || source.blended) return;
    const auto peak = photometry::peak_near(part, at, beam_px_.major_px);
    if (!peak) return;
    const std::lock_guard<std::mutex> one_reader(reading_);  // of the projection too
    const auto place = image_.header().wcs.direction_at(
        {peak->place.x + static_cast<double>(box.x0), peak->place.y + static_cast<double>(box.y0)});
    if (!place) return;
    source.east_rad = std::remainder(place->ra_rad - source.position.ra_rad, 2 * astro::kPi) *
                      std::cos(source.position.dec_rad);
    source.north_rad = place->dec_rad - source.position.dec_rad;
  }

  const fits::BoxReader image_, rms_;
  const fits::Beam beam_;
  const OverlapSettings& settings_;
  std::vector<OverlapSource>& sources_;
  std::vector<fits::Pixel> places_;
  std::vector<long> turns_;  // of north there, in steps
  photometry::Ellipse beam_px_;
  std::size_t margin_px_ = 0;
  std::mutex reading_;  // CFITSIO's files and wcslib's projections serve one thread at a time
};

}  // namespace

void measure_sources(const std::string& image_path, const std::string& rms_path,
                     const fits::Beam& beam, const OverlapSettings& settings,
                     std::vector<OverlapSource>& sources) {
  if (sources.empty()) return;
  BoxPhotometry(image_path, rms_path, beam, settings, sources).run();
}

}  // namespace contimg::mosaic
