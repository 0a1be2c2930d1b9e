// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <set>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/byte_text.h"
#include "base/clock.h"
#include "base/error.h"
#include "mosaic/mean_beam.h"
#include "queue/queue.h"

namespace contimg::mosaic {
namespace {

namespace fs = boost::filesystem;

constexpr double kMaps = 3, kBytesPerPixel = 4;

std::vector<TileHeader> tiles_of(const PlannedStrip& strip) {
  std::vector<TileHeader> tiles;
  for (const Candidate& member : strip.members) tiles.push_back(member.tile);
  return tiles;
}

OverlapSettings overlap_settings(const Settings& settings, const std::function<void()>& check) {
  OverlapSettings overlap;
  overlap.catalogue = settings.catalogue;
  overlap.beam_floor = settings.mosaic_beam_floor;
  overlap.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  overlap.check = check;
  return overlap;
}

MosaicResult result_of(const MosaicHeader& header, const CoaddReport& coadd) {
  MosaicResult result;
  std::vector<fits::Beam> beams;
  double sum = 0;
  for (std::size_t i = 0; i < header.members.size(); ++i) {
    beams.push_back(*header.members[i].tile.header.beam);
    result.weight_shares.push_back(coadd.members[i].weight_share);
    sum += coadd.members[i].weight_share;
  }
  if (!(sum > 0))
    throw DataError(header.name +
                    ": no pixel of any member has a weight, expected primary beams above the "
                    "floor and known noise; look at -pb.fits and -rms.fits of the members");
  result.beam = mean_beam(beams, result.weight_shares);
  result.beam_spread = beam_spread(beams, result.beam);
  return result;
}

}  // namespace

MosaicStage::MosaicStage(const Settings& settings, const MosaicOptions& options,
                         std::function<void()> check)
    : settings_(settings), options_(options), check_(std::move(check)) {
  check_options(options);
  required_path(settings, &Settings::mosaic_dir);
  plan_settings_ = plan_settings(settings, options);
  if (!options.images.empty()) return;
  window_ = window_of(options.selection, queue::system_clock_unix_s());
  plan_settings_.margin = window_->margin;
  queue_ = queue::open_queue(queue::queue_settings(settings), false);
}

std::vector<Candidate> MosaicStage::named_candidates() const {
  std::vector<Candidate> candidates;
  for (const std::string& path : options_.images) candidates.push_back(read_candidate(path));
  return candidates;
}

std::vector<Candidate> MosaicStage::queued_candidates(std::vector<LeftOut>& left_out) {
  const double beside = window_->margin > 0 ? kBeside_h / kHoursPerDay : 0;
  std::vector<Candidate> candidates;
  for (const QueuedTile& queued :
       queued_tiles(*queue_, window_->from_mjd - beside, window_->until_mjd + beside,
                    options_.selection.dec_deg, plan_settings_.strip_tolerance_rad)) {
    if (check_) check_();
    const bool in_window =
        queued.mid_mjd >= window_->from_mjd && queued.mid_mjd < window_->until_mjd;
    try {
      Candidate candidate = read_candidate(queued.image_path);
      candidate.in_window = in_window;
      candidates.push_back(std::move(candidate));
    } catch (const DataError& error) {
      spdlog::warn("{}", error.what());
      if (in_window) left_out.push_back({"", queued.image_path, error.what()});
    }
  }
  return candidates;
}

MosaicPlan MosaicStage::plan() {
  MosaicPlan result;
  const std::vector<Candidate> candidates =
      queue_ ? queued_candidates(result.left_out) : named_candidates();
  Plan plan = make_plan(candidates, plan_settings_);
  result.left_out.insert(result.left_out.end(), plan.left_out.begin(), plan.left_out.end());
  result.too_few = std::move(plan.too_few);
  for (PlannedStrip& strip : plan.mosaics) {
    PlannedMosaic mosaic;
    mosaic.fingerprint = fingerprint_of(strip.members, settings_.mosaic_beam_floor);
    mosaic.strip = std::move(strip);
    result.mosaics.push_back(std::move(mosaic));
  }
  name_mosaics(result);
  for (PlannedMosaic& mosaic : result.mosaics) mosaic.standing = standing_of(mosaic);
  return result;
}

void MosaicStage::require_enough(const MosaicPlan& plan) const {
  if (queue_ || (plan.too_few.empty() && !plan.mosaics.empty())) return;
  std::string why = plan.too_few.empty() ? "no tile is left" : plan.too_few.front();
  if (plan.too_few.empty() && !plan.left_out.empty())
    why += ", " + plan.left_out.front().image_path + ": " + plan.left_out.front().reason;
  throw UsageError("make-mosaic: " + why + "; look with --plan, or set --min-members");
}

void MosaicStage::name_mosaics(MosaicPlan& plan) const {
  if (!options_.name.empty() && plan.mosaics.size() > 1)
    throw UsageError("--name: " + std::to_string(plan.mosaics.size()) +
                     " mosaics are to be made, expected one; choose tiles with --dec, or leave the "
                     "names to make-mosaic");
  std::set<std::string> taken;
  for (PlannedMosaic& mosaic : plan.mosaics) {
    const double first_mjd = mosaic.strip.members.front().tile.mid_mjd;
    const auto named = [&](double time_mjd) {
      return default_name(time_mjd, mosaic.strip.dec_rad, plan_settings_.tier);
    };
    double time_mjd = window_ && window_->label_mjd ? *window_->label_mjd : first_mjd;
    mosaic.name = named(time_mjd);
    if (taken.count(mosaic.name) > 0) mosaic.name = named(time_mjd = first_mjd);
    const std::string base = mosaic.name;
    for (int n = 2; taken.count(mosaic.name) > 0; ++n) mosaic.name = base + "_" + std::to_string(n);
    taken.insert(mosaic.name);
    if (!options_.name.empty()) mosaic.name = options_.name;
    const fs::path folder =
        fs::absolute(settings_.mosaic_dir) / astro::format_date(time_mjd * kDay_s);
    mosaic.image_path = (folder / (mosaic.name + "-image.fits")).lexically_normal().string();
  }
}

Standing MosaicStage::standing_of(const PlannedMosaic& mosaic) {
  if (!fs::exists(mosaic.image_path)) return Standing::absent;
  if (fits::read_header(mosaic.image_path).card_text("MEMBERS") != mosaic.fingerprint)
    return Standing::differs;
  // One that was killed before the queue knew of it is not done.
  if (queue_ && !is_recorded(*queue_, mosaic.name, mosaic.fingerprint)) return Standing::absent;
  return Standing::unchanged;
}

void MosaicStage::require_room(const Grid& grid, const std::string& folder) const {
  const double wanted =
      kMaps * kBytesPerPixel * static_cast<double>(grid.n_x) * static_cast<double>(grid.n_y) +
      settings_.disk_floor_gb * kBytesPerGb;
  const auto room = static_cast<double>(free_bytes(folder));
  if (room < wanted)
    throw TemporaryError(folder + ": " + std::to_string(static_cast<long>(room / 1e6)) +
                         " MB free, expected " + std::to_string(static_cast<long>(wanted / 1e6)) +
                         " MB for the maps and the floor of --disk-floor-gb; free some");
}

StageReport MosaicStage::make(const PlannedMosaic& mosaic) {
  const Clock::time_point begin = Clock::now();
  StageReport report;
  report.name = mosaic.name;
  report.image_path = mosaic.image_path;
  report.tier = plan_settings_.tier;
  report.header =
      header_of(mosaic.name, plan_settings_.tier, mosaic.strip.members, mosaic.fingerprint);
  report.header.command_line = options_.command_line;
  if (mosaic.standing == Standing::unchanged) return report;
  if (mosaic.standing == Standing::differs && !options_.overwrite)
    throw ProductExists(mosaic.image_path +
                        ": is there already, made of other tiles, expected none; --overwrite "
                        "replaces it");
  build(mosaic, report);
  if (queue_) record(report);
  report.made = true;
  report.total_s = seconds_since(begin);
  return report;
}

void MosaicStage::build(const PlannedMosaic& mosaic, StageReport& report) {
  const Clock::time_point begin = Clock::now();
  const std::vector<TileHeader> tiles = tiles_of(mosaic.strip);
  const Grid grid = grid_for(tiles);
  const std::string folder = fs::path(mosaic.image_path).parent_path().string();
  create_folders(folder);
  require_room(grid, folder);
  Products products((fs::path(folder) / mosaic.name).string(), report.header, grid);
  CoaddSettings coadding;
  coadding.beam_floor = settings_.mosaic_beam_floor;
  coadding.n_thread = static_cast<std::size_t>(std::max(1, settings_.omp_threads));
  coadding.check = check_;
  report.coadd = coadd(tiles, grid, products.outputs(), coadding);
  products.finish_maps();
  report.coadd_s = seconds_since(begin);
  const Clock::time_point added = Clock::now();
  judge_and_complete(tiles, products, report);
  report.sources_s = seconds_since(added);
  if (check_) check_();
  report.paths = products.commit();
  report.image = products.image_header();
}

void MosaicStage::judge_and_complete(const std::vector<TileHeader>& tiles, Products& products,
                                     StageReport& report) const {
  const OverlapSettings overlap = overlap_settings(settings_, check_);
  MosaicResult result = result_of(report.header, report.coadd);
  std::vector<OverlapSource> sources = sources_in_overlap(tiles, overlap);
  if (sources.empty())
    spdlog::warn("{}: no source of a catalogue lies in two tiles; none is measured", report.name);
  measure_sources(products.image_path(), products.rms_path(), result.beam, overlap, sources);
  const fits::Image& image = products.image_header();
  report.figures =
      measure_quality(report.coadd, static_cast<double>(image.n_x) * static_cast<double>(image.n_y),
                      result.beam_spread, sources);
  report.verdict = judge(report.figures, settings_);
  result.verdict = quality::grade_name(report.verdict.grade);
  products.write_sources(sources);
  products.amend(result);
  if (options_.plot)
    products.draw(report.coadd, report.figures, report.verdict, sources, result.beam);
}

void MosaicStage::record(const StageReport& report) {
  const MosaicHeader& header = report.header;
  record_mosaic(*queue_,
                {header.name, report.image_path, header.tier, header.fingerprint,
                 header.calibration_set, header.science, header.start_mjd, header.end_mjd,
                 report.image, header.members, report.coadd, report.figures, report.verdict},
                queue::system_clock_unix_s());
}

void make_all(const MosaicPlan& plan, const std::function<void(const PlannedMosaic&)>& make_one) {
  std::optional<DataError> failure;
  for (const PlannedMosaic& mosaic : plan.mosaics) {
    try {
      make_one(mosaic);
    } catch (const DataError& error) {
      if (plan.mosaics.size() == 1) throw;
      spdlog::error("{}: {}", mosaic.name, error.what());
      if (!failure) failure = error;
    }
  }
  if (failure) throw DataError(*failure);
}

}  // namespace contimg::mosaic
