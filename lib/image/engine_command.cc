// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of an image as WSClean's arguments.
#include <sstream>

#include "astro/constants.h"
#include "image/engine.h"

namespace contimg::image {
namespace {

// Parts of the band in which a spectrum is cleaned, as the imaging settings of CASA's users have it.
constexpr int kBandParts = 8;

std::string number(double value) {
  std::ostringstream text;
  text.precision(12);
  text << value;
  return text.str();
}

}  // namespace

std::vector<std::string> engine_arguments(const EngineSettings& settings,
                                          const std::vector<std::string>& sets) {
  std::vector<std::string> arguments;
  const auto add = [&](const std::string& option, const std::vector<std::string>& values) {
    arguments.push_back(option);
    arguments.insert(arguments.end(), values.begin(), values.end());
  };
  const std::string size = std::to_string(settings.grid.n_pixel);
  add("-j", {std::to_string(settings.n_thread)});
  add("-abs-mem", {number(settings.memory_gb)});
  add("-no-update-model-required", {});
  add("-temp-dir", {"."});
  add("-name", {"w"});
  add("-data-column", {"DATA"});
  add("-pol", {"I"});
  add("-size", {size, size});
  add("-scale", {number(settings.grid.pixel_rad / astro::kArcsec) + "asec"});
  if (settings.weighting.kind == Weighting::Kind::briggs)
    add("-weight", {"briggs", number(settings.weighting.robustness)});
  else
    add("-weight", {settings.weighting.text()});
  add("-use-wgridder", {});
  add("-wgridder-accuracy", {number(settings.accuracy)});
  add("-make-psf", {});
  add("-niter", {std::to_string(settings.niter)});
  add("-gain", {number(settings.gain)});
  add("-mgain", {number(settings.mgain)});
  if (settings.auto_mask > 0) add("-auto-mask", {number(settings.auto_mask)});
  if (settings.auto_threshold > 0) add("-auto-threshold", {number(settings.auto_threshold)});
  if (settings.threshold_jy > 0) add("-threshold", {number(settings.threshold_jy)});
  if (settings.min_uv_lambda > 0) add("-minuv-l", {number(settings.min_uv_lambda)});
  if (settings.max_uv_lambda > 0) add("-maxuv-l", {number(settings.max_uv_lambda)});
  if (settings.nterms > 1) {
    add("-channels-out", {std::to_string(kBandParts)});
    add("-join-channels", {});
    add("-fit-spectral-pol", {std::to_string(settings.nterms)});
  }
  arguments.insert(arguments.end(), sets.begin(), sets.end());
  return arguments;
}

}  // namespace contimg::image
