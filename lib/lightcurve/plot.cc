// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/plot.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "base/median.h"
#include "lightcurve/time_axis.h"
#include "plot/gnuplot.h"

namespace contimg::lightcurve {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr int kWidth = 1200, kHeight = 660;
// Of more points than these the symbols are small.
constexpr std::size_t kMany = 400;
constexpr double kArrow = 0.06, kTick = 0.035;  // Lengths, of the axis.

struct Range {
  double low = HUGE_VAL, high = -HUGE_VAL;

  void include(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return low > high; }
  double span() const { return high - low; }
  void widen(double share, double least) {
    const double more = std::max(share * span(), least);
    low -= more;
    high += more;
  }
};

/// What is drawn, by the way it is drawn; flux densities in the axis's unit.
struct Blocks {
  Rows normalised, unnormalised, flagged;  // time, flux, error
  Rows limits, early_limits;               // time, limit, 0, length
  Rows missing;                            // time, bottom, 0, length
  Rows above, below;                       // time, edge
};

class CurvePicture {
 public:
  explicit CurvePicture(const LightCurve& curve) : curve_(curve) {
    choose_unit();
    choose_times();
    choose_fluxes();
    sort_points();
  }

  plot::Page page() const {
    plot::Page page(kWidth, kHeight);
    add_blocks(page);
    add_axes(page);
    add_titles(page);
    add_episodes(page);
    add_mean(page);
    add_points(page);
    return page;
  }

 private:
  bool has_number(const CurvePoint& p) const { return std::isfinite(p.flux_jy); }
  bool has_limit(const CurvePoint& p) const { return std::isfinite(p.limit_jy); }

  void choose_unit() {
    Range fluxes;
    for (const CurvePoint& p : curve_.points) fluxes.include(p.usable ? std::abs(p.flux_jy) : NAN);
    const bool jansky = !fluxes.empty() && fluxes.high >= 2;
    factor_ = jansky ? 1 : 1e3;
    unit_ = jansky ? "Jy" : "mJy";
  }

  void choose_times() {
    for (const CurvePoint& p : curve_.points) times_.include(p.mjd);
    if (times_.empty()) times_ = {0, 1};
    times_.widen(0.02, 0.02);
  }

  // The usable points decide; what lies farther from them than they from each other is beyond.
  void choose_fluxes() {
    std::vector<double> errors;
    for (const CurvePoint& p : curve_.points)
      if (p.usable) errors.push_back(p.error_jy * factor_);
    const double error = median(errors);
    for (const CurvePoint& p : curve_.points) {
      if (!p.usable) continue;
      const double bar = std::min(p.error_jy * factor_, 3 * error);
      fluxes_.include(p.flux_jy * factor_ - bar);
      fluxes_.include(p.flux_jy * factor_ + bar);
    }
    const bool none = fluxes_.empty();
    Range reach = fluxes_;
    if (!none) reach.widen(1, 3 * error);
    for (const CurvePoint& p : curve_.points)
      for (const double value : {p.usable ? NAN : p.flux_jy * factor_, p.limit_jy * factor_})
        if (none || (value >= reach.low && value <= reach.high)) fluxes_.include(value);
    if (fluxes_.empty()) fluxes_ = {0, 1};
    fluxes_.widen(0.1, 1e-3 * std::max(std::abs(fluxes_.high), 1e-3));
  }

  bool within(double flux) const { return flux >= fluxes_.low && flux <= fluxes_.high; }

  // Whether a value is on the page; if not, a triangle says where it went.
  bool on_page(double mjd, double flux) {
    if (within(flux)) return true;
    (flux > fluxes_.high ? blocks_.above : blocks_.below)
        .push_back({mjd, flux > fluxes_.high ? fluxes_.high - 0.02 * fluxes_.span()
                                             : fluxes_.low + 0.02 * fluxes_.span()});
    return false;
  }

  void sort_points() {
    for (const CurvePoint& p : curve_.points) {
      const double flux = p.flux_jy * factor_, limit = p.limit_jy * factor_;
      if (!has_number(p) && !has_limit(p))
        blocks_.missing.push_back({p.mjd, fluxes_.low, 0, kTick * fluxes_.span()});
      if (has_number(p) && on_page(p.mjd, flux)) {
        Rows& block = !p.usable                               ? blocks_.flagged
                      : !curve_.raw && !p.gain_reason.empty() ? blocks_.unnormalised
                                                              : blocks_.normalised;
        block.push_back({p.mjd, flux, p.error_jy * factor_});
      }
      if (has_limit(p) && on_page(p.mjd, limit))
        (p.kind == "before" ? blocks_.early_limits : blocks_.limits)
            .push_back({p.mjd, limit, 0, -kArrow * fluxes_.span()});
    }
  }

  void add_blocks(plot::Page& page) const {
    page.add_block("normalised", from_origin(blocks_.normalised));
    page.add_block("unnormalised", from_origin(blocks_.unnormalised));
    page.add_block("flagged", from_origin(blocks_.flagged));
    page.add_block("limits", from_origin(blocks_.limits));
    page.add_block("early", from_origin(blocks_.early_limits));
    page.add_block("missing", from_origin(blocks_.missing));
    page.add_block("above", from_origin(blocks_.above));
    page.add_block("below", from_origin(blocks_.below));
  }

  // Blocks hold nine digits: times are given from the axis's beginning.
  Rows from_origin(Rows rows) const {
    for (std::vector<double>& row : rows) row[0] -= times_.low;
    return rows;
  }
  Ticks from_origin(Ticks ticks) const {
    for (auto& tick : ticks) tick.first -= times_.low;
    return ticks;
  }

  void add_axes(plot::Page& page) const {
    page.add(plot::formatted("set xrange [0:%.9f]\nset x2range [0:%.9f]\nset yrange [%.9g:%.9g]",
                             times_.span(), times_.span(), fluxes_.low, fluxes_.high));
    page.add("set xtics nomirror out " +
             gnuplot_ticks(from_origin(mjd_ticks(times_.low, times_.high))));
    page.add("set x2tics nomirror out " +
             gnuplot_ticks(from_origin(date_ticks(times_.low, times_.high))));
    page.add(
        "set ytics out nomirror\nset pointintervalbox 0\nset grid ytics xtics lc rgb '#e4e4e4' lw "
        "1");
    page.add("set tics font ',11'\nset xlabel 'MJD (UTC)' font ',12'");
    page.add("set ylabel " +
             plot::quoted(std::string(curve_.raw ? "raw flux density" : "flux density") + " (" +
                          unit_ + ")") +
             " font ',12'");
    page.add("set key outside center bottom horizontal font ',11' samplen 1.5 maxrows 3");
    page.add("set key at screen 0.51, screen 0.01");
    page.add("set lmargin at screen 0.085\nset rmargin at screen 0.945");
    page.add("set tmargin at screen 0.83\nset bmargin at screen 0.19");
  }

  std::string flux_text(double flux_jy, double error_jy) const {
    const int digits =
        error_jy > 0
            ? std::clamp(1 - static_cast<int>(std::floor(std::log10(error_jy * factor_))), 0, 6)
            : 3;
    return plot::formatted("%.*f ± %.*f %s", digits, flux_jy * factor_, digits, error_jy * factor_,
                           unit_.c_str());
  }

  std::string figures_line() const {
    const variability::Figures& f = curve_.figures;
    std::string line = plot::formatted("%zu points", f.n);
    if (std::isfinite(f.eta)) line += plot::formatted("    η %.2f (%.1f σ)", f.eta, f.chi2_sigma);
    if (std::isfinite(f.v)) line += plot::formatted("    V %.3f", f.v);
    if (std::isfinite(f.loo_sigma))
      line += plot::formatted("    leave-one-out %+.1f σ", std::round(10 * f.loo_sigma) / 10 + 0.0);
    if (std::isfinite(f.vs)) line += plot::formatted("    Vs %.1f", f.vs);
    if (curve_.raw) line += "    before normalisation";
    return line;
  }

  void add_titles(plot::Page& page) const {
    const Source& source = curve_.source;
    page.add("set label 1 " + plot::quoted(source.name) +
             " at screen 0.085,0.958 left font ',17' textcolor rgb '#000000'");
    page.add("set label 2 " +
             plot::quoted(place_text(source.position) + " ICRS    " + source.origin +
                          plot::formatted(" source %lld", static_cast<long long>(source.id))) +
             " at screen 0.945,0.958 right font ',12'");
    page.add("set label 3 " + plot::quoted(figures_line()) +
             " at screen 0.085,0.912 left font ',12'");
  }

  void add_episodes(plot::Page& page) const {
    int n = 0;
    for (const RecordedCandidate& c : curve_.candidates) {
      const std::string words = plot::formatted("%s %.1f σ", c.kind.c_str(), c.significance);
      if (c.kind == "variable") continue;
      const double least = 0.006 * times_.span();
      const double since = std::max(c.since_mjd - times_.low - least, 0.0),
                   until = std::min(c.until_mjd - times_.low + least, times_.span());
      page.add(
          plot::formatted("set object rectangle from %.9f, graph 0 to %.9f, graph 1 behind "
                          "fillcolor rgb '#ffe9a8' fillstyle solid 1 noborder",
                          since, until));
      const double middle = (since + until) / 2 / times_.span();
      page.add("set label " + plot::quoted(words) +
               plot::formatted(" at graph %.4f, graph %.4f %s font ',11' textcolor rgb '#7a5200'",
                               std::clamp(middle, 0.01, 0.99), 0.925 - 0.045 * (n++ % 3),
                               middle < 0.06   ? "left"
                               : middle > 0.94 ? "right"
                                               : "center"));
    }
  }

  void add_mean(plot::Page& page) const {
    const double mean = curve_.figures.weighted_mean_jy * factor_,
                 error = curve_.figures.weighted_mean_error_jy * factor_;
    if (!std::isfinite(mean) || !within(mean)) return;
    page.add(plot::formatted(
        "set object rectangle from graph 0, first %.9g to graph 1, first %.9g behind "
        "fillcolor rgb '#bfe3c6' fillstyle solid 1 noborder",
        mean - error, mean + error));
  }

  std::string mean_line() const {
    if (!std::isfinite(curve_.figures.weighted_mean_jy)) return "";
    return plot::formatted("%.9g with lines lc rgb '#1b7837' lw 1.5 title ",
                           curve_.figures.weighted_mean_jy * factor_) +
           plot::quoted("weighted mean " + flux_text(curve_.figures.weighted_mean_jy,
                                                     curve_.figures.weighted_mean_error_jy));
  }

  static std::string titled(const char* what, std::size_t n) {
    return " title " + plot::quoted(plot::formatted("%s (%zu)", what, n));
  }

  // Of many points the errors are drawn first, pale, or nothing else could be seen.
  static void add_errors(std::vector<std::string>& plots, const char* block, const Rows& rows,
                         const char* pale) {
    if (!rows.empty())
      plots.push_back(plot::formatted(
          "$%s using 1:2:3 with yerrorbars pt 0 lw 0.5 lc rgb '%s' notitle", block, pale));
  }
  static void add_fluxes(std::vector<std::string>& plots, const char* block, const Rows& rows,
                         int symbol, const char* colour, const char* what, bool many) {
    if (rows.empty()) return;
    plots.push_back(
        plot::formatted(many ? "$%s using 1:2 with points pt %d ps 0.4 lc rgb '%s'"
                             : "$%s using 1:2:3 with yerrorbars pt %d ps 1.1 lw 1.3 lc rgb '%s'",
                        block, symbol, colour) +
        titled(what, rows.size()));
  }

  void add_marks(std::vector<std::string>& plots, bool many) const {
    const auto arrows = [&](const char* block, const Rows& rows, const char* colour,
                            const char* what) {
      if (rows.empty()) return;
      plots.push_back(
          plot::formatted("$%s using 1:2:3:4 with vectors head filled size screen 0.006,25 lw %s "
                          "lc rgb '%s'",
                          block, many ? "0.5" : "1.3", colour) +
          titled(what, rows.size()));
    };
    if (!blocks_.missing.empty())
      plots.push_back(
          plot::formatted("$missing using 1:2:3:4 with vectors nohead lc rgb '#b2182b' lw %s",
                          many ? "0.3" : "2") +
          titled("no measurement", blocks_.missing.size()));
    arrows("early", blocks_.early_limits, "#9e9e9e", "limit before it was known");
    arrows("limits", blocks_.limits, "#6a3d9a", "upper limit");
    const std::string beyond =
        titled("beyond the axis", blocks_.above.size() + blocks_.below.size());
    if (!blocks_.above.empty())
      plots.push_back("$above using 1:2 with points pt 8 ps 1.4 lc rgb '#7f7f7f'" + beyond);
    if (!blocks_.below.empty())
      plots.push_back("$below using 1:2 with points pt 10 ps 1.4 lc rgb '#7f7f7f'" +
                      (blocks_.above.empty() ? beyond : std::string(" notitle")));
  }

  void add_points(plot::Page& page) const {
    const bool many = curve_.points.size() > kMany;
    std::vector<std::string> plots;
    if (!many) plots.push_back(mean_line());
    add_marks(plots, many);
    if (many) {
      page.add("set errorbars 0");
      add_errors(plots, "flagged", blocks_.flagged, "#dcdcdc");
      add_errors(plots, "normalised", blocks_.normalised, "#b9cfe4");
      add_errors(plots, "unnormalised", blocks_.unnormalised, "#f7cfae");
    }
    add_fluxes(plots, "flagged", blocks_.flagged, 6, "#7f7f7f", "flagged, not used", many);
    add_fluxes(plots, "normalised", blocks_.normalised, 7, "#08519c",
               curve_.raw ? "raw" : "measured", many);
    add_fluxes(plots, "unnormalised", blocks_.unnormalised, 5, "#e66101", "not normalised", many);
    if (many) plots.push_back(mean_line());
    std::string command;
    for (const std::string& plot : plots)
      if (!plot.empty()) command += (command.empty() ? "plot " : ", ") + plot;
    page.add(command.empty()
                 ? "set label 'no measurement' at graph 0.5, graph 0.5 center\nplot NaN notitle"
                 : command);
  }

  const LightCurve& curve_;
  double factor_ = 1e3;
  std::string unit_;
  Range times_, fluxes_;
  Blocks blocks_;
};

bool ends_in(const std::string& path, const std::string& ending) {
  return path.size() > ending.size() &&
         path.compare(path.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace

void check_plot_name(const std::string& path) {
  if (!ends_in(path, ".png") && !ends_in(path, ".svg"))
    throw UsageError(path + ": expected a name that ends in .png or .svg");
}

void write_page(const std::string& path, const plot::Page& page) {
  check_plot_name(path);
  if (ends_in(path, ".svg"))
    page.write_svg(path);
  else
    page.write_png(path);
}

void plot_curve(const std::string& path, const LightCurve& curve) {
  write_page(path, CurvePicture(curve).page());
}

}  // namespace contimg::lightcurve
