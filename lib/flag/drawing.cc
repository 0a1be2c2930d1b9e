// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of flag-ms: shares of flags by antenna, channel, baseline, reason, and time against channel.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/stop.h"
#include "flag/report.h"
#include "plot/gnuplot.h"

namespace contimg::flag {
namespace {

constexpr int kWidth = 1800, kHeight = 1000;
constexpr double kMega = 1e6, kPercent = 100;
constexpr std::size_t kMostNames = 30;
const std::string kPalette =
    "set palette defined (0 'white', 20 '#ffdd88', 50 '#ee7733', 100 '#990011')\n";

std::string title(const Report& report) {
  char text[160];
  std::snprintf(text, sizeof text,
                ": %.2f %% flagged among live antennas (%zu dead), %.2f %% in all",
                kPercent * report.statistics.live_share, report.statistics.dead.antennas.size(),
                kPercent * report.statistics.raw_share);
  const std::size_t slash = report.ms_path.find_last_of('/');
  return report.ms_path.substr(slash == std::string::npos ? 0 : slash + 1) + text;
}

// Names where there is room for them.
std::string name_tics(const std::vector<std::string>& names) {
  std::string tics;
  const std::size_t step = (names.size() + kMostNames - 1) / kMostNames;
  for (std::size_t i = 0; i < names.size(); i += std::max<std::size_t>(step, 1))
    tics += (tics.empty() ? "" : ", ") + plot::quoted(names[i]) + " " + std::to_string(i);
  return tics;
}

// Antennas that have data.
void draw_antennas(const Report& report, plot::Page& page) {
  std::vector<std::vector<double>> live, dead;
  std::vector<std::string> names;
  std::vector<char> is_dead(report.observation.antennas.size());
  for (const std::size_t a : report.statistics.dead.antennas) is_dead[a] = 1;
  for (std::size_t a = 0; a < is_dead.size(); ++a) {
    const double share = report.statistics.by_antenna[a];
    if (!std::isfinite(share)) continue;
    (is_dead[a] ? dead : live).push_back({static_cast<double>(names.size()), kPercent * share});
    names.push_back(report.observation.antennas[a]);
  }
  // gnuplot refuses an empty block.
  if (live.empty()) live = {{-1, 0}};
  if (dead.empty()) dead = {{-1, 0}};
  page.add_block("live", live);
  page.add_block("dead", dead);
  page.add(
      "set title 'By antenna'; set ylabel 'flagged, %'; set xlabel 'antenna'\n"
      "set xtics rotate (" +
      name_tics(names) +
      "); set boxwidth 0.8; set style fill solid\n"
      "set xrange [-1:" +
      std::to_string(names.size()) +
      "]; set yrange [0:*]\n"
      "plot $live with boxes lc rgb '#4477aa' title 'live', "
      "$dead with boxes lc rgb '#cc3311' title 'dead'");
}

void draw_channels(const Report& report, plot::Page& page) {
  std::vector<std::vector<double>> rows;
  for (std::size_t c = 0; c < report.observation.n_channel(); ++c)
    rows.push_back(
        {report.observation.frequency_hz[c] / kMega, kPercent * report.statistics.by_channel[c]});
  page.add_block("channels", rows);
  page.add(
      "set title 'By channel, among live antennas'; set xlabel 'MHz'; set ylabel 'flagged, %'\n"
      "set xtics norotate autofreq; set autoscale x; set yrange [0:105]\n"
      "plot $channels with steps lc rgb '#4477aa' notitle");
}

void draw_waterfall(const Report& report, plot::Page& page) {
  const rfi::Observation& observation = report.observation;
  std::vector<std::vector<double>> rows;
  for (std::size_t t = 0; t < observation.n_time(); ++t) {
    rows.emplace_back();
    for (std::size_t c = 0; c < observation.n_channel(); ++c)
      rows.back().push_back(kPercent *
                            report.statistics.by_time_channel[t * observation.n_channel() + c]);
  }
  page.add_block("waterfall", rows);
  page.add(
      "set title 'Time against channel, among live antennas, %'; set xlabel 'channel'\n"
      "set ylabel 'integration'; set xrange [-0.5:" +
      std::to_string(observation.n_channel()) +
      "-0.5]; set yrange [-0.5:" + std::to_string(observation.n_time()) +
      "-0.5]; set cbrange [0:100]\n" + kPalette + "plot $waterfall matrix with image notitle");
}

// Both halves of the matrix, antennas that have data in the order of the set.
void draw_baselines(const Report& report, plot::Page& page) {
  const rfi::Observation& observation = report.observation;
  const std::size_t none = observation.antennas.size();
  std::vector<std::size_t> place(none, none);
  std::vector<std::string> names;
  for (std::size_t a = 0; a < none; ++a) {
    if (!std::isfinite(report.statistics.by_antenna[a])) continue;
    place[a] = names.size();
    names.push_back(observation.antennas[a]);
  }
  const std::size_t n = std::max<std::size_t>(names.size(), 1);
  std::vector<std::vector<double>> rows(n, std::vector<double>(n, std::nan("")));
  for (std::size_t b = 0; b < observation.n_baseline(); ++b) {
    const std::size_t i = place[observation.antenna1[b]], k = place[observation.antenna2[b]];
    if (i == none || k == none || !std::isfinite(report.statistics.by_baseline[b])) continue;
    rows[i][k] = rows[k][i] = kPercent * report.statistics.by_baseline[b];
  }
  page.add_block("baselines", rows);
  const std::string range = "range [-0.5:" + std::to_string(n) + "-0.5]; ";
  const std::string tics = name_tics(names);
  page.add("set title 'By baseline, %'; set xlabel 'antenna'; set ylabel 'antenna'; set x" + range +
           "set y" + range + "set xtics rotate (" + tics + ") font ',7'; set ytics (" + tics +
           ") font ',7'; set cbrange [0:100]\n" + kPalette +
           "plot $baselines matrix with image notitle\n"
           "set xtics norotate autofreq font ',10'; set ytics autofreq font ',10'");
}

void draw_reasons(const Report& report, plot::Page& page) {
  std::vector<std::vector<double>> rows;
  std::string tics;
  for (std::size_t i = 1; i < rfi::kReasonCount; ++i) {
    rows.push_back({static_cast<double>(i), kPercent * report.statistics.by_reason[i]});
    tics += (tics.empty() ? "" : ", ") +
            plot::quoted(rfi::reason_name(static_cast<rfi::Reason>(i))) + " " + std::to_string(i);
  }
  page.add_block("reasons", rows);
  page.add(
      "set bmargin 7; set title 'By reason, of everything'; set xlabel ''; set ylabel 'flagged, "
      "%'\n"
      "set xtics rotate by -30 (" +
      tics + "); set xrange [0:" + std::to_string(rfi::kReasonCount) +
      "]; set yrange [0:*]\n"
      "plot $reasons with boxes lc rgb '#4477aa' notitle, "
      "'' using 1:2:(sprintf('%.2f', $2)) with labels offset 0,0.7 notitle");
}

}  // namespace

void draw(const Report& report, const std::string& png_path) {
  plot::Page page(kWidth, kHeight);
  page.add("set multiplot title " + plot::quoted(title(report)) + " font ',13'");
  const auto at = [&page](const char* origin, const char* size) {
    page.add(std::string("set origin ") + origin + "; set size " + size);
  };
  at("0, 0.48", "0.34, 0.47");
  draw_antennas(report, page);
  at("0.34, 0.48", "0.35, 0.47");
  draw_channels(report, page);
  at("0.69, 0.48", "0.31, 0.47");
  draw_baselines(report, page);
  at("0, 0", "0.64, 0.47");
  draw_waterfall(report, page);
  at("0.66, 0", "0.34, 0.47");
  draw_reasons(report, page);
  page.add("unset multiplot");
  page.write_png(png_path);
}

void draw_or_warn(Report& report) {
  const std::string path = plot_path(report.ms_path);
  try {
    draw(report, path);
    report.plot_path = path;
  } catch (const Stopped&) {
    throw;
  } catch (const TemporaryError& error) {
    spdlog::warn("{}", error.what());
  }
}

std::string plot_path(const std::string& ms_path) {
  std::string stem = ms_path;
  while (!stem.empty() && stem.back() == '/') stem.pop_back();
  if (stem.size() > 3 && stem.compare(stem.size() - 3, 3, ".ms") == 0) stem.resize(stem.size() - 3);
  return stem + ".flags.png";
}

}  // namespace contimg::flag
