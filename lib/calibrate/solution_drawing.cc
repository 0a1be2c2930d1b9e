// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/solution_drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <limits>

#include "astro/constants.h"
#include "base/error.h"
#include "plot/gnuplot.h"

namespace contimg::calibrate {
namespace {

using caltable::CalTable;
using caltable::Kind;
using caltable::kReceptors;
using caltable::Solutions;
using Rows = std::vector<std::vector<double>>;

constexpr int kWidth = 1900, kHeight = 1350;
constexpr double kMega = 1e6, kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostNames = 32;
const std::array<const char*, kReceptors> kColours{"#4477aa", "#cc3311"};
const std::string kDiverging = "set palette defined (-1 '#2166ac', 0 'white', 1 '#b2182b')\n";
// Behind images, so that what is missing shows as grey.
const std::string kGrey =
    "set object 1 rectangle from graph 0,0 to graph 1,1 fillcolor rgb '#bbbbbb' behind\n";
const std::string kPlain =
    "set offsets 0, 0, graph 0.05, 0; unset label 9; unset object 1; unset colorbox; set xtics "
    "norotate autofreq font ',10'\n"
    "set ytics autofreq font ',10'; set autoscale x; set autoscale y; unset key\n";

// What is drawn: the tables that were found, and the antennas in the order of the set.
struct Subject {
  const CalTable* delays = nullptr;
  const CalTable* bandpass = nullptr;
  const CalTable* gains = nullptr;   // fewest intervals
  const CalTable* series = nullptr;  // most
  std::vector<std::size_t> antennas;
  std::vector<std::string> names;
  std::array<std::string, kReceptors> receptors;
};

using Value = std::function<double(const Solutions&, std::size_t)>;

std::size_t at(const Solutions& solutions, std::size_t antenna, std::size_t channel,
               std::size_t receptor) {
  return (antenna * solutions.n_channel + channel) * kReceptors + receptor;
}
double degrees(const std::complex<float>& gain) { return std::arg(gain) / astro::kDegree; }

bool has_solution(const CalTable& table, std::size_t antenna) {
  for (const Solutions& solutions : table.solutions)
    for (std::size_t i = at(solutions, antenna, 0, 0); i < at(solutions, antenna + 1, 0, 0); ++i)
      if (!solutions.flagged[i]) return true;
  return false;
}

Subject subject_of(const std::vector<caltable::NamedTable>& tables,
                   const std::vector<std::string>& dead) {
  if (tables.empty()) throw UsageError("no calibration tables, expected some to be drawn");
  Subject subject;
  for (const caltable::NamedTable& named : tables) {
    const CalTable& table = named.table;
    if (table.solutions.empty()) continue;
    if (table.kind == Kind::delay) subject.delays = &table;
    if (table.kind == Kind::bandpass) subject.bandpass = &table;
    if (table.kind != Kind::gain) continue;
    const std::size_t n = table.solutions.size();
    if (!subject.gains || n < subject.gains->solutions.size()) subject.gains = &table;
    if (!subject.series || n > subject.series->solutions.size()) subject.series = &table;
  }
  const ms::Description& set = tables.front().table.description;
  for (std::size_t a = 0; a < set.antennas.size(); ++a) {
    const std::string& name = set.antennas[a].name;
    bool shown = std::find(dead.begin(), dead.end(), name) != dead.end();
    for (const caltable::NamedTable& named : tables) shown |= has_solution(named.table, a);
    if (!shown) continue;
    subject.antennas.push_back(a);
    subject.names.push_back(name);
  }
  constexpr int kRR = 5, kLL = 8;
  const int first = set.correlations.empty() ? 0 : set.correlations.front();
  const bool circular = first >= kRR && first <= kLL;
  subject.receptors = {circular ? "R" : "X", circular ? "L" : "Y"};
  return subject;
}

std::string range(std::size_t n) { return "[-0.5:" + std::to_string(n) + "-0.5]"; }

std::string name_tics(const Subject& subject) {
  std::string tics;
  const std::size_t n = subject.names.size();
  const std::size_t step = std::max<std::size_t>((n + kMostNames - 1) / kMostNames, 1);
  for (std::size_t i = 0; i < n; i += step)
    tics += (tics.empty() ? "" : ", ") + plot::quoted(subject.names[i]) + " " + std::to_string(i);
  return "(" + tics + ") font ',7'";
}

// The value that `share` of all do not exceed.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto place = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place),
                   values.end());
  return values[place];
}

bool any_number(const Rows& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const std::vector<double>& row) {
    return row.size() > 1 && std::isfinite(row[1]);
  });
}

// gnuplot fails where all is undefined and it has to choose the axes.
std::string range_of_empty(bool any) {
  return any ? ""
             : "set xrange [0:1]; set yrange [0:1]; set label 9 'no solutions' at graph 0.5, 0.5 "
               "center\n";
}

// One point with its error for each antenna and receptor, of the table's first interval.
void draw_by_antenna(const Subject& subject, const CalTable& table, const std::string& titles,
                     const Value& value, const Value& error, plot::Page& page) {
  const Solutions& solutions = table.solutions.front();
  std::string command;
  bool any = false;
  for (std::size_t r = 0; r < kReceptors; ++r) {
    Rows rows;
    for (std::size_t row = 0; row < subject.antennas.size(); ++row) {
      const std::size_t i = at(solutions, subject.antennas[row], 0, r);
      const double x = static_cast<double>(row) + (r ? 0.15 : -0.15);
      if (!solutions.flagged[i]) rows.push_back({x, value(solutions, i), error(solutions, i)});
    }
    // gnuplot refuses an empty block.
    if (rows.empty()) rows.push_back({0, kNaN, kNaN});
    any |= any_number(rows);
    const std::string block = "points" + std::to_string(r);
    page.add_block(block, rows);
    command += (r ? ", $" : "plot $") + block + " with yerrorbars pt 7 ps 0.6 lc rgb '" +
               kColours[r] + "' title '" + subject.receptors[r] + "'";
  }
  page.add(kPlain + titles + "; set key horizontal at graph 1, 1.1\nset xrange " +
           range(subject.antennas.size()) + "; set xtics rotate " + name_tics(subject) + "\n" +
           range_of_empty(any) + command);
}

double number_of_bandpass(const std::complex<float>& gain, bool phase) {
  return phase ? degrees(gain) : std::abs(gain);
}

// Antenna x frequency of one receptor.
void draw_bandpass(const Subject& subject, std::size_t receptor, bool phase, plot::Page& page) {
  const Solutions& solutions = subject.bandpass->solutions.front();
  const auto& frequency = subject.bandpass->description.spectral_windows.front().frequency_hz;
  Rows rows(subject.antennas.size(), std::vector<double>(solutions.n_channel, kNaN));
  std::vector<double> distance;
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (std::size_t c = 0; c < solutions.n_channel; ++c) {
      const std::size_t i = at(solutions, subject.antennas[row], c, receptor);
      if (solutions.flagged[i]) continue;
      rows[row][c] = number_of_bandpass(solutions.gain[i], phase);
      distance.push_back(std::abs(rows[row][c] - (phase ? 0 : 1)));
    }
  constexpr double kShare = 0.98, kLeastDegrees = 10, kLeastAmplitude = 0.1, kHalfTurn = 180;
  const double most = quantile(distance, kShare);
  const double half =
      phase ? std::clamp(most, kLeastDegrees, kHalfTurn) : std::clamp(most, kLeastAmplitude, 1.0);
  const double middle = phase ? 0 : 1;
  page.add_block("bandpass", rows);
  const double first = frequency.front() / kMega, last = frequency.back() / kMega;
  const double step =
      solutions.n_channel > 1 ? (last - first) / static_cast<double>(solutions.n_channel - 1) : 1;
  page.add(kPlain + kGrey + kDiverging + "unset offsets; set colorbox; set title 'Bandpass " +
           (phase ? "phase, degrees, " : "amplitude, ") + subject.receptors[receptor] +
           "'; set xlabel 'MHz'; set ylabel ''\nset cbrange [" + std::to_string(middle - half) +
           ":" + std::to_string(middle + half) + "]; set xrange [" +
           std::to_string(first - step / 2) + ":" + std::to_string(last + step / 2) +
           "]; set yrange " + range(rows.size()) + "; set ytics " + name_tics(subject) +
           "\nplot $bandpass matrix using (" + std::to_string(first) + " + " +
           std::to_string(step) + " * $1):2:3 with image notitle");
}

// All antennas' amplitudes over one another: what is odd stands out.
void draw_spectra(const Subject& subject, plot::Page& page) {
  const Solutions& solutions = subject.bandpass->solutions.front();
  const auto& frequency = subject.bandpass->description.spectral_windows.front().frequency_hz;
  std::string command;
  bool any = false;
  for (std::size_t r = 0; r < kReceptors; ++r) {
    Rows rows;
    for (const std::size_t antenna : subject.antennas) {
      for (std::size_t c = 0; c < solutions.n_channel; ++c) {
        const std::size_t i = at(solutions, antenna, c, r);
        rows.push_back(
            {frequency[c] / kMega, solutions.flagged[i] ? kNaN : std::abs(solutions.gain[i])});
      }
      rows.emplace_back();
    }
    any |= any_number(rows);
    page.add_block("spectra" + std::to_string(r), rows);
    command += (r ? ", $" : "plot $") + ("spectra" + std::to_string(r)) +
               " with lines lw 1 lc rgb '#60" + (kColours[r] + 1) + "' title '" +
               subject.receptors[r] + "'";
  }
  page.add(kPlain +
           "set title 'Bandpass amplitudes, all antennas'; set xlabel 'MHz'; set ylabel ''\n"
           "set key horizontal at graph 1, 1.1; set yrange [0:*]\n" +
           range_of_empty(any) + command);
}

// How each antenna's phase moves away from its first.
void draw_series(const Subject& subject, plot::Page& page) {
  const std::vector<Solutions>& series = subject.series->solutions;
  const double begin = series.front().time_mjd_s;
  std::string command;
  bool any = false;
  for (std::size_t r = 0; r < kReceptors; ++r) {
    Rows rows;
    for (const std::size_t antenna : subject.antennas) {
      std::complex<float> first = 0;
      for (const Solutions& solutions : series) {
        const std::size_t i = at(solutions, antenna, 0, r);
        const bool good = !solutions.flagged[i];
        if (good && first == std::complex<float>(0)) first = solutions.gain[i];
        rows.push_back({(solutions.time_mjd_s - begin) / 60,
                        good ? degrees(solutions.gain[i] / first) : kNaN});
      }
      rows.emplace_back();
    }
    any |= any_number(rows);
    page.add_block("series" + std::to_string(r), rows);
    command += (r ? ", $" : "plot $") + ("series" + std::to_string(r)) +
               " with linespoints pt 7 ps 0.3 lw 1 lc rgb '#40" + (kColours[r] + 1) + "' title '" +
               subject.receptors[r] + "'";
  }
  page.add(kPlain +
           "set title 'Change of gain phase, all antennas'; set xlabel 'minutes'\n"
           "set ylabel 'degrees'; set key horizontal at graph 1, 1.1\n" +
           range_of_empty(any) + command);
}

void draw_gains(const Subject& subject, const std::function<void(int, int)>& place,
                plot::Page& page) {
  place(0, 0);
  draw_by_antenna(
      subject, *subject.gains,
      "set title 'Gain amplitude, correlator units per root Jy'; set xlabel ''; set ylabel ''; "
      "set yrange [0:*]",
      [](const Solutions& s, std::size_t i) { return std::abs(s.gain[i]); },
      [](const Solutions& s, std::size_t i) { return s.error[i]; }, page);
  place(0, 1);
  draw_by_antenna(
      subject, *subject.gains,
      "set title 'Gain phase'; set xlabel ''; set ylabel 'degrees'; set yrange [-185:185]; "
      "set ytics 60",
      [](const Solutions& s, std::size_t i) { return degrees(s.gain[i]); },
      [](const Solutions& s, std::size_t i) {
        return s.error[i] / std::abs(s.gain[i]) / astro::kDegree;
      },
      page);
}

void draw_delays_or_snr(const Subject& subject, plot::Page& page) {
  const Value none = [](const Solutions&, std::size_t) { return 0.0; };
  if (subject.delays)
    return draw_by_antenna(
        subject, *subject.delays, "set title 'Delay'; set xlabel ''; set ylabel 'ns'",
        [](const Solutions& s, std::size_t i) { return s.delay_ns[i]; },
        [](const Solutions& s, std::size_t i) { return s.error[i]; }, page);
  if (subject.gains)
    draw_by_antenna(
        subject, *subject.gains,
        "set title 'Signal to noise of the gains (no delays were solved)'; set xlabel ''; "
        "set ylabel ''; set yrange [0:*]",
        [](const Solutions& s, std::size_t i) { return s.snr[i]; }, none, page);
}

}  // namespace

void draw_solutions(const std::vector<caltable::NamedTable>& tables,
                    const std::vector<std::string>& dead_antennas, const std::string& title,
                    const std::string& png_path) {
  const Subject subject = subject_of(tables, dead_antennas);
  plot::Page page(kWidth, kHeight);
  page.add("set multiplot title " + plot::quoted(title) + " font ',13'");
  const auto place = [&page](int row, int column) {
    const auto third = [](int i) { return std::to_string(i / 3.0); };
    page.add("set origin " + third(column) + ", 0.955 * " + third(2 - row) +
             "; set size 0.333, 0.318");
  };
  if (subject.gains) draw_gains(subject, place, page);
  place(0, 2);
  draw_delays_or_snr(subject, page);
  if (subject.bandpass) {
    for (std::size_t r = 0; r < kReceptors; ++r) {
      place(1, static_cast<int>(r));
      draw_bandpass(subject, r, false, page);
      place(2, static_cast<int>(r));
      draw_bandpass(subject, r, true, page);
    }
    place(1, 2);
    draw_spectra(subject, page);
  }
  place(2, 2);
  if (subject.series) draw_series(subject, page);
  page.add("unset multiplot");
  page.write_png(png_path);
}

}  // namespace contimg::calibrate
