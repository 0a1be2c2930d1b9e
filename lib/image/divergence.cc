// SPDX-License-Identifier: GPL-3.0-or-later
// How a clean that diverged is told from its residual and model, and one more try with lower gain.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "image/engine.h"
#include "photometry/local_peak.h"

namespace contimg::image {
namespace {

constexpr double kNoises = 5, kOfPeak = 0.05, kRounding = 1e-3;

double highest(const fits::Image& image) {
  double peak = 0;
  for (const float value : image.pixels)
    peak = std::max(peak, std::abs(static_cast<double>(value)));
  return peak;
}

bool finite(const fits::Image& image) {
  return std::all_of(image.pixels.begin(), image.pixels.end(),
                     [](float value) { return std::isfinite(value); });
}

std::string grown(const char* what, double before, double after) {
  char text[160];
  std::snprintf(text, sizeof text,
                "the residual's %s is %.3g Jy, larger than the dirty image's %.3g", what, after,
                before);
  return text;
}

std::string negative_model(const EngineRun& run, double noise) {
  double lowest = 0, peak = 0;
  for (std::size_t i = 0; i < run.image.pixels.size(); ++i) {
    const double model =
        static_cast<double>(run.image.pixels[i]) - static_cast<double>(run.residual.pixels[i]);
    lowest = std::min(lowest, model);
    peak = std::max(peak, model);
  }
  if (lowest >= -kNoises * noise || lowest >= -kOfPeak * peak) return "";
  char text[160];
  std::snprintf(text, sizeof text,
                "the model reaches %.3g Jy/beam, %.0f times the noise below zero", lowest,
                -lowest / noise);
  return text;
}

}  // namespace

std::string why_diverged(const EngineRun& run) {
  if (run.residual.pixels.empty()) return "";
  if (!finite(run.residual)) return "the residual is not finite";
  if (!finite(run.model)) return "the model is not finite";
  const double peak = highest(run.dirty), left = highest(run.residual);
  if (left > peak * (1 + kRounding)) return grown("peak", peak, left);
  const double before = photometry::global_rms(run.dirty),
               noise = photometry::global_rms(run.residual);
  if (noise > before * (1 + kRounding)) return grown("noise", before, noise);
  return negative_model(run, noise);
}

EngineRun run_until_sound(const std::string& folder, const std::vector<std::string>& sets,
                          const EngineSettings& settings, const EngineObserver& observer,
                          const std::function<void(const std::string& why)>& note) {
  EngineRun run = run_engine(folder, sets, settings, observer);
  const std::string why = why_diverged(run);
  if (why.empty()) return run;
  if (note) note(why);
  EngineSettings gentle = settings;
  gentle.gain = settings.gain / 2;
  gentle.mgain = std::min(settings.mgain, 0.5);
  run = run_engine(folder, sets, gentle, observer);
  const std::string again = why_diverged(run);
  if (!again.empty())
    throw DataError("the clean diverges (" + why + "; with lower gain: " + again +
                    "), expected a residual below the dirty image; look at flags and calibration");
  return run;
}

}  // namespace contimg::image
