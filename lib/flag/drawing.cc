// SPDX-License-Identifier: GPL-3.0-or-later
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/stop.h"
#include "flag/report.h"
#include "plot/gnuplot.h"

namespace contimg::flag {
namespace {

constexpr int kWidth = 1500, kHeight = 1000;
constexpr double kMega = 1e6, kPercent = 100;
constexpr std::size_t kMostNames = 40;

std::string title(const Report& report) {
  char text[160];
  std::snprintf(text, sizeof text,
                ": %.2f %% flagged among live antennas (%zu dead), %.2f %% in all",
                kPercent * report.statistics.live_share, report.statistics.dead.antennas.size(),
                kPercent * report.statistics.raw_share);
  const std::size_t slash = report.ms_path.find_last_of('/');
  return report.ms_path.substr(slash == std::string::npos ? 0 : slash + 1) + text;
}

// Antennas that have data, with names where there is room for them.
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
  std::string tics;
  const std::size_t step = (names.size() + kMostNames - 1) / kMostNames;
  for (std::size_t i = 0; i < names.size(); i += std::max<std::size_t>(step, 1))
    tics += (tics.empty() ? "" : ", ") + plot::quoted(names[i]) + " " + std::to_string(i);
  page.add(
      "set title 'By antenna'; set ylabel 'flagged, %'; set xlabel 'antenna'\n"
      "set xtics rotate (" +
      tics +
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
      "-0.5]; set cbrange [0:100]\n"
      "set palette defined (0 'white', 20 '#ffdd88', 50 '#ee7733', 100 '#990011')\n"
      "plot $waterfall matrix with image notitle");
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
      "set title 'By reason, of everything'; set xlabel ''; set ylabel 'flagged, %'\n"
      "set xtics rotate by -30 (" +
      tics + "); set xrange [0:" + std::to_string(rfi::kReasonCount) +
      "]; set yrange [0:*]\n"
      "plot $reasons with boxes lc rgb '#4477aa' notitle, "
      "'' using 1:2:(sprintf('%.2f', $2)) with labels offset 0,0.7 notitle");
}

}  // namespace

void draw(const Report& report, const std::string& png_path) {
  plot::Page page(kWidth, kHeight);
  page.add("set multiplot layout 2,2 title " + plot::quoted(title(report)) + " font ',13'");
  draw_antennas(report, page);
  draw_channels(report, page);
  draw_waterfall(report, page);
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
