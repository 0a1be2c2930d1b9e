// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/calibrator.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>
#include <optional>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/error.h"
#include "calibrate/field_model.h"
#include "skymodel/catalogue.h"
#include "skymodel/primary_calibrators.h"

namespace contimg::calibrate {
namespace {

constexpr double kSearchRadius_rad = 3 * astro::kDegree;
constexpr double kSameSource_rad = 30 * astro::kArcsec;
constexpr const char* kPrimaryFluxes = "Perley & Butler 2017";

struct Candidate {
  skymodel::Component component;
  std::string name, iau_name, flux_source;
};

class Search {
 public:
  Search(const ms::Description& set, const CalibratorSettings& settings)
      : set_(set), settings_(settings) {
    const std::vector<double>& f = set.spectral_windows.at(0).frequency_hz;
    frequency_hz_ = (f.front() + f.back()) / 2;
    middle_mjd_s_ = (set.first_time_mjd_s + set.last_time_mjd_s) / 2;
    centre_ = ms::pointing_at(set, middle_mjd_s_);
    if (settings.catalogue.empty()) return;
    if (!boost::filesystem::exists(settings.catalogue))
      throw UsageError(settings.catalogue +
                       ": no such file, expected a catalogue from "
                       "import-catalogue");
    catalogue_.emplace(settings.catalogue);
  }

  Calibrator run() {
    Candidate found = settings_.name.empty() ? unnamed() : named();
    if (settings_.flux_jy > 0) {
      found.component.log_polynomial.clear();
      found.component.flux_jy = settings_.flux_jy;
      found.component.spectral_index = 0;
      found.flux_source = "--flux";
    }
    Calibrator calibrator;
    calibrator.name = found.name;
    calibrator.iau_name = found.iau_name;
    calibrator.flux_source = found.flux_source;
    calibrator.frequency_hz = frequency_hz_;
    calibrator.flux_jy = skymodel::flux_density_jy(found.component, frequency_hz_);
    calibrator.beam_response = response(found.component.position);
    calibrator.dec_offset_deg =
        (found.component.position.dec_rad - centre_.dec_rad) / astro::kDegree;
    require_enough(calibrator);
    calibrator.sources = {found.component};
    if (settings_.other_sources) add_others(calibrator);
    return calibrator;
  }

 private:
  double response(const astro::Direction& position) const {
    const double dish_m = set_.antennas.at(0).dish_diameter_m;
    if (!(dish_m > 0)) return 1;
    double best = 0;
    const auto look = [&](const astro::Direction& pointing) {
      best = std::max(best, astro::airy_power(astro::separation_rad(pointing, position),
                                              frequency_hz_, dish_m));
    };
    for (const ms::Pointing& pointing : set_.pointings) look(pointing.direction);
    if (set_.pointings.empty()) look(centre_);
    return best;
  }

  double apparent_jy(const Candidate& candidate) const {
    return skymodel::flux_density_jy(candidate.component, frequency_hz_) *
           response(candidate.component.position);
  }

  static Candidate from_primary(const skymodel::PrimaryCalibrator& primary) {
    const std::string& iau = primary.component.name;
    return {primary.component, primary.aliases.empty() ? iau : primary.aliases.front(), iau,
            kPrimaryFluxes};
  }

  std::optional<Candidate> from_catalogue(const skymodel::CatalogueSource& source) const {
    const auto component = skymodel::component_at(source, frequency_hz_);
    if (!component) return std::nullopt;
    const std::string flux_source =
        component->log_polynomial.empty()
            ? boost::filesystem::path(settings_.catalogue).filename().string() + ", " +
                  skymodel::describe(source.flux_at(frequency_hz_).basis)
            : kPrimaryFluxes;
    return Candidate{*component, source.name, source.name, flux_source};
  }

  // A place whose flux density --flux will say.
  static Candidate placed(const std::string& name, const astro::Direction& position) {
    Candidate candidate{{}, name, name, ""};
    candidate.component.name = name;
    candidate.component.position = position;
    return candidate;
  }

  Candidate named() {
    if (const auto primary = skymodel::find_primary_calibrator(settings_.name))
      return from_primary(*primary);
    if (!catalogue_)
      throw DataError("calibrator " + settings_.name +
                      ": not among the built-in primary calibrators, expected one of them or "
                      "--catalogue");
    const skymodel::CatalogueSource source = in_catalogue();
    if (const auto candidate = from_catalogue(source)) return *candidate;
    if (settings_.flux_jy > 0) return placed(source.name, source.position);
    throw DataError("calibrator " + settings_.name + ": no flux density is known at " +
                    std::to_string(frequency_hz_ / 1e6) +
                    " MHz, expected a catalogue that has it, or --flux");
  }

  skymodel::CatalogueSource in_catalogue() {
    try {
      return catalogue_->find(settings_.name);
    } catch (const skymodel::NameError& error) {
      throw DataError("calibrator " + settings_.name + ": " + error.what() +
                      "; expected the name of one source, or auto (--calibrator)");
    }
  }

  Candidate unnamed() {
    if (settings_.flux_jy > 0) return placed("phase centre", set_.fields.at(0).phase_centre);
    std::optional<Candidate> best;
    const auto look = [&](const Candidate& candidate) {
      if (astro::separation_rad(candidate.component.position, centre_) > kSearchRadius_rad) return;
      if (!best || apparent_jy(candidate) > apparent_jy(*best)) best = candidate;
    };
    for (const skymodel::PrimaryCalibrator& primary : skymodel::primary_calibrators())
      look(from_primary(primary));
    if (catalogue_)
      for (const skymodel::ConeMatch& match : catalogue_->cone(cone(settings_.min_flux_jy)))
        if (const auto candidate = from_catalogue(match.source)) look(*candidate);
    if (best) return *best;
    throw DataError(
        "no calibrator of known flux density in the beam, expected one of the primary "
        "calibrators or of --catalogue; name one with --calibrator and --flux");
  }

  skymodel::Cone cone(double minimum_jy) const {
    skymodel::Cone cone;
    cone.centre = centre_;
    cone.radius_rad = kSearchRadius_rad;
    cone.frequency_hz = frequency_hz_;
    cone.minimum_flux_jy = minimum_jy;
    cone.beam_diameter_m = set_.antennas.at(0).dish_diameter_m;
    cone.order = skymodel::ConeOrder::flux;
    return cone;
  }

  void require_enough(const Calibrator& calibrator) const {
    const std::string who = "calibrator " + calibrator.name + ": ";
    if (calibrator.beam_response < settings_.min_beam)
      throw DataError(who + "the beam's response is " + std::to_string(calibrator.beam_response) +
                      " at best, expected at least " + std::to_string(settings_.min_beam) +
                      " (--min-beam)");
    const double apparent = calibrator.flux_jy * calibrator.beam_response;
    if (!(apparent >= settings_.min_flux_jy * (1 - 1e-6)))
      throw DataError(who + std::to_string(apparent) + " Jy through the beam, expected at least " +
                      std::to_string(settings_.min_flux_jy) + " (--min-calibrator-flux)");
  }

  void add_others(Calibrator& calibrator) {
    if (!catalogue_) return;
    const double least = settings_.min_share * calibrator.flux_jy * calibrator.beam_response;
    for (const skymodel::Component& other : skymodel::components_in(*catalogue_, cone(least)))
      if (astro::separation_rad(other.position, calibrator.sources[0].position) > kSameSource_rad)
        calibrator.sources.push_back(other);
  }

  const ms::Description& set_;
  const CalibratorSettings& settings_;
  double frequency_hz_ = 0, middle_mjd_s_ = 0;
  astro::Direction centre_;
  std::optional<skymodel::Catalogue> catalogue_;
};

}  // namespace

Calibrator find_calibrator(const ms::Description& set, const CalibratorSettings& settings) {
  return Search(set, settings).run();
}

}  // namespace contimg::calibrate
