// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image_ms.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>

#include "astro/constants.h"
#include "astro/epoch.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "base/stop.h"
#include "base/version.h"
#include "caltable/recorded.h"
#include "fits/sample.h"
#include "image/beam_map.h"
#include "image/injection_plan.h"
#include "image/products.h"
#include "image/quality_sources.h"
#include "image/smearing_map.h"
#include "image/workplace.h"
#include "picture/drawing.h"

namespace contimg::image {
namespace {

namespace fs = boost::filesystem;

// The DSA-110's, from the specification of operations, section 4.4; of no other telescope.
constexpr double kSefd_jy = 5800, kEfficiency = 0.7;
// A visibility in an imaging set and in WSClean's copy of it, a pixel in its images and ours.
constexpr double kBytesOfVisibility = 34, kBytesOfPixels = 1e9, kShareLeft = 0.4;
constexpr double kProducts_byte = 8 * 4 * 3200.0 * 3200.0;
constexpr double kMarkedNoises = 5;
constexpr double kSameScale = 1e-6;

std::string file_names(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths)
    text += (text.empty() ? "" : ", ") + fs::path(path).filename().string();
  return text;
}

DensityWeighting density_of(const Weighting& weighting) {
  switch (weighting.kind) {
    case Weighting::Kind::natural:
      return DensityWeighting::natural;
    case Weighting::Kind::uniform:
      return DensityWeighting::uniform;
    default:
      return DensityWeighting::briggs;
  }
}

// One run of image_ms().
class Imaging {
 public:
  Imaging(const std::string& ms_path, const ImageMsSettings& settings,
          const ImageObserver& observer)
      : settings_(settings), observer_(observer), layout_(layout_of(ms_path)) {
    report_.ms_path = ms_path;
    report_.tier = settings.tier;
    report_.group_id = settings.group_id.empty() ? group_id_of(ms_path) : settings.group_id;
    report_.field = layout_.field;
    report_.start_mjd = layout_.description.first_time_mjd_s / kDay_s;
    report_.duration_s = layout_.description.last_time_mjd_s - layout_.description.first_time_mjd_s;
    report_.pb_cut = settings.grid.pb_cut;
    const fs::path folder =
        fs::path(settings.image_dir) /
        astro::format_date(
            astro::parse_stamp(report_.group_id).value_or(layout_.description.first_time_mjd_s));
    stem_ = (folder / report_.group_id).string();
    if (!settings.overwrite && fs::exists(stem_ + "-image.fits"))
      throw ProductExists(stem_ + "-image.fits: is there already, expected no image; --overwrite " +
                          "replaces it");
    create_folders(folder.string());
    require_room(folder.string());
  }

  ImageReport run() {
    const Clock::time_point begin = Clock::now();
    const auto n_input =
        static_cast<double>(layout_.keys.antenna1.size() * layout_.n_window_channel);
    const Workplace work(settings_, fs::path(stem_).parent_path().string(), report_.group_id,
                         kBytesOfPixels + kShareLeft * kBytesOfVisibility * n_input);
    average(work.path());
    const EngineRun run = clean(work.path());
    const Clock::time_point cleaned = Clock::now();
    if (settings_.maps_of == nullptr) {
      maps(run);
      judge_image(run);
    } else {
      take_maps(run);
    }
    write(run);
    if (settings_.plot) draw(run.image);
    report_.finish_s = seconds_since(cleaned);
    report_.total_s = seconds_since(begin);
    return report_;
  }

 private:
  void require_room(const std::string& folder) const {
    const auto room = static_cast<double>(free_bytes(folder));
    if (room < std::max(settings_.disk_floor_byte, kProducts_byte))
      throw TemporaryError(folder + ": " + std::to_string(static_cast<long>(room / 1e6)) +
                           " MB free, expected the floor of --disk-floor-gb at least; free some");
  }

  void average(const std::string& folder) {
    const Clock::time_point begin = Clock::now();
    radius_rad_ = field_radius_rad(layout_, settings_.grid);
    AveragingSettings averaging = settings_.averaging;
    averaging.field_radius_rad = radius_rad_;
    averaging.drift.image_half_width = image_half_width(radius_rad_);
    AveragingObserver hooks;
    hooks.check = observer_.check;
    hooks.progress = [this](std::size_t done, std::size_t total) {
      if (observer_.averaging)
        observer_.averaging(static_cast<double>(done) / static_cast<double>(total));
    };
    sets_ = average_for_imaging(report_.ms_path, folder, averaging, hooks);
    grid_ = choose_grid(sets_, settings_.grid, radius_rad_);
    report_.origin = sets_.origin;
    report_.tables = sets_.tables;
    report_.calibration_set = calibration_set();
    report_.n_input = sets_.n_input;
    report_.n_good = sets_.n_good;
    report_.n_output = sets_.n_output;
    report_.n_set = sets_.sets.size();
    report_.averaging_loss = sets_.largest_loss;
    report_.n_steady = sets_.n_steady;
    report_.for_science = settings_.tier == "science" && sets_.origin != DataOrigin::uncalibrated;
    report_.average_s = seconds_since(begin);
  }

  std::string calibration_set() const {
    if (sets_.origin == DataOrigin::uncalibrated) return "";
    if (sets_.origin == DataOrigin::named_tables) return file_names(sets_.tables);
    const caltable::Recorded record = caltable::recorded(ms::Reader(report_.ms_path));
    if (!record.set_name.empty()) return record.set_name;
    return record.tables.empty() ? "CORRECTED_DATA" : file_names(record.tables);
  }

  EngineRun clean(const std::string& folder) {
    const Clock::time_point begin = Clock::now();
    EngineSettings engine = settings_.engine;
    engine.grid = grid_;
    if (settings_.grid.coarse && settings_.grid.pixel_rad <= 0)
      engine.max_uv_lambda = 0.9 / (2 * grid_.pixel_rad);
    std::vector<std::string> sets;
    for (const ImagingSet& set : sets_.sets) sets.push_back(fs::path(set.path).filename().string());
    EngineRun run = run_until_sound(
        folder, sets, engine, {observer_.cleaning, observer_.check}, [&](const std::string& why) {
          report_.redone_because = why;
          spdlog::warn("{}: the clean diverges ({}); again with lower gain", report_.ms_path, why);
        });
    if (observer_.cleaning) observer_.cleaning(1);
    report_.log = run.log;
    report_.engine_command = run.command_line;
    report_.cleaned_flux_jy = run.cleaned_flux_jy;
    report_.n_pixel = run.image.n_x;
    report_.pixel_rad = run.image.wcs.pixel_rad();
    report_.centre = run.image.wcs.centre();
    report_.frequency_hz = run.image.frequency_hz;
    report_.bandwidth_hz = run.image.bandwidth_hz;
    if (run.image.beam) report_.beam = *run.image.beam;
    report_.clean_s = seconds_since(begin);
    return run;
  }

  void maps(const EngineRun& run) {
    const std::size_t n_thread = settings_.engine.n_thread;
    SmearingMapSettings smearing;
    smearing.field_rad = static_cast<double>(grid_.n_pixel) * grid_.pixel_rad;
    smearing.weighting = density_of(settings_.grid.weighting);
    smearing.robust = settings_.grid.weighting.robustness;
    smearing.beam = run.image.beam;
    smearing.n_thread = n_thread;
    weigh_as_imaged(sets_, smearing);
    beam_ = beam_map(report_.ms_path, sets_, run.image.wcs, run.image.n_x, run.image.n_y, n_thread);
    smearing_ = smearing_map(sets_, smearing);
    for (std::size_t y = 0; y < smearing_.n_y; ++y)
      for (std::size_t x = 0; x < smearing_.n_x; ++x) {
        const auto place =
            smearing_.wcs.direction_at({static_cast<double>(x), static_cast<double>(y)});
        if (place && fits::value_at(beam_, *place) >= settings_.grid.pb_cut)
          report_.smearing_max =
              std::max(report_.smearing_max, 1 - static_cast<double>(smearing_.at(x, y)));
      }
    if (observer_.check) observer_.check();
  }

  void take_maps(const EngineRun& run) {
    const ScienceTile& tile = *settings_.maps_of;
    if (tile.image.n_x != run.image.n_x || tile.image.n_y != run.image.n_y ||
        std::abs(tile.image.wcs.pixel_rad() / run.image.wcs.pixel_rad() - 1) > kSameScale)
      throw DataError(tile.path + ": " + std::to_string(tile.image.n_x) +
                      " pixels on a side, expected the " + std::to_string(run.image.n_x) +
                      " that the settings make now; run image-ms again with --overwrite");
    beam_ = tile.beam;
    smearing_ = tile.smearing;
  }

  void judge_image(const EngineRun& run) {
    QualityInput input{run.image, {}, settings_.strip_rms_jy, {}, {}, {}};
    if (!settings_.catalogue.empty() && run.image.beam)
      input.expected =
          expected_sources(settings_.catalogue, beam_, &smearing_, run.image.frequency_hz,
                           settings_.grid.pb_cut, kMarkedNoises * faintest_rms(run.image));
    if (layout_.description.telescope_name == "DSA_110")
      input.theoretical_rms_jy = radiometer_rms_jy(
          kSefd_jy, kEfficiency,
          2 * static_cast<double>(sets_.n_good) * sets_.channel_width_hz * sets_.integration_s);
    if (sets_.n_input > 0)
      input.flagged_share =
          1 - static_cast<double>(sets_.n_good) / static_cast<double>(sets_.n_input);
    report_.figures = measure_quality(input);
    report_.verdict = judge(report_.figures, settings_.limits);
    marks_ = input.expected;
  }

  static double faintest_rms(const fits::Image& image) {
    const QualityInput input{image, {}, {}, {}, {}, {}};
    return measure_quality(input).local_rms_jy.value_or(0);
  }

  std::vector<std::string> history(const EngineRun& run) const {
    std::vector<std::string> lines = {"image-ms " + std::string(kVersion), settings_.command_line,
                                      "Measurement Set " + report_.ms_path,
                                      "Data: " + std::string(to_text(report_.origin))};
    if (!report_.calibration_set.empty())
      lines.push_back("Calibration set " + report_.calibration_set);
    for (const std::string& table : report_.tables) lines.push_back("Calibration table " + table);
    lines.push_back("Tier " + report_.tier);
    lines.push_back("Averaged " + std::to_string(report_.n_good) + " visibilities to " +
                    std::to_string(report_.n_output) + " in " + std::to_string(report_.n_set) +
                    " sets, losing at most " + std::to_string(100 * report_.averaging_loss) +
                    " % of a peak on any baseline");
    if (!report_.redone_because.empty())
      lines.push_back("Cleaned again with lower gain: " + report_.redone_because);
    lines.push_back("WSClean " + run.log.version + ": " + std::to_string(run.log.major_iterations) +
                    " major iterations, " + std::to_string(run.log.iterations) + " components");
    lines.push_back(run.command_line);
    return lines;
  }

  void write(const EngineRun& run) {
    ProductHeader header;
    header.group_id = report_.group_id;
    header.object = report_.field;
    header.telescope = layout_.description.telescope_name;
    header.calibration_set = report_.calibration_set;
    header.tier = report_.tier;
    header.for_science = report_.for_science;
    header.verdict = quality::grade_name(report_.verdict.grade);
    header.smearing_max = report_.smearing_max;
    header.start_mjd = report_.start_mjd;
    header.duration_s = report_.duration_s;
    header.history = history(run);
    const auto if_any = [](const fits::Image& image) {
      return image.pixels.empty() ? nullptr : &image;
    };
    const CleanedImages cleaned{run.image, if_any(run.residual), &run.psf, if_any(run.model)};
    const std::vector<std::string> paths =
        write_products(cleaned, beam_, &smearing_, header, settings_.grid.pb_cut, stem_);
    for (const std::string& path : paths) {
      std::string kind = fs::path(path).stem().string().substr(report_.group_id.size() + 1);
      std::replace(kind.begin(), kind.end(), '-', '_');
      report_.products.push_back({path, kind});
    }
  }

  void draw(const fits::Image& image) {
    try {
      picture::Annotations annotations;
      annotations.title =
          report_.group_id + "  " + report_.tier + (report_.for_science ? "" : "  NOT FOR SCIENCE");
      annotations.verdict = report_.verdict.text();
      annotations.rms_jy = report_.figures.local_rms_jy.value_or(0);
      for (const ExpectedSource& source : marks_) annotations.catalogue.push_back(source.position);
      annotations.detected = report_.figures.seen;
      annotations.beam = &beam_;
      annotations.cut = settings_.grid.pb_cut;
      picture::draw_image(stem_ + "-image.png", image, annotations);
      report_.products.push_back({stem_ + "-image.png", "plot"});
      picture::draw_thumbnail(stem_ + "-thumbnail.png", image);
      report_.products.push_back({stem_ + "-thumbnail.png", "plot"});
    } catch (const Stopped&) {
      throw;
    } catch (const TemporaryError& error) {
      spdlog::warn("{}: not drawn ({})", report_.image_path(), error.what());
    }
  }

  const ImageMsSettings& settings_;
  const ImageObserver& observer_;
  const SetLayout layout_;
  ImageReport report_;
  std::string stem_;
  double radius_rad_ = 0;
  ImagingSets sets_;
  Grid grid_;
  fits::Image beam_, smearing_;
  std::vector<ExpectedSource> marks_;
};

}  // namespace

std::string group_id_of(const std::string& ms_path) {
  fs::path path = fs::absolute(ms_path).lexically_normal();
  if (path.filename() == ".") path = path.parent_path();  // written with a slash at its end
  return path.extension() == ".ms" ? path.stem().string() : path.filename().string();
}

ImageReport image_ms(const std::string& ms_path, const ImageMsSettings& settings,
                     const ImageObserver& observer) {
  return Imaging(ms_path, settings, observer).run();
}

}  // namespace contimg::image
