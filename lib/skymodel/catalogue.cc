// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/catalogue.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <tuple>
#include <utility>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "skymodel/primary_calibrators.h"
#include "skymodel/source_name.h"

namespace contimg::skymodel {
namespace {

constexpr std::size_t kMostListed = 10;
constexpr double kSamePlace_rad = 5 * astro::kArcsec;

Database open_catalogue(const std::string& path) {
  if (!std::filesystem::is_regular_file(path))
    throw DataError(path + ": no such file, expected a catalogue; make it with import-catalogue");
  Database database(path, Database::Mode::immutable, 0);
  const std::int64_t version = database.integer("PRAGMA user_version");
  const std::int64_t tables = database.integer(
      "SELECT count(*) FROM sqlite_master WHERE name IN ('sources', 'fluxes', 'names', 'tiles')");
  if (tables != 4)
    throw DataError(path + ": no catalogue of ours, expected a file made by import-catalogue");
  if (version != kCatalogueVersion)
    throw DataError(path + ": catalogue of version " + std::to_string(version) + ", expected " +
                    std::to_string(kCatalogueVersion) + "; import it again");
  return database;
}

struct Range {
  double low, high;
};

// A coordinate of the points of a cap: the cosine of their angle to that axis.
Range cap_range(double coordinate, double radius_rad) {
  constexpr double kPadding = 1e-9;
  const double angle = std::acos(std::clamp(coordinate, -1.0, 1.0));
  return {std::cos(std::min(astro::kPi, angle + radius_rad)) - kPadding,
          std::cos(std::max(0.0, angle - radius_rad)) + kPadding};
}

CatalogueSource source_of(const Statement& row, const astro::Direction& position) {
  CatalogueSource source;
  source.id = row.integer(0);
  source.name = row.text(1);
  source.position = position;
  source.position_quality = row.text(4);
  source.spectral_index = row.real(5);
  return source;
}

astro::Direction position_of(const Statement& row) {
  return {row.real(2) * astro::kDegree, row.real(3) * astro::kDegree};
}

BandFlux flux_of(const Statement& row) {
  return {row.text(1), row.real(2), row.real(3), row.real(4), row.text(5)};
}

// By keys: the matches themselves are large, and moved once.
std::vector<ConeMatch> sorted(std::vector<ConeMatch> matches, ConeOrder order) {
  struct Key {
    double flux_jy, separation_rad;
    std::int64_t id;
    std::size_t match;
  };
  std::vector<Key> keys;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const ConeMatch& match = matches[i];
    const bool by_flux = order == ConeOrder::flux && match.flux.known();
    keys.push_back({by_flux ? match.apparent_jy : -1, match.separation_rad, match.source.id, i});
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return std::tie(b.flux_jy, a.separation_rad, a.id) <
           std::tie(a.flux_jy, b.separation_rad, b.id);
  });
  std::vector<ConeMatch> ordered;
  ordered.reserve(matches.size());
  for (const Key& key : keys) ordered.push_back(std::move(matches[key.match]));
  return ordered;
}

void remove_below(double minimum_jy, std::vector<ConeMatch>& matches) {
  matches.erase(std::remove_if(matches.begin(), matches.end(),
                               [minimum_jy](const ConeMatch& match) {
                                 return !(match.apparent_jy >= minimum_jy);
                               }),
                matches.end());
}

}  // namespace

std::optional<Component> component_at(const CatalogueSource& source, double frequency_hz) {
  for (const PrimaryCalibrator& primary : primary_calibrators()) {
    if (astro::separation_rad(primary.component.position, source.position) > kSamePlace_rad)
      continue;
    Component component = primary.component;
    component.name = source.name;
    component.position = source.position;
    return component;
  }
  const FluxDensity flux = source.flux_at(frequency_hz);
  if (!flux.known()) return std::nullopt;
  Component component;
  component.name = source.name;
  component.position = source.position;
  component.flux_jy = flux.flux_jy;
  component.spectral_index = flux.spectral_index;
  component.reference_frequency_hz = frequency_hz;
  return component;
}

Catalogue::Catalogue(const std::string& path)
    : database_(open_catalogue(path)),
      tiles_(database_,
             "SELECT first_id, last_id FROM tiles WHERE max_x >= ?1 AND min_x <= ?2 "
             "AND max_y >= ?3 AND min_y <= ?4 AND max_z >= ?5 AND min_z <= ?6"),
      sources_(database_,
               "SELECT id, name, ra_deg, dec_deg, position_quality, spectral_index "
               "FROM sources WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
      fluxes_(database_,
              "SELECT source_id, band, frequency_hz, flux_jy, error_jy, quality "
              "FROM fluxes WHERE source_id BETWEEN ?1 AND ?2 ORDER BY source_id, number") {
  n_source_ = database_.integer("SELECT max(id) FROM sources");
}

void Catalogue::search_tile(const Cone& cone, std::int64_t first_id, std::int64_t last_id,
                            std::vector<ConeMatch>& matches) {
  const astro::Vector3 centre = astro::unit_vector(cone.centre);
  // Rounding of the dot product, which only spares the exact separation for what is far off.
  const double least_cosine = std::cos(std::min(cone.radius_rad, astro::kPi)) - 1e-12;
  std::size_t at = matches.size();
  sources_.bind(1, first_id).bind(2, last_id);
  while (sources_.step()) {
    const astro::Direction position = position_of(sources_);
    if (astro::dot(centre, astro::unit_vector(position)) < least_cosine) continue;
    const double separation = astro::separation_rad(cone.centre, position);
    if (separation > cone.radius_rad) continue;
    matches.push_back({source_of(sources_, position), separation, {}, 0});
  }
  sources_.reset();
  if (matches.size() == at) return;
  // Both lists ascend in id.
  fluxes_.bind(1, matches[at].source.id).bind(2, matches.back().source.id);
  while (fluxes_.step()) {
    const std::int64_t id = fluxes_.integer(0);
    while (at < matches.size() && matches[at].source.id < id) ++at;
    if (at < matches.size() && matches[at].source.id == id)
      matches[at].source.fluxes.push_back(flux_of(fluxes_));
  }
  fluxes_.reset();
}

std::vector<ConeMatch> Catalogue::cone(const Cone& cone) {
  const astro::Vector3 centre = astro::unit_vector(cone.centre);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const Range range = cap_range(centre[axis], cone.radius_rad);
    tiles_.bind(static_cast<int>(2 * axis + 1), range.low);
    tiles_.bind(static_cast<int>(2 * axis + 2), range.high);
  }
  std::vector<ConeMatch> matches;
  while (tiles_.step()) search_tile(cone, tiles_.integer(0), tiles_.integer(1), matches);
  tiles_.reset();
  for (ConeMatch& match : matches) {
    match.flux = match.source.flux_at(cone.frequency_hz);
    match.apparent_jy = match.flux.flux_jy;
    if (cone.beam_diameter_m > 0)
      match.apparent_jy *=
          astro::airy_power(match.separation_rad, cone.frequency_hz, cone.beam_diameter_m);
  }
  if (cone.minimum_flux_jy > 0) remove_below(cone.minimum_flux_jy, matches);
  return sorted(std::move(matches), cone.order);
}

CatalogueSource Catalogue::load(std::int64_t id) {
  sources_.bind(1, id).bind(2, id);
  if (!sources_.step())
    throw DataError(path() + ": damaged, no source " + std::to_string(id) + "; import it again");
  CatalogueSource source = source_of(sources_, position_of(sources_));
  sources_.reset();
  fluxes_.bind(1, id).bind(2, id);
  while (fluxes_.step()) source.fluxes.push_back(flux_of(fluxes_));
  fluxes_.reset();
  return source;
}

CatalogueSource Catalogue::find(const std::string& name) {
  for (const char* own : {"own = 1", "own = 0"}) {
    Statement statement(database_, std::string("SELECT DISTINCT source_id FROM names "
                                               "WHERE key = ?1 AND ") +
                                       own + " ORDER BY source_id");
    statement.bind(1, name_key(name));
    std::vector<std::int64_t> ids;
    while (statement.step()) ids.push_back(statement.integer(0));
    if (ids.size() == 1) return load(ids[0]);
    if (!ids.empty()) refuse_name(name, ids);
  }
  refuse_name(name, {});
}

void Catalogue::refuse_name(const std::string& name, const std::vector<std::int64_t>& ids) {
  if (ids.empty()) {
    Statement statement(database_,
                        "SELECT DISTINCT name FROM names WHERE key >= ?1 AND key < ?1 || '~' "
                        "ORDER BY key LIMIT 5");
    statement.bind(1, name_key(name).substr(0, 4));
    std::string like;
    while (statement.step()) like += (like.empty() ? "" : ", ") + statement.text(0);
    throw NameError(path() + ": no source '" + name + "'" +
                    (like.empty() ? "" : "; names that begin like it: " + like));
  }
  std::string listed;
  for (std::size_t i = 0; i < std::min(ids.size(), kMostListed); ++i) {
    const CatalogueSource source = load(ids[i]);
    // The name that only this one has.
    std::string unique = source.name;
    for (const std::string& other : names(source))
      if (other.find('#') != std::string::npos) unique = other;
    listed += (listed.empty() ? "" : ", ") + unique + " at " + format_position(source.position);
  }
  if (ids.size() > kMostListed)
    listed += " and " + std::to_string(ids.size() - kMostListed) + " more";
  throw NameError(path() + ": '" + name + "' is the name of " + std::to_string(ids.size()) +
                  " sources: " + listed + "; ask for one of these");
}

std::vector<std::string> Catalogue::names(const CatalogueSource& source) {
  Statement statement(database_,
                      "SELECT name FROM names WHERE source_id = ?1 ORDER BY own DESC, key");
  statement.bind(1, source.id);
  std::vector<std::string> found;
  while (statement.step()) found.push_back(statement.text(0));
  return found;
}

std::map<std::string, std::string> Catalogue::meta() {
  std::map<std::string, std::string> values;
  Statement statement(database_, "SELECT key, value FROM meta");
  while (statement.step()) values[statement.text(0)] = statement.text(1);
  return values;
}

std::vector<Component> components_in(Catalogue& catalogue, const Cone& cone,
                                     std::size_t* n_unknown) {
  std::vector<Component> components;
  std::size_t unknown = 0;
  for (const ConeMatch& match : catalogue.cone(cone)) {
    std::optional<Component> component = component_at(match.source, cone.frequency_hz);
    if (component)
      components.push_back(std::move(*component));
    else
      ++unknown;
  }
  if (n_unknown) *n_unknown = unknown;
  return components;
}

}  // namespace contimg::skymodel
