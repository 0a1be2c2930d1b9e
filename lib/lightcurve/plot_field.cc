// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of all sources of a field, eta against V, with the thresholds and the candidates' names.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/median.h"
#include "lightcurve/plot.h"
#include "lightcurve/time_axis.h"
#include "plot/gnuplot.h"

namespace contimg::lightcurve {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr int kFieldWidth = 1100, kFieldHeight = 800;
constexpr double kLeastEta = 0.01;
// More names than these cannot be read.
constexpr std::size_t kMostNames = 30;

bool drawable(const FieldRow& row) { return std::isfinite(row.figures.eta) && row.figures.v > 0; }

double shown_eta(const FieldRow& row) { return std::max(row.figures.eta, kLeastEta); }

// The eta that so many points reach by chance as seldom as `sigma` says.
double eta_threshold(double n, double sigma) {
  const auto significance = [&](double eta) {
    return variability::gaussian_sigma(variability::log10_chi2_survival(eta * (n - 1), n - 1));
  };
  double low = 0, high = 2;
  while (significance(high) < sigma) high *= 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (significance(middle) < sigma ? low : high) = middle;
  }
  return high;
}

// Every power of ten, and 2 and 5 times it where these are few.
Ticks log_ticks(double low, double high) {
  const bool few = high < 300 * low;
  Ticks ticks;
  for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
    for (const int step : {1, 2, 5})
      if ((few || step == 1) && step * decade >= low && step * decade <= high)
        ticks.emplace_back(step * decade, plot::formatted("%g", step * decade));
  return ticks;
}

void add_axes(plot::Page& page, const std::vector<FieldRow>& rows, double eta, double modulation) {
  double v_low = modulation > 0 ? modulation : 0.05, v_high = v_low;
  double eta_low = 1, eta_high = eta;
  for (const FieldRow& row : rows) {
    if (!drawable(row)) continue;
    v_low = std::min(v_low, row.figures.v);
    v_high = std::max(v_high, row.figures.v);
    eta_low = std::min(eta_low, shown_eta(row));
    eta_high = std::max(eta_high, shown_eta(row));
  }
  // Room for names at the right.
  v_low /= 1.5;
  v_high *= 2.2;
  eta_low /= 1.5;
  eta_high *= 1.6;
  page.add(plot::formatted("set logscale xy\nset xrange [%.6g:%.6g]\nset yrange [%.6g:%.6g]", v_low,
                           v_high, eta_low, eta_high));
  page.add("set xtics out nomirror font ',11' " + gnuplot_ticks(log_ticks(v_low, v_high)));
  page.add("set ytics out nomirror font ',11' " + gnuplot_ticks(log_ticks(eta_low, eta_high)));
  page.add("set grid lc rgb '#e4e4e4' lw 1");
  page.add("set xlabel 'V = standard deviation / mean' font ',12'");
  page.add("set ylabel 'η = reduced χ² against a constant' font ',12'");
  page.add("set key outside center bottom horizontal font ',11'");
  page.add("set key at screen 0.53, screen 0.01");
  page.add("set lmargin at screen 0.09\nset rmargin at screen 0.97");
  page.add("set tmargin at screen 0.92\nset bmargin at screen 0.12");
}

void add_thresholds(plot::Page& page, double eta, double n, double sigma, double modulation) {
  page.add(plot::formatted(
      "set arrow from graph 0, first %.9g to graph 1, first %.9g nohead lc rgb '#1b7837' "
      "lw 1.5 dt 2",
      eta, eta));
  page.add(
      "set label " + plot::quoted(plot::formatted("%g σ for %.0f points", sigma, n)) +
      plot::formatted(
          " at graph 0.01, first %.9g offset 0,0.6 left font ',11' textcolor rgb '#1b7837'", eta));
  if (!(modulation > 0)) return;
  page.add(plot::formatted(
      "set arrow from first %.9g, graph 0 to first %.9g, graph 1 nohead lc rgb '#1b7837' "
      "lw 1.5 dt 2",
      modulation, modulation));
  page.add("set label " + plot::quoted(plot::formatted("V %g", modulation)) +
           plot::formatted(
               " at first %.9g, graph 0.02 offset 0.6,0 left font ',11' textcolor rgb '#1b7837'",
               modulation));
}

void add_names(plot::Page& page, const std::vector<FieldRow>& rows) {
  std::vector<const FieldRow*> named;
  for (const FieldRow& row : rows)
    if (row.candidate && drawable(row)) named.push_back(&row);
  std::sort(named.begin(), named.end(), [](const FieldRow* a, const FieldRow* b) {
    return a->figures.chi2_sigma > b->figures.chi2_sigma;
  });
  if (named.size() > kMostNames) named.resize(kMostNames);
  for (const FieldRow* row : named)
    page.add(
        "set label " + plot::quoted(row->source.name) +
        plot::formatted(
            " at first %.9g, first %.9g offset 0.9,0.3 left font ',10' textcolor rgb '#67000d'",
            row->figures.v, shown_eta(*row)));
}

}  // namespace

void plot_field(const std::string& path, const std::vector<FieldRow>& rows, double sigma,
                double modulation) {
  Rows steady, candidates;
  std::vector<double> counts;
  std::size_t n_hidden = 0;
  for (const FieldRow& row : rows) {
    if (!drawable(row)) {
      ++n_hidden;
      continue;
    }
    (row.candidate ? candidates : steady).push_back({row.figures.v, shown_eta(row)});
    counts.push_back(static_cast<double>(row.figures.n));
  }
  const double n = std::max(2.0, median(counts)), eta = eta_threshold(n, sigma);
  plot::Page page(kFieldWidth, kFieldHeight);
  page.add_block("steady", steady);
  page.add_block("candidates", candidates);
  add_axes(page, rows, eta, modulation);
  add_thresholds(page, eta, n, sigma, modulation);
  add_names(page, rows);
  page.add(
      "set label " +
      plot::quoted(plot::formatted("%zu sources, %zu candidates", rows.size(), candidates.size())) +
      " at screen 0.09,0.955 left font ',17'");
  if (n_hidden > 0)
    page.add("set label " +
             plot::quoted(plot::formatted("%zu sources without η or V are not shown", n_hidden)) +
             " at screen 0.97,0.955 right font ',12'");
  std::string plots;
  if (!steady.empty())
    plots = "$steady with points pt 7 ps " + std::string(steady.size() > 2000 ? "0.35" : "0.7") +
            " lc rgb '#4393c3' title " +
            plot::quoted(plot::formatted("steady (%zu)", steady.size()));
  if (!candidates.empty())
    plots += (plots.empty() ? "" : ", ") +
             std::string("$candidates with points pt 9 ps 1.5 lc rgb '#b2182b' title ") +
             plot::quoted(plot::formatted("candidate (%zu)", candidates.size()));
  page.add(plots.empty() ? "plot NaN notitle" : "plot " + plots);
  write_page(path, page);
}

}  // namespace contimg::lightcurve
