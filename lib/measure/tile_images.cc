// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/tile_images.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cmath>

#include "base/error.h"

namespace contimg::measure {
namespace {

const std::string kSuffix = "-image.fits";

std::string stem_of(const std::string& path) {
  if (path.size() > kSuffix.size() &&
      path.compare(path.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0)
    return path.substr(0, path.size() - kSuffix.size());
  throw DataError(path + ": not an image of image-ms, expected a name ending in " + kSuffix +
                  " with its primary beam, -pb.fits, beside it");
}

void require_measurable(const fits::Image& image, const std::string& path) {
  if (image.unit != "Jy/beam")
    throw DataError(path + ": unit '" + image.unit +
                    "', expected Jy/beam: a restored image, not a model or a beam");
  if (!image.beam || !(image.beam->major_rad > 0) || !(image.beam->minor_rad > 0))
    throw DataError(path +
                    ": no restoring beam (BMAJ, BMIN, BPA), expected one; make the image again");
  const bool any = std::any_of(image.pixels.begin(), image.pixels.end(),
                               [](float value) { return std::isfinite(value) && value != 0; });
  if (!any)
    throw DataError(path +
                    ": all pixels are blank or 0, expected an image; see why image-ms "
                    "could make none, e.g. that all data are flagged");
}

bool same_grid(const fits::Image& a, const fits::Image& b) {
  if (a.n_x != b.n_x || a.n_y != b.n_y) return false;
  const auto at = [&](const fits::Image& image) { return image.wcs.pixel_of(a.wcs.centre()); };
  const auto first = at(a), second = at(b);
  return first && second && std::hypot(first->x - second->x, first->y - second->y) < 0.01;
}

fits::Image read_beside(const std::string& path, const fits::Image& image,
                        const std::string& image_path) {
  fits::Image beside = fits::read_image(path);
  if (!same_grid(image, beside))
    throw DataError(path + ": another grid than " + image_path +
                    ", expected that of the image; run image-ms again with --overwrite");
  return beside;
}

Epoch epoch_of(const fits::Image& image, const std::string& path) {
  Epoch epoch;
  epoch.image_path = boost::filesystem::absolute(path).lexically_normal().string();
  epoch.group_id = image.card_text("GROUPID");
  if (epoch.group_id.empty())
    epoch.group_id = boost::filesystem::path(stem_of(path)).filename().string();
  epoch.mid_mjd = image.start_mjd + image.duration_s / 2 / 86400;
  epoch.centre = image.wcs.centre();
  epoch.frequency_hz = image.frequency_hz;
  epoch.major_rad = image.beam->major_rad;
  epoch.minor_rad = image.beam->minor_rad;
  epoch.position_angle_rad = image.beam->position_angle_rad;
  epoch.verdict = image.card_text("QAVERD");
  epoch.calibration_set = image.card_text("CALSET");
  epoch.tier = image.card_text("TIER");
  epoch.science = image.card_text("SCIENCE") != "F";
  return epoch;
}

}  // namespace

TileImages read_tile(const std::string& image_path) {
  const std::string stem = stem_of(image_path);
  TileImages tile;
  tile.path = image_path;
  tile.image = fits::read_image(image_path);
  require_measurable(tile.image, image_path);
  const std::string beam_path = stem + "-pb.fits", smearing_path = stem + "-smearing.fits";
  if (!boost::filesystem::exists(beam_path))
    throw DataError(beam_path +
                    ": not there, expected the primary beam beside the image; run "
                    "image-ms again with --overwrite");
  tile.beam = read_beside(beam_path, tile.image, image_path);
  if (boost::filesystem::exists(smearing_path))
    tile.smearing = fits::read_image(smearing_path);
  else
    spdlog::warn("{}: not there, flux densities are not corrected for smearing", smearing_path);
  const std::vector<std::string> layers = {stem + "-residual.fits", stem + "-model.fits",
                                           stem + "-psf.fits"};
  const auto absent = std::find_if_not(layers.begin(), layers.end(), [](const std::string& path) {
    return boost::filesystem::exists(path);
  });
  if (absent == layers.end()) {
    tile.residual = read_beside(layers[0], tile.image, image_path);
    tile.model = read_beside(layers[1], tile.image, image_path);
    tile.dirty_beam = read_beside(layers[2], tile.image, image_path);
  } else {
    spdlog::warn("{}: not there, faint sources are taken for cleaned", *absent);
  }
  tile.epoch = epoch_of(tile.image, image_path);
  return tile;
}

void require_science(const Epoch& epoch) {
  const std::string remedy = "; --force-quality measures it all the same";
  if (epoch.verdict == "FAIL")
    throw DataError(epoch.image_path +
                    ": failed its quality gates (QAVERD), expected PASS or WARN" + remedy);
  if (!epoch.science)
    throw DataError(epoch.image_path +
                    ": not for science (quicklook, or uncalibrated data), expected a science "
                    "image" +
                    remedy);
}

}  // namespace contimg::measure
