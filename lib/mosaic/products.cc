// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/products.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "astro/constants.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/median.h"
#include "base/stop.h"
#include "base/version.h"
#include "fits/amend.h"
#include "mosaic/mean_beam.h"
#include "picture/drawing.h"

namespace contimg::mosaic {
namespace {

constexpr std::size_t kMostMarks = 150;

std::string card_text(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "''" : std::string(1, letter);
  return quoted + "'";
}

fits::Image grid_header(const Grid& grid) {
  fits::Image image;
  image.n_x = grid.n_x;
  image.n_y = grid.n_y;
  image.wcs = grid.wcs;
  return image;
}

// Lines that do not change in number or length when shares become known.
std::vector<std::string> history_of(const MosaicHeader& header, const std::vector<double>& shares) {
  std::vector<std::string> lines = {"make-mosaic " + std::string(kVersion), header.command_line,
                                    "Weights: primary beam squared over local rms squared"};
  for (std::size_t i = 0; i < header.members.size(); ++i) {
    char share[32];
    std::snprintf(share, sizeof share, "%8.6f", i < shares.size() ? shares[i] : 0.0);
    lines.push_back("Member " + std::to_string(i + 1) + " " + header.members[i].tile.group_id +
                    " share of the weight " + share);
    lines.push_back("  " + header.members[i].tile.image_path);
  }
  return lines;
}

std::vector<fits::Beam> beams_of(const std::vector<Candidate>& members) {
  std::vector<fits::Beam> beams;
  for (const Candidate& member : members) beams.push_back(*member.tile.header.beam);
  return beams;
}

double median_of(const std::vector<Candidate>& members, double fits::Image::*field) {
  std::vector<double> values;
  for (const Candidate& member : members) values.push_back(member.tile.header.*field);
  return median(values);
}

std::vector<astro::Direction> brightest(const std::vector<OverlapSource>& sources) {
  std::vector<const OverlapSource*> bright;
  for (const OverlapSource& source : sources)
    if (source.catalogue_flux_jy >= 10 * source.rms_jy) bright.push_back(&source);
  std::sort(bright.begin(), bright.end(), [](const OverlapSource* a, const OverlapSource* b) {
    return a->catalogue_flux_jy > b->catalogue_flux_jy;
  });
  bright.resize(std::min(bright.size(), kMostMarks));
  std::vector<astro::Direction> places;
  for (const OverlapSource* source : bright) places.push_back(source->position);
  return places;
}

}  // namespace

MosaicHeader header_of(const std::string& name, const std::string& tier,
                       const std::vector<Candidate>& members, const std::string& fingerprint) {
  MosaicHeader header;
  header.name = name;
  header.tier = tier;
  header.fingerprint = fingerprint;
  header.members = members;
  header.start_mjd = members.front().tile.mid_mjd;
  header.end_mjd = header.start_mjd;
  header.calibration_set = members.front().calibration_set;
  for (const Candidate& member : members) {
    const double half_days = member.tile.header.duration_s / 2 / kDay_s;
    header.start_mjd = std::min(header.start_mjd, member.tile.mid_mjd - half_days);
    header.end_mjd = std::max(header.end_mjd, member.tile.mid_mjd + half_days);
    header.exposure_s += member.tile.header.duration_s;
    header.science = header.science && member.science && member.tier == tier;
    if (member.calibration_set != header.calibration_set) header.calibration_set.clear();
  }
  return header;
}

Products::Products(const std::string& stem, const MosaicHeader& header, const Grid& grid)
    : header_(header),
      image_header_(grid_header(grid)),
      image_(stem + "-image.fits", this_process(0), true),
      rms_(stem + "-rms.fits", this_process(0), true),
      weight_(stem + "-weight.fits", this_process(0), true),
      table_(stem + "-sources.csv", this_process(0), true),
      picture_(stem + "-image.png", this_process(0), true),
      thumbnail_(stem + "-thumbnail.png", this_process(0), true),
      image_writer_(image_, image_header_ = header_for("Jy/beam")),
      rms_writer_(rms_, header_for("Jy/beam")),
      weight_writer_(weight_, header_for("Jy-2")) {}

fits::Image Products::header_for(const std::string& unit) const {
  fits::Image image = image_header_;
  const std::vector<fits::Beam> beams = beams_of(header_.members);
  if (unit == "Jy/beam")
    image.beam = mean_beam(beams, std::vector<double>(beams.size(), 1.0));
  else
    image.beam.reset();
  image.unit = unit;
  image.frequency_hz = median_of(header_.members, &fits::Image::frequency_hz);
  image.bandwidth_hz = median_of(header_.members, &fits::Image::bandwidth_hz);
  image.object = header_.name;
  image.telescope = header_.members.front().tile.header.telescope;
  image.start_mjd = header_.start_mjd;
  image.duration_s = (header_.end_mjd - header_.start_mjd) * kDay_s;
  image.cards["NMEMBER"] = std::to_string(header_.members.size());
  image.cards["SUMEXP"] = std::to_string(header_.exposure_s);
  image.cards["TIER"] = card_text(header_.tier);
  image.cards["SCIENCE"] = header_.science ? "T" : "F";
  if (!header_.calibration_set.empty()) image.cards["CALSET"] = card_text(header_.calibration_set);
  image.cards["QAVERD"] = card_text("UNKNOWN");
  image.cards["BEAMDEV"] = "1.0";
  image.cards["MEMBERS"] = card_text(header_.fingerprint);
  image.history = history_of(header_, {});
  return image;
}

void Products::finish_maps() {
  image_writer_.finish();
  rms_writer_.finish();
  weight_writer_.finish();
}

void Products::write_sources(const std::vector<OverlapSource>& sources) {
  std::ofstream file(table_.path(), std::ios::binary);
  file << csv_of(sources);
  file.close();
  if (!file)
    throw TemporaryError(table_.final_path() +
                         ": cannot be written, expected room on its disk; free some");
}

void Products::amend(const MosaicResult& result) {
  std::vector<fits::Card> cards = {
      {"QAVERD", result.verdict, ""},
      {"BEAMDEV", result.beam_spread, "Of areas of members' beams to this"}};
  const std::vector<std::string> history = history_of(header_, result.weight_shares);
  fits::amend_header(weight_, cards, history);
  cards.push_back({"BMAJ", result.beam.major_rad / astro::kDegree, ""});
  cards.push_back({"BMIN", result.beam.minor_rad / astro::kDegree, ""});
  cards.push_back({"BPA", result.beam.position_angle_rad / astro::kDegree, ""});
  fits::amend_header(image_, cards, history);
  fits::amend_header(rms_, cards, history);
  image_header_.beam = result.beam;
}

void Products::draw(const CoaddReport& report, const MosaicFigures& figures,
                    const quality::Verdict& verdict, const std::vector<OverlapSource>& sources,
                    const fits::Beam& beam) {
  picture::Annotations annotations;
  annotations.title = header_.name + "  " + std::to_string(header_.members.size()) + " tiles" +
                      (header_.science ? "" : "  NOT FOR SCIENCE");
  annotations.verdict = verdict.text();
  annotations.rms_jy = figures.median_rms_jy.value_or(0);
  annotations.catalogue = brightest(sources);
  fits::Image overview = report.overview;
  overview.beam = beam;
  overview.frequency_hz = image_header_.frequency_hz;
  try {
    picture::draw_image(picture_.path(), overview, annotations);
    picture::draw_thumbnail(thumbnail_.path(), overview);
    drawn_ = true;
  } catch (const Stopped&) {
    throw;
  } catch (const TemporaryError& error) {
    spdlog::warn("{}: not drawn ({})", image_.final_path(), error.what());
  }
}

std::vector<std::string> Products::commit() {
  std::vector<AtomicOutput*> outputs = {&image_, &rms_, &weight_, &table_};
  if (drawn_) outputs.insert(outputs.end(), {&picture_, &thumbnail_});
  // Flushed before, so that the renames follow each other at once.
  for (const AtomicOutput* output : outputs) fsync_tree(output->path());
  for (std::size_t i = outputs.size(); i-- > 0;) outputs[i]->commit();
  std::vector<std::string> paths;
  for (const AtomicOutput* output : outputs) paths.push_back(output->final_path());
  return paths;
}

}  // namespace contimg::mosaic
