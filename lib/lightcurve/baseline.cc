// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/baseline.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "astro/epoch.h"
#include "base/error.h"
#include "lightcurve/ensemble.h"
#include "lightcurve/judge.h"
#include "lightcurve/season_reader.h"
#include "lightcurve/store.h"

namespace contimg::lightcurve {
namespace {

using Ids = std::unordered_map<std::int64_t, std::size_t>;  // to an index from 0

struct Chosen {
  std::vector<Reference> references;
  std::size_t n_refused = 0, n_epoch = 0;
  double systematic = 0;  // Share of flux densities, as the references scatter.
};

bool within(double mjd, const BaselineSettings& settings) {
  return !(mjd < settings.from_mjd) && !(mjd >= settings.until_mjd);
}

std::size_t index_of(Ids& ids, std::int64_t id) {
  return ids.try_emplace(id, ids.size()).first->second;
}

// Sources that are bright and clean in at least half of their epochs, and in enough of them.
std::vector<std::int64_t> bright_sources(SeasonReader& reader, const BaselineSettings& settings) {
  struct Count {
    std::size_t n = 0, bright = 0;
  };
  std::map<std::int64_t, Count> counts;
  for (const int season : reader.seasons())
    reader.each(season, [&](std::int64_t source, std::int64_t epoch, const RawPoint& point) {
      if (!point.usable() || !within(reader.epochs().at(epoch).scale.mjd, settings)) return;
      Count& count = counts[source];
      ++count.n;
      if (point.clean() && point.flux_jy >= settings.limits.reference_snr * point.error_jy)
        ++count.bright;
    });
  std::vector<std::int64_t> bright;
  for (const auto& [source, count] : counts)
    if (count.bright >= static_cast<std::size_t>(settings.limits.reference_epochs) &&
        2 * count.bright >= count.n)
      bright.push_back(source);
  return bright;
}

variability::EnsembleSettings fit_settings(const LightcurveSettings& limits) {
  variability::EnsembleSettings settings;
  settings.min_epochs = static_cast<std::size_t>(limits.reference_epochs);
  settings.min_references = static_cast<std::size_t>(limits.min_references);
  settings.systematic = limits.systematic;
  return settings;
}

// Clean sightings of sources in epochs that `wanted` accepts, fitted together with the epochs' gains.
Chosen fit(SeasonReader& reader, const std::vector<std::int64_t>& sources,
           const BaselineSettings& settings, const std::function<bool(const Scale&)>& wanted) {
  Ids epochs;
  std::vector<variability::Sighting> sightings;
  std::vector<std::size_t> n_sighting(sources.size());
  for (const int season : reader.seasons())
    for (std::size_t i = 0; i < sources.size(); ++i)
      reader.each_of(
          season, sources[i], [&](std::int64_t, std::int64_t epoch, const RawPoint& point) {
            if (!point.clean() || !wanted(reader.epochs().at(epoch).scale)) return;
            sightings.push_back({i, index_of(epochs, epoch), point.flux_jy, point.error_jy});
            ++n_sighting[i];
          });
  const variability::EnsembleFit fitted = variability::fit_ensemble(
      sources.size(), epochs.size(), sightings, fit_settings(settings.limits));
  Chosen chosen;
  chosen.n_epoch = epochs.size();
  chosen.systematic = fitted.systematic;
  for (std::size_t i = 0; i < sources.size(); ++i)
    if (fitted.refused[i].empty() && std::isfinite(fitted.flux_jy[i]))
      chosen.references.push_back(
          {sources[i], fitted.flux_jy[i], fitted.flux_error_jy[i], n_sighting[i]});
    else
      ++chosen.n_refused;
  return chosen;
}

// A source of epochs that have gains: the mean of its normalised points, if they are steady.
std::optional<Reference> tied(SeasonReader& reader, std::int64_t source,
                              const BaselineSettings& settings, bool& is_seen) {
  const variability::EnsembleSettings limits = fit_settings(settings.limits);
  variability::Sums sums;
  for (const int season : reader.seasons())
    reader.each_of(season, source, [&](std::int64_t, std::int64_t epoch, const RawPoint& point) {
      const Scale& scale = reader.epochs().at(epoch).scale;
      if (point.clean() && scale.gain.reason.empty() && within(scale.mjd, settings))
        sums.add(normalised(point, scale, settings.limits));
    });
  is_seen = sums.n > 0;
  const variability::Figures figures = variability::figures_of(sums);
  if (sums.n < limits.min_epochs || !(figures.eta <= limits.max_reduced_chi2)) return {};
  return Reference{source, figures.weighted_mean_jy, figures.weighted_mean_error_jy, sums.n};
}

// References of the ensemble in force stay; new ones are tied to them where epochs with a gain saw
// them, and else fitted among themselves.
Chosen extended(SeasonReader& reader, Ensembles& ensembles, const BaselineSettings& settings) {
  Chosen chosen;
  chosen.systematic = settings.limits.systematic;
  chosen.references = ensembles.references(ensembles.in_force());
  Ids known;
  for (const Reference& reference : chosen.references) index_of(known, reference.source_id);
  std::vector<std::int64_t> free;
  for (const std::int64_t source : bright_sources(reader, settings)) {
    if (known.count(source) != 0) continue;
    bool is_seen = false;
    if (const auto reference = tied(reader, source, settings, is_seen))
      chosen.references.push_back(*reference);
    else if (is_seen)
      ++chosen.n_refused;
    else
      free.push_back(source);
  }
  if (free.empty()) return chosen;
  const Chosen fitted = fit(reader, free, settings, [&](const Scale& scale) {
    return !scale.gain.reason.empty() && within(scale.mjd, settings);
  });
  chosen.references.insert(chosen.references.end(), fitted.references.begin(),
                           fitted.references.end());
  chosen.n_refused += fitted.n_refused;
  chosen.n_epoch = fitted.n_epoch;
  return chosen;
}

std::string settings_json(const BaselineSettings& settings) {
  const variability::EnsembleSettings fit = fit_settings(settings.limits);
  return nlohmann::ordered_json({{"reference_snr", settings.limits.reference_snr},
                                 {"reference_epochs", fit.min_epochs},
                                 {"min_references", fit.min_references},
                                 {"max_reduced_chi2", fit.max_reduced_chi2},
                                 {"systematic", fit.systematic},
                                 {"extended", settings.extend}})
      .dump();
}

int freeze(Database& db, const Chosen& chosen, const BaselineSettings& settings, int version) {
  Statement ensemble(db, "INSERT INTO ensemble VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  ensemble.bind(1, version).bind(2, astro::now_unix_s()).bind(3, settings.from_mjd);
  ensemble.bind(4, settings.until_mjd).bind(5, chosen.n_epoch).bind(6, chosen.references.size());
  ensemble.bind(7, settings_json(settings)).bind(8, settings.why).run();
  Statement insert(db, "INSERT INTO ensemble_source VALUES (?1, ?2, ?3, ?4, ?5)");
  for (const Reference& reference : chosen.references)
    insert.bind(1, version)
        .bind(2, reference.source_id)
        .bind(3, reference.flux_jy)
        .bind(4, reference.error_jy)
        .bind(5, reference.n_epoch)
        .run();
  return version;
}

// Gains of a season's epochs; with `only_new`, of those that have none.
std::size_t normalise(Database& db, SeasonReader& reader, int season, int version,
                      const std::vector<Reference>& references, const BaselineSettings& settings) {
  std::unordered_map<std::int64_t, std::vector<variability::ReferenceRatio>> ratios;
  for (const auto& [id, epoch] : reader.epochs())
    if (epoch.season == season && !(settings.extend && epoch.scale.gain.reason.empty())) ratios[id];
  for (const Reference& reference : references)
    reader.each_of(season, reference.source_id,
                   [&](std::int64_t, std::int64_t epoch, const RawPoint& point) {
                     const auto found = ratios.find(epoch);
                     if (found != ratios.end() && point.clean())
                       found->second.push_back(
                           {point.flux_jy, point.error_jy, reference.flux_jy, reference.error_jy});
                   });
  Statement update(db,
                   "UPDATE epoch SET gain = ?2, gain_error = ?3, n_gain = ?4, ensemble = ?5,"
                   " gain_reason = ?6 WHERE id = ?1");
  const auto least = static_cast<std::size_t>(settings.limits.min_references);
  std::size_t n_normalised = 0;
  for (const auto& [id, of_epoch] : ratios) {
    variability::EpochGain& gain = reader.epochs().at(id).scale.gain;
    gain = variability::epoch_gain(of_epoch, least, settings.limits.systematic);
    const bool normal = gain.reason.empty();
    n_normalised += normal ? 1 : 0;
    update.bind(1, id).bind(2, normal ? gain.gain : kUnknown);
    update.bind(3, normal ? gain.error : kUnknown).bind(4, gain.n_used).bind(5, version);
    update.bind(6, gain.reason).run();
  }
  return n_normalised;
}

// All figures anew. Standings of all sources are held at once, points never.
void compute_all(Database& db, SeasonReader& reader, const LightcurveSettings& limits) {
  std::map<std::int64_t, Standing> standings;
  for (const int season : reader.seasons())
    reader.each(season, [&](std::int64_t source, std::int64_t epoch, const RawPoint& point) {
      standings[source].add(point, reader.epochs().at(epoch).scale, limits);
    });
  Standings table(db);
  Points points(db);
  Judge judge(db, limits);
  table.remove_all();
  for (auto& [id, standing] : standings) {
    const variability::Figures figures = variability::figures_of(standing.sums);
    judge.judge(id, standing, figures, nullptr, 0, points);
    table.save(id, standing, figures);
  }
}

}  // namespace

BaselineReport make_baseline(Database& db, BaselineSettings settings) {
  SeasonReader reader(db);
  Ensembles ensembles(db);
  const int in_force = ensembles.in_force();
  if (settings.extend && in_force == 0)
    throw DataError(db.path() +
                    ": no ensemble of reference sources yet, expected one to extend; --rebaseline "
                    "makes one");
  const Chosen chosen = settings.extend
                            ? extended(reader, ensembles, settings)
                            : fit(reader, bright_sources(reader, settings), settings,
                                  [&](const Scale& scale) { return within(scale.mjd, settings); });
  if (chosen.references.size() < settings.least)
    throw DataError(db.path() + ": " + std::to_string(chosen.references.size()) +
                    " bright, steady sources with " +
                    std::to_string(settings.limits.reference_epochs) + " clean points each (" +
                    std::to_string(chosen.n_refused) + " others are not steady), expected " +
                    std::to_string(settings.least) +
                    "; add epochs, or lower --reference-epochs or --reference-snr");
  settings.limits.systematic = chosen.systematic;
  keep_errors(db, settings.limits);
  BaselineReport report;
  report.systematic = chosen.systematic;
  report.version = freeze(db, chosen, settings, in_force + 1);
  report.n_source = chosen.references.size();
  report.n_epoch = chosen.n_epoch;
  report.n_refused = chosen.n_refused;
  for (const int season : reader.seasons())
    report.n_normalised +=
        normalise(db, reader, season, report.version, chosen.references, settings);
  compute_all(db, reader, settings.limits);
  return report;
}

}  // namespace contimg::lightcurve
