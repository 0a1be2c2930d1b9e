// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/image_setting_rows.h"

#include "base/derived_setting.h"

namespace contimg {
namespace {

Setting image_number(const std::string& key, const char* unit, Setting::Field field,
                     const char* help, double min, double max) {
  return derived_setting("image", key, unit, field, help, min, max);
}

Setting image_text(const std::string& key, const char* unit, Setting::Field field, const char* help,
                   const std::vector<std::string>& choices = {}) {
  Setting row = image_number(key, unit, field, help, -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::infinity());
  row.choices = choices;
  return row;
}

std::vector<Setting> gate_rows() {
  return {
      image_number(
          "rms_warn", "RATIO", &Settings::rms_warn,
          "Gate: local rms over the rolling median of the declination's images; warning above.", 0,
          1e+06),
      image_number(
          "rms_fail", "RATIO", &Settings::rms_fail,
          "Gate: local rms over the rolling median of the declination's images; failure above.", 0,
          1e+06),
      image_number("dynamic_range_warn", "RATIO", &Settings::dynamic_range_warn,
                   "Gate: peak over local rms; warning below.", 0, 1e+09),
      image_number("dynamic_range_fail", "RATIO", &Settings::dynamic_range_fail,
                   "Gate: peak over local rms; failure below.", 0, 1e+09),
      image_number("flux_ratio_warn", "SHARE", &Settings::flux_ratio_warn,
                   "Gate: flux densities over the catalogue's, from 1; warning above.", 0, 100),
      image_number("flux_ratio_fail", "SHARE", &Settings::flux_ratio_fail,
                   "Gate: flux densities over the catalogue's, from 1; failure above.", 0, 100),
      image_number("completeness_warn", "SHARE", &Settings::completeness_warn,
                   "Gate: share of the catalogue's sources that is seen; warning below.", 0, 1),
      image_number("completeness_fail", "SHARE", &Settings::completeness_fail,
                   "Gate: share of the catalogue's sources that is seen; failure below.", 0, 1),
      image_number("astrometry_warn_arcsec", "ARCSEC", &Settings::astrometry_warn_arcsec,
                   "Gate: rms distance from the catalogue's places, arcsec; warning above.", 0,
                   3600),
      image_number("astrometry_fail_arcsec", "ARCSEC", &Settings::astrometry_fail_arcsec,
                   "Gate: rms distance from the catalogue's places, arcsec; failure above.", 0,
                   3600),
      image_number("blank_warn", "SHARE", &Settings::blank_warn,
                   "Gate: share of blank pixels; warning above.", 0, 1),
      image_number("blank_fail", "SHARE", &Settings::blank_fail,
                   "Gate: share of blank pixels; failure above.", 0, 1),
      image_number("data_flagged_warn", "SHARE", &Settings::data_flagged_warn,
                   "Gate: flagged share of the data imaged, live antennas; warning above.", 0, 1),
      image_number("data_flagged_fail", "SHARE", &Settings::data_flagged_fail,
                   "Gate: flagged share of the data imaged, live antennas; failure above.", 0, 1),
      image_number("axis_ratio_warn", "RATIO", &Settings::axis_ratio_warn,
                   "Gate: longer over shorter axis of the beam; warning above.", 1, 1e+06),
      image_number("axis_ratio_fail", "RATIO", &Settings::axis_ratio_fail,
                   "Gate: longer over shorter axis of the beam; failure above.", 1, 1e+06)};
}

}  // namespace

std::vector<Setting> image_rows() {
  std::vector<Setting> rows = {
      image_text("tier", "TIER", &Settings::tier,
                 "How good an image: science, or quicklook, which is coarse and not for science.",
                 {"quicklook", "science"}),
      image_number("size", "N", &Settings::image_size,
                   "Pixels on a side; without it from --pb-cut.", 0, 32768),
      image_text("scale", "ANGLE", &Settings::image_scale,
                 "Side of a pixel, like 3arcsec; without it from the baselines and the weighting."),
      image_text("weighting", "HOW", &Settings::weighting,
                 "Weighting: natural, uniform or 'briggs R'."),
      image_number("niter", "N", &Settings::niter, "Most components of the model.", 0, 1e+08),
      image_number("mgain", "GAIN", &Settings::mgain,
                   "Share of the peak that is cleaned before the residual is made anew.", 0.05, 1),
      image_number("auto_mask", "SIGMA", &Settings::auto_mask,
                   "Clean down to this many times the noise, and then where something was found.",
                   0, 1e+06),
      image_number("auto_threshold", "SIGMA", &Settings::auto_threshold,
                   "End at this many times the noise.", 0, 1e+06),
      image_text("threshold", "FLUX", &Settings::threshold,
                 "End at this flux density, in Jy, mJy or uJy, too."),
      image_number("min_uv_l", "LAMBDA", &Settings::min_uv_l,
                   "Leave out shorter baselines, in wavelengths.", 0, 1e+07),
      image_number("accuracy", "SHARE", &Settings::accuracy,
                   "Accuracy of WSClean's gridding; 0.0001 for bright sources, at a price.", 1e-6,
                   0.1),
      image_number("nterms", "N", &Settings::nterms,
                   "Terms of the spectrum that is fitted to components; 1: none.", 1, 4),
      image_number("max_smearing", "SHARE", &Settings::max_smearing,
                   "Most of a source's peak that averaging may take at the image's edge.", 0, 0.5),
      image_number("steady_sources", "N", &Settings::steady_sources,
                   "Bright catalogue sources whose drift through the beam is taken out, at most.",
                   0, 10000),
      image_number("pb_cut", "RESPONSE", &Settings::pb_cut,
                   "The image reaches to this response of the primary beam, and is blank below.",
                   0.01, 0.95),
      image_number("timeout", "S", &Settings::image_timeout_s,
                   "Seconds after which WSClean is ended.", 1, 1e+06),
      image_number("stall_timeout", "S", &Settings::image_stall_timeout_s,
                   "Seconds without output or work after which WSClean is ended.", 1, 1e+06),
      image_number("memory_gb", "GB", &Settings::image_memory_gb, "Memory that WSClean may use.",
                   0.5, 1024)};
  for (const Setting& gate : gate_rows()) rows.push_back(gate);
  return rows;
}

}  // namespace contimg
