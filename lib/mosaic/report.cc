// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/report.h"

#include <spdlog/spdlog.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "astro/constants.h"
#include "astro/epoch.h"

namespace contimg::mosaic {
namespace {

using Json = nlohmann::ordered_json;

const char* standing_name(Standing standing) {
  switch (standing) {
    case Standing::absent:
      return "new";
    case Standing::unchanged:
      return "unchanged";
    case Standing::differs:
      return "differs";
  }
  return "";
}

const char* standing_text(Standing standing) {
  switch (standing) {
    case Standing::absent:
      return "to be made";
    case Standing::unchanged:
      return "is there, nothing to do";
    case Standing::differs:
      return "is there with other tiles, --overwrite replaces it";
  }
  return "";
}

double rounded(double value, double step) { return std::round(value / step) * step; }

std::string row(const char* pattern, const Candidate& member) {
  const astro::Direction centre = member.tile.header.wcs.centre();
  char text[256];
  std::snprintf(text, sizeof text, pattern, member.tile.group_id.c_str(),
                centre.ra_rad / astro::kDegree, centre.dec_rad / astro::kDegree,
                member.verdict.c_str());
  return text + member.tile.image_path + "\n";
}

std::string path_of(const LeftOut& left) {
  return left.image_path.empty() ? left.group_id : left.image_path;
}

Json member_json(const Candidate& member) {
  const astro::Direction centre = member.tile.header.wcs.centre();
  return {{"group_id", member.tile.group_id},
          {"image", member.tile.image_path},
          {"mid_mjd", member.tile.mid_mjd},
          {"ra_deg", rounded(centre.ra_rad / astro::kDegree, 1e-6)},
          {"dec_deg", rounded(centre.dec_rad / astro::kDegree, 1e-6)},
          {"verdict", member.verdict}};
}

}  // namespace

std::string plan_text(const MosaicPlan& plan) {
  std::string text;
  for (const PlannedMosaic& mosaic : plan.mosaics) {
    text += mosaic.image_path + ": " + std::to_string(mosaic.strip.members.size()) + " tiles, " +
            standing_text(mosaic.standing) + "\n";
    for (const Candidate& member : mosaic.strip.members)
      text += row("  %-24s %8.3f %+8.3f  %-7s ", member);
  }
  for (const std::string& strip : plan.too_few) text += "no mosaic: " + strip + "\n";
  for (const LeftOut& left : plan.left_out)
    text += "left out: " + path_of(left) + ": " + left.reason + "\n";
  if (text.empty()) text = "no tiles\n";
  text.pop_back();
  return text;
}

std::string plan_json(const MosaicPlan& plan) {
  Json mosaics = Json::array(), left_out = Json::array();
  for (const PlannedMosaic& mosaic : plan.mosaics) {
    Json members = Json::array();
    for (const Candidate& member : mosaic.strip.members) members.push_back(member_json(member));
    mosaics.push_back({{"name", mosaic.name},
                       {"product", mosaic.image_path},
                       {"state", standing_name(mosaic.standing)},
                       {"dec_deg", rounded(mosaic.strip.dec_rad / astro::kDegree, 1e-6)},
                       {"members", members}});
  }
  for (const LeftOut& left : plan.left_out)
    left_out.push_back(
        {{"group_id", left.group_id}, {"image", left.image_path}, {"reason", left.reason}});
  return Json{{"mosaics", mosaics}, {"too_few", plan.too_few}, {"left_out", left_out}}.dump();
}

std::string to_json(const StageReport& report) {
  Json line = {{"stage", "mosaic"},
               {"name", report.name},
               {"product", report.image_path},
               {"state", report.made ? "completed" : "unchanged"},
               {"tier", report.tier},
               {"science", report.header.science},
               {"n_images", report.header.members.size()},
               {"start_mjd", report.header.start_mjd},
               {"end_mjd", report.header.end_mjd}};
  if (!report.made) return line.dump();
  Json members = Json::array();
  for (std::size_t i = 0; i < report.header.members.size(); ++i) {
    Json member = member_json(report.header.members[i]);
    member["weight_share"] = report.coadd.members[i].weight_share;
    members.push_back(member);
  }
  line["seconds"] = rounded(report.total_s, 0.001);
  line["coadd_time"] = rounded(report.coadd_s, 0.001);
  line["source_time"] = rounded(report.sources_s, 0.001);
  line["size"] = {report.image.n_x, report.image.n_y};
  line["most_resident"] = report.coadd.most_resident;
  line["figures"] = report.figures.json();
  line["verdict"] = quality::grade_name(report.verdict.grade);
  line["reasons"] = report.verdict.reasons();
  line["products"] = report.paths;
  line["members"] = members;
  return line.dump();
}

void log_plan(const MosaicPlan& plan) {
  for (const LeftOut& left : plan.left_out)
    spdlog::info("{}: left out, {}", path_of(left), left.reason);
  for (const std::string& strip : plan.too_few) spdlog::info("no mosaic: {}", strip);
  if (plan.mosaics.empty() && plan.too_few.empty()) spdlog::info("no tiles: nothing to do");
}

void log_report(const StageReport& report, bool profile) {
  if (!report.made) return spdlog::info("{}: is there, nothing to do", report.image_path);
  const auto figure = [](const std::optional<double>& value) {
    return value.value_or(std::nan(""));
  };
  spdlog::info("{}: {} tiles, {} x {} pixels, median rms {:.3f} mJy, in {:.1f} s",
               report.image_path, report.header.members.size(), report.image.n_x, report.image.n_y,
               1e3 * figure(report.figures.median_rms_jy), report.total_s);
  if (report.figures.n_source > 0)
    spdlog::info(
        "{}: {} sources measured; flux ratio {:.3f} of {} bright ones, places off by {:.2f}"
        " arcsec",
        report.image_path, report.figures.n_source, figure(report.figures.flux_ratio),
        report.figures.n_reference, figure(report.figures.astrometry_arcsec));
  if (!report.header.science) spdlog::warn("{}: not for science", report.image_path);
  if (report.verdict.grade == quality::Grade::pass)
    spdlog::info("{}: {}", report.image_path, report.verdict.text());
  else
    spdlog::warn("{}: {}", report.image_path, report.verdict.text());
  if (profile)
    spdlog::info("{}: adding up {:.2f} s, sources and pictures {:.2f} s", report.image_path,
                 report.coadd_s, report.sources_s);
}

}  // namespace contimg::mosaic
