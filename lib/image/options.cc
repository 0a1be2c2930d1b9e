// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/options.h"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "astro/constants.h"
#include "base/byte_text.h"
#include "base/error.h"
#include "base/progress.h"

namespace contimg::image {
namespace {

constexpr int kQuicklookIterations = 300;

struct Unit {
  const char* name;
  double value;
};

// A positive number and one of the units.
double with_unit(const std::string& text, const std::string& option, const char* expected,
                 std::initializer_list<Unit> units) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  std::string unit;
  for (const char* c = end; *c != '\0'; ++c)
    if (*c != ' ') unit += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return unit == u.name; });
  if (end == text.c_str() || found == units.end() || !(number > 0) || !(number < 1e12))
    throw UsageError(option + " " + text + ": expected " + expected);
  return number * found->value;
}

std::function<void(double)> with_bar(const std::string& label) {
  static constexpr std::size_t kParts = 1000;
  const auto bar = std::make_shared<std::unique_ptr<Progress>>();
  return [bar, label](double share) {
    if (!*bar) *bar = std::make_unique<Progress>(label, kParts);
    const auto done = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kParts);
    if (done > (*bar)->done()) (*bar)->advance(done - (*bar)->done());
    if (share >= 1) bar->reset();
  };
}

EngineSettings engine_settings(const Settings& settings, const Weighting& weighting, bool coarse) {
  EngineSettings engine;
  engine.weighting = weighting;
  engine.niter = coarse ? std::min(settings.niter, kQuicklookIterations) : settings.niter;
  engine.mgain = settings.mgain;
  engine.auto_mask = settings.auto_mask;
  engine.auto_threshold = settings.auto_threshold;
  if (!settings.threshold.empty())
    engine.threshold_jy = flux_density_jy(settings.threshold, "--threshold");
  engine.min_uv_lambda = settings.min_uv_l;
  engine.accuracy = settings.accuracy;
  engine.nterms = settings.nterms;
  engine.n_thread = static_cast<std::size_t>(std::max(1, settings.omp_threads));
  engine.memory_gb = settings.image_memory_gb;
  engine.timeout_s = settings.image_timeout_s;
  engine.stall_timeout_s = settings.image_stall_timeout_s;
  return engine;
}

}  // namespace

double flux_density_jy(const std::string& text, const std::string& option) {
  return with_unit(text, option, "a flux density like 5mJy, in Jy, mJy or uJy",
                   {{"jy", 1}, {"mjy", 1e-3}, {"ujy", 1e-6}});
}

double angle_rad(const std::string& text, const std::string& option) {
  return with_unit(text, option, "an angle like 3arcsec, in arcsec, arcmin or deg",
                   {{"arcsec", astro::kArcsec},
                    {"asec", astro::kArcsec},
                    {"arcmin", 60 * astro::kArcsec},
                    {"amin", 60 * astro::kArcsec},
                    {"deg", astro::kDegree}});
}

std::vector<std::string> setting_options() {
  std::vector<std::string> options = {"--queue-db",
                                      "--image-dir",
                                      "--tier",
                                      "--size",
                                      "--scale",
                                      "--weighting",
                                      "--niter",
                                      "--mgain",
                                      "--auto-mask",
                                      "--auto-threshold",
                                      "--threshold",
                                      "--min-uv-l",
                                      "--accuracy",
                                      "--nterms",
                                      "--max-smearing",
                                      "--steady-sources",
                                      "--earth-orientation",
                                      "--pb-cut",
                                      "--timeout",
                                      "--stall-timeout",
                                      "--memory-gb",
                                      "--catalogue",
                                      "--scratch-dir",
                                      "--tmpfs-dir",
                                      "--disk-floor-gb",
                                      "--omp-threads",
                                      "--max-retries",
                                      "--in-progress-timeout",
                                      "--order",
                                      "--injection-every",
                                      "--injection-sources",
                                      "--injection-min-snr",
                                      "--injection-max-snr",
                                      "--injection-seed",
                                      "--profile"};
  const std::vector<std::string>& gates = quality_options();
  options.insert(options.end(), gates.begin(), gates.end());
  return options;
}

ImageMsSettings image_settings(const Settings& settings, const ImageOptions& options) {
  ImageMsSettings image;
  // Products are recorded by this path: it must hold from any folder.
  image.image_dir = boost::filesystem::absolute(required_path(settings, &Settings::image_dir))
                        .lexically_normal()
                        .string();
  image.scratch_dir = settings.scratch_dir;
  image.tmpfs_dir = settings.tmpfs_dir;
  image.disk_floor_byte = settings.disk_floor_gb * kBytesPerGb;
  image.tier = settings.tier;
  image.catalogue = settings.catalogue;
  image.limits = quality_limits(settings);
  image.plot = options.plot;
  image.overwrite = options.overwrite;
  image.command_line = options.command_line;

  image.grid.weighting = weighting_from(settings.weighting);
  image.grid.pb_cut = settings.pb_cut;
  image.grid.size = static_cast<std::size_t>(settings.image_size);
  if (!settings.image_scale.empty())
    image.grid.pixel_rad = angle_rad(settings.image_scale, "--scale");
  image.grid.coarse = settings.tier == "quicklook";
  image.engine = engine_settings(settings, image.grid.weighting, image.grid.coarse);

  image.averaging.max_smearing = settings.max_smearing;
  image.averaging.min_uv_lambda = settings.min_uv_l;
  image.averaging.gaintables = options.gaintables;
  // Who lets groups go on without calibration wants their images, marked as not for science.
  image.averaging.allow_uncalibrated =
      options.allow_uncalibrated || settings.no_calibration == "uncalibrated";
  image.averaging.n_thread = image.engine.n_thread;
  image.averaging.drift.catalogue = settings.catalogue;
  image.averaging.drift.earth_orientation = settings.earth_orientation;
  image.averaging.drift.max_sources = static_cast<std::size_t>(settings.steady_sources);
  image.averaging.drift.n_thread = image.engine.n_thread;
  return image;
}

ImageObserver with_progress(const std::string& label, const std::function<void()>& check) {
  ImageObserver observer;
  observer.averaging = with_bar(label + ": averaging");
  observer.cleaning = with_bar(label + ": cleaning");
  observer.check = check;
  return observer;
}

}  // namespace contimg::image
