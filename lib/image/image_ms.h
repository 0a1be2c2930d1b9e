// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/averaging.h"
#include "image/engine.h"
#include "image/quality.h"

namespace contimg::image {

struct ScienceTile;  // injection_plan.h

/// How a set is imaged.
struct ImageMsSettings {
  std::string image_dir;    ///< Products go to `<image_dir>/<date>/<group_id>-*`.
  std::string group_id;     ///< Empty: the name of the set, without .ms.
  std::string tmpfs_dir;    ///< For imaging sets and WSClean's files, when they fit; empty: none.
  std::string scratch_dir;  ///< For these otherwise; empty: beside the products.
  double disk_floor_byte = 0;  ///< Nothing is begun with less room for the products.
  std::string tier = "science";
  AveragingSettings averaging;  ///< Its field is filled in.
  GridSettings grid;
  EngineSettings engine;  ///< Its grid is filled in.
  std::string catalogue;  ///< Empty: none to compare with.
  QualityLimits limits;
  std::optional<double> strip_rms_jy;  ///< Rolling median of this declination's images.
  /// Images of the same data, whose beam and smearing maps hold for this one too; they outlive the
  /// work. Null: the maps are computed, and the image is judged.
  const ScienceTile* maps_of = nullptr;
  bool plot = true;
  bool overwrite = false;
  std::int64_t token = 0;  ///< The claim's, in the names of what is temporary.
  std::string command_line;
};

/// Hooks; all may be empty.
struct ImageObserver {
  std::function<void(double share)> averaging, cleaning;  ///< From 0 to 1.
  std::function<void()> check;                            ///< Called often; throws to end the work.
};

struct ImageProduct {
  std::string path;
  std::string kind;  ///< "image", "image_pbcor", "residual", ..., "plot".
};

/// What became of a set.
struct ImageReport {
  std::string group_id, ms_path, tier;
  bool for_science = true;
  std::vector<ImageProduct> products;  ///< The image first; then other FITS files, then pictures.
  std::string field;
  double start_mjd = 0, duration_s = 0;
  astro::Direction centre;
  std::size_t n_pixel = 0;
  double pixel_rad = 0, frequency_hz = 0, bandwidth_hz = 0, pb_cut = 0;
  fits::Beam beam;
  DataOrigin origin = DataOrigin::corrected_column;
  std::vector<std::string> tables;
  std::string calibration_set;  ///< Its name, or the tables' when they were named by hand.
  std::size_t n_input = 0, n_good = 0, n_output = 0;  ///< Visibilities before and after averaging.
  std::size_t n_set = 0, n_steady = 0;  ///< Imaging sets; sources whose drift was taken out.
  double averaging_loss = 0, smearing_max = 0;
  EngineLog log;
  std::string engine_command, redone_because;  ///< Empty: the first clean was sound.
  double cleaned_flux_jy = 0;
  QualityFigures figures;
  quality::Verdict verdict;
  double average_s = 0, clean_s = 0, finish_s = 0, total_s = 0;

  const std::string& image_path() const { return products.front().path; }
};

/// What a set is called where nobody named its group: its name without .ms.
std::string group_id_of(const std::string& ms_path);

/// Images a calibrated Measurement Set: averages it into small sets, has WSClean clean them, and
/// writes `<stem>-{image,residual,psf,model,pb,image-pbcor,rms,smearing}.fits`, `<stem>-image.png`
/// and `<stem>-thumbnail.png`, where stem is `<image_dir>/<date>/<group_id>`. All FITS files appear
/// one right after the other when everything has succeeded, the image last; whatever else was
/// written is gone, however it ends.
///
/// Throws ProductExists without `overwrite`; otherwise as average_for_imaging(), beam_extent_rad(),
/// run_until_sound() and write_products(), and DataError when `maps_of` has another grid. A picture
/// that cannot be drawn, and a clean that was done again, are warned about. A verdict FAIL is no error:
/// the image is there to be looked at.
ImageReport image_ms(const std::string& ms_path, const ImageMsSettings& settings,
                     const ImageObserver& observer = {});

}  // namespace contimg::image
