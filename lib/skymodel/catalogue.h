// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "astro/direction.h"
#include "base/sqlite.h"
#include "skymodel/component.h"
#include "skymodel/spectrum.h"

namespace contimg::skymodel {

/// Schema of the file (docs/formats/catalogue.md), as PRAGMA user_version.
inline constexpr int kCatalogueVersion = 1;

/// A source as a catalogue has it.
struct CatalogueSource {
  std::int64_t id = 0;  ///< From 1, along the sky; another import may give another.
  std::string name;
  astro::Direction position;     ///< ICRS.
  std::string position_quality;  ///< E.g. the VLA list's A (< 2 mas) to T; empty: not said.
  double spectral_index = std::numeric_limits<double>::quiet_NaN();
  std::vector<BandFlux> fluxes;

  FluxDensity flux_at(double frequency_hz) const {
    return flux_density(fluxes, spectral_index, frequency_hz);
  }
};

/// The source for predictions: flux density and spectral index at `frequency_hz`. One that is
/// within 5 arcsec of a built-in primary gets the primary's polynomial. Nothing when the flux
/// density there is not known.
std::optional<Component> component_at(const CatalogueSource& source, double frequency_hz);

/// A name has no source, or several.
class NameError : public DataError {
 public:
  using DataError::DataError;
};

enum class ConeOrder {
  separation,  ///< Nearest first.
  flux,        ///< Brightest (apparent) first; those without a flux last, nearest first.
};

/// What to look for.
struct Cone {
  astro::Direction centre;  ///< ICRS.
  double radius_rad = 0;
  double frequency_hz = 1.405e9;
  double minimum_flux_jy = 0;  ///< Of the apparent flux; above 0 leaves out those without one.
  double beam_diameter_m = 0;  ///< Above 0: the apparent flux is behind this dish's Airy beam.
  ConeOrder order = ConeOrder::separation;
};

struct ConeMatch {
  CatalogueSource source;
  double separation_rad = 0;
  FluxDensity flux;        ///< At the cone's frequency; may be unknown, and then says why.
  double apparent_jy = 0;  ///< flux times beam; NaN when unknown.
};

/// A catalogue file, read only. Made whole by CatalogueWriter and never changed, so any number of
/// processes on any host may read it, without locks. One object serves one thread.
class Catalogue {
 public:
  /// Throws DataError when there is none, it is no catalogue, or of another version.
  explicit Catalogue(const std::string& path);
  Catalogue(const Catalogue&) = delete;  // its statements point at its database
  Catalogue& operator=(const Catalogue&) = delete;

  /// All sources with a true separation up to the radius, in the order asked for.
  std::vector<ConeMatch> cone(const Cone& cone);

  /// The source of that name. Compared by name_key(), whole names only. A catalogue's own names
  /// come before aliases (B1950, ALT, J names).
  /// Throws NameError when there is none (with names like it), or several (listing them).
  CatalogueSource find(const std::string& name);

  /// Every name of a source, its own first.
  std::vector<std::string> names(const CatalogueSource& source);

  std::int64_t n_source() const { return n_source_; }
  /// What is known of the import: "input", "input_sha256", "imported_at", "n_source", ...
  std::map<std::string, std::string> meta();
  const std::string& path() const { return database_.path(); }

 private:
  void search_tile(const Cone& cone, std::int64_t first_id, std::int64_t last_id,
                   std::vector<ConeMatch>& matches);
  CatalogueSource load(std::int64_t id);
  [[noreturn]] void refuse_name(const std::string& name, const std::vector<std::int64_t>& ids);

  Database database_;
  std::int64_t n_source_ = 0;
  Statement tiles_, sources_, fluxes_;
};

/// Components of all sources in a cone whose flux is known, in its order: what to predict a field
/// with. `n_unknown` (if given) receives how many were left out for want of a flux.
std::vector<Component> components_in(Catalogue& catalogue, const Cone& cone,
                                     std::size_t* n_unknown = nullptr);

}  // namespace contimg::skymodel
