// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/listing.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/clock.h"

namespace contimg::lightcurve {
namespace {

using variability::Figures;

using astro::kArcsec;
using astro::kDegree;

/// A table that is filled cell by cell: the first row names the columns.
class Filling {
 public:
  explicit Filling(std::string name) { table_.name = std::move(name); }

  void row() { table_.rows.emplace_back(); }
  void real(const char* name, const char* unit, const char* description, double value,
            const char* format = "%.7g") {
    cell({name, unit, description, ColumnType::real}, number_text(value, format));
  }
  void text(const char* name, const char* description, const std::string& value) {
    cell({name, "", description, ColumnType::text}, value);
  }
  template <typename Integer>
  void whole(const char* name, const char* description, Integer value) {
    cell({name, "", description, ColumnType::whole}, std::to_string(value));
  }
  void truth(const char* name, const char* description, bool value) {
    cell({name, "", description, ColumnType::truth}, value ? "true" : "false");
  }
  Table take() { return std::move(table_); }

  /// An empty table has its columns too: of a row that is then taken out.
  Table take_columns() {
    table_.rows.clear();
    return std::move(table_);
  }

  std::vector<std::pair<Column, std::string>> take_facts() {
    std::vector<std::pair<Column, std::string>> facts;
    for (std::size_t i = 0; i < table_.columns.size(); ++i)
      facts.emplace_back(table_.columns[i], table_.rows[0][i]);
    return facts;
  }

 private:
  void cell(const Column& column, const std::string& value) {
    if (table_.rows.size() == 1) table_.columns.push_back(column);
    table_.rows.back().push_back(value);
  }

  Table table_;
};

template <typename Row, typename Fill>
Table filled(const char* name, const std::vector<Row>& rows, Fill fill) {
  Filling filling(name);
  if (rows.empty()) {
    filling.row();
    fill(filling, Row{});
    return filling.take_columns();
  }
  for (const Row& row : rows) {
    filling.row();
    fill(filling, row);
  }
  return filling.take();
}

std::string date(double mjd) {
  return std::isfinite(mjd) ? astro::format_stamp(mjd * kDay_s) + "Z" : "";
}

void fill_source(Filling& f, const Source& source) {
  f.whole("id", "number of the source in the database", source.id);
  f.text("name", "its name", source.name);
  f.text("origin", "catalogue, or discovered in an image", source.origin);
  f.real("ra_deg", "deg", "right ascension, ICRS", source.position.ra_rad / kDegree, "%.7f");
  f.real("dec_deg", "deg", "declination, ICRS", source.position.dec_rad / kDegree, "%.7f");
}

void fill_figures(Filling& f, const Figures& g) {
  f.whole("n", "points that take part in the figures", g.n);
  f.whole("n_limit", "upper limits without a flux density", g.n_limit);
  f.real("weighted_mean_jy", "Jy", "weighted mean of the flux densities", g.weighted_mean_jy);
  f.real("weighted_mean_error_jy", "Jy", "its error", g.weighted_mean_error_jy);
  f.real("mean_jy", "Jy", "unweighted mean", g.mean_jy);
  f.real("std_jy", "Jy", "standard deviation", g.std_jy);
  f.real("v", "", "standard deviation over mean", g.v, "%.5g");
  f.real("eta", "", "reduced chi-squared against a constant", g.eta, "%.5g");
  f.real("chi2", "", "chi-squared against a constant", g.chi2, "%.6g");
  f.real("log10_p", "", "log10 of a constant source's chance of that", g.log10_p, "%.5g");
  f.real("chi2_sigma", "", "the same as a Gaussian significance", g.chi2_sigma, "%.4g");
  f.real("vs", "", "largest difference of two points over its error", g.vs, "%.4g");
  f.real("m", "", "the difference of that pair over its mean", g.m, "%.5g");
  f.real("highest_jy", "Jy", "brightest point", g.highest_jy);
  f.real("lowest_jy", "Jy", "faintest point", g.lowest_jy);
  f.real("loo_sigma", "", "leave-one-out significance of the oddest point", g.loo_sigma, "%.4g");
  f.real("loo_mjd", "d", "its time, MJD", g.loo_mjd, "%.8f");
  f.real("loo_flux_jy", "Jy", "its flux density", g.loo_flux_jy);
  f.real("deviation_bound", "", "what |flux - mean| / std cannot exceed", g.deviation_bound,
         "%.5g");
  f.real("limit_sigma", "", "how far a limit contradicts a constant", g.limit_sigma, "%.4g");
}

void fill_point(Filling& f, const CurvePoint& p) {
  f.real("mjd", "d", "middle of the observation, MJD, UTC", p.mjd, "%.8f");
  f.text("date", "the same as a date", date(p.mjd));
  f.text("group_id", "the observation", p.group_id);
  f.text("kind", "forced, blind, missing, or before the source was known", p.kind);
  f.real("flux_jy", "Jy", "flux density, normalised unless raw was asked for", p.flux_jy);
  f.real("error_jy", "Jy", "its error", p.error_jy);
  f.real("limit_jy", "Jy", "upper limit, where it was not detected", p.limit_jy);
  f.real("raw_flux_jy", "Jy", "flux density as measured", p.raw_flux_jy);
  f.real("raw_error_jy", "Jy", "its error", p.raw_error_jy);
  f.real("gain", "", "what the epoch was divided by", p.gain, "%.6g");
  f.real("gain_error", "", "its error", p.gain_error, "%.4g");
  f.truth("usable", "whether it takes part in the figures", p.usable);
  f.text("flags", "why to take care, words", flag_words(p.flags));
  f.text("reason", "why there is a limit, or no number; empty: detected", p.reason);
  f.text("gain_reason", "why the epoch is not normalised; empty: it is", p.gain_reason);
  f.text("verdict", "the image's quality", p.verdict);
  f.text("calibration_set", "what the epoch was calibrated with", p.calibration_set);
  f.text("image", "the image's path", p.image_path);
}

void fill_candidate(Filling& f, const RecordedCandidate& c) {
  f.text("kind", "variable, flare, dip or ese", c.kind);
  f.real("significance", "", "Gaussian sigma, after trials", c.significance, "%.4g");
  f.real("since_mjd", "d", "first point of the episode", c.since_mjd, "%.8f");
  f.real("until_mjd", "d", "last point of the episode", c.until_mjd, "%.8f");
  f.real("depth", "", "the episode's mean over the others', minus 1", c.depth, "%.4g");
  f.text("reason", "figures and what was expected", c.reason);
}

nlohmann::ordered_json parsed(const std::string& text) {
  return nlohmann::ordered_json::parse(text);
}

}  // namespace

Table curve_table(const LightCurve& curve) {
  Table table = filled("light_curve", curve.points, fill_point);
  Filling facts("source");
  facts.row();
  fill_source(facts, curve.source);
  facts.truth("normalised", "whether flux densities are divided by their epochs' gains",
              !curve.raw);
  fill_figures(facts, curve.figures);
  table.facts = facts.take_facts();
  return table;
}

std::string curve_as_json(const LightCurve& curve) {
  Filling source("source"), figures("figures");
  source.row();
  fill_source(source, curve.source);
  figures.row();
  fill_figures(figures, curve.figures);
  nlohmann::ordered_json object = parsed(to_json_lines(source.take()));
  object["names"] = curve.source.names;
  object["normalised"] = !curve.raw;
  object["figures"] = parsed(to_json_lines(figures.take()));
  object["candidates"] =
      parsed(rows_as_json(filled("candidates", curve.candidates, fill_candidate)));
  object["points"] = parsed(rows_as_json(filled("points", curve.points, fill_point)));
  return object.dump() + '\n';
}

Table source_table(const std::vector<ListedSource>& sources) {
  return filled("sources", sources, [](Filling& f, const ListedSource& listed) {
    fill_source(f, listed.match.source);
    f.real("separation_arcsec", "arcsec", "from the place that was asked for",
           listed.match.separation_rad / kArcsec, "%.3f");
    fill_figures(f, listed.figures);
  });
}

Table candidate_table(const std::vector<RecordedCandidate>& candidates) {
  return filled("candidates", candidates, [](Filling& f, const RecordedCandidate& c) {
    fill_source(f, c.source);
    fill_candidate(f, c);
    fill_figures(f, c.figures);
  });
}

Table field_table(const std::vector<FieldRow>& rows) {
  return filled("field", rows, [](Filling& f, const FieldRow& row) {
    fill_source(f, row.source);
    f.truth("candidate", "whether it is listed by --variables", row.candidate);
    f.whole("n_missing", "epochs that saw its place and give no number", row.n_missing);
    f.whole("n_flagged", "numbers that take no part in the figures", row.n_flagged);
    fill_figures(f, row.figures);
  });
}

Table short_candidate_table(const std::vector<RecordedCandidate>& candidates) {
  return filled("candidates", candidates, [](Filling& f, const RecordedCandidate& c) {
    f.text("name", "", c.source.name);
    f.whole("id", "", c.source.id);
    f.text("place", "", place_text(c.source.position));
    f.text("kind", "", c.kind);
    f.real("sigma", "", "", c.significance, "%.1f");
    f.whole("n", "", c.figures.n);
    f.real("mean_mjy", "", "", c.figures.weighted_mean_jy * 1e3, "%.4g");
    f.real("v", "", "", c.figures.v, "%.3f");
    f.real("eta", "", "", c.figures.eta, "%.2f");
    f.real("loo", "", "", c.figures.loo_sigma, "%+.1f");
    f.text("since", "", date(c.since_mjd));
    f.text("until", "", date(c.until_mjd));
    f.text("reason", "", c.reason);
  });
}

Table short_field_table(const std::vector<FieldRow>& rows) {
  return filled("field", rows, [](Filling& f, const FieldRow& row) {
    f.text("name", "", row.source.name);
    f.whole("id", "", row.source.id);
    f.text("place", "", place_text(row.source.position));
    f.whole("n", "", row.figures.n);
    f.whole("missing", "", row.n_missing);
    f.whole("flagged", "", row.n_flagged);
    f.real("mean_mjy", "", "", row.figures.weighted_mean_jy * 1e3, "%.4g");
    f.real("v", "", "", row.figures.v, "%.3f");
    f.real("eta", "", "", row.figures.eta, "%.2f");
    f.real("sigma", "", "", row.figures.chi2_sigma, "%.1f");
    f.real("loo", "", "", row.figures.loo_sigma, "%+.1f");
    f.text("candidate", "", row.candidate ? "yes" : "");
  });
}

std::string place_text(const astro::Direction& place) {
  // In hundredths of a second of time and tenths of an arcsecond, so that nothing rounds to 60.
  const double turn = 2 * astro::kPi;
  const double ra_rad = place.ra_rad - turn * std::floor(place.ra_rad / turn);
  const long ra = std::lround(ra_rad / kDegree * 240 * 100) % 8640000;
  const long dec = std::lround(std::abs(place.dec_rad) / kArcsec * 10);
  char text[64];
  std::snprintf(text, sizeof text, "%02ld:%02ld:%02ld.%02ld %c%02ld:%02ld:%02ld.%ld", ra / 360000,
                ra / 6000 % 60, ra / 100 % 60, ra % 100, place.dec_rad < 0 ? '-' : '+', dec / 36000,
                dec / 600 % 60, dec / 10 % 60, dec % 10);
  return text;
}

}  // namespace contimg::lightcurve
