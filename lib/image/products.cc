// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/products.h"

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "photometry/background.h"

namespace contimg::image {
namespace {

std::string card_text(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "''" : std::string(1, letter);
  return quoted + "'";
}

std::string card_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

bool present(const fits::Image* image) { return image != nullptr && !image->pixels.empty(); }

// A map with the band and the time of the image that it belongs to.
fits::Image map_of(fits::Image map, const fits::Image& image) {
  map.frequency_hz = image.frequency_hz;
  map.bandwidth_hz = image.bandwidth_hz;
  map.object = image.object;
  map.telescope = image.telescope;
  map.start_mjd = image.start_mjd;
  map.beam.reset();
  return map;
}

// Products that lie aside until all are written.
class Products {
 public:
  Products(std::string stem, const ProductHeader& header)
      : stem_(std::move(stem)), header_(header) {
    outputs_.reserve(kMost);
  }

  void add(const std::string& kind, const std::string& unit, fits::Image image) {
    image.unit = unit;
    set_header(image, header_);
    outputs_.emplace_back(stem_ + "-" + kind + ".fits", this_process(0), true);
    fits::write_image(outputs_.back(), image);
  }

  // Flushed before, so that the renames follow each other at once.
  std::vector<std::string> commit() {
    std::vector<std::string> paths;
    for (const AtomicOutput& output : outputs_) fsync_tree(output.path());
    for (std::size_t i = outputs_.size(); i-- > 0;) outputs_[i].commit();
    for (const AtomicOutput& output : outputs_) paths.push_back(output.final_path());
    return paths;
  }

 private:
  static constexpr std::size_t kMost = 8;
  std::string stem_;
  const ProductHeader& header_;
  std::vector<AtomicOutput> outputs_;
};

}  // namespace

void set_header(fits::Image& image, const ProductHeader& header) {
  if (!header.object.empty()) image.object = header.object;
  if (!header.telescope.empty()) image.telescope = header.telescope;
  if (std::isfinite(header.start_mjd)) image.start_mjd = header.start_mjd;
  if (header.duration_s > 0) image.duration_s = header.duration_s;
  image.cards["GROUPID"] = card_text(header.group_id);
  if (!header.calibration_set.empty()) image.cards["CALSET"] = card_text(header.calibration_set);
  image.cards["TIER"] = card_text(header.tier);
  image.cards["SCIENCE"] = header.for_science ? "T" : "F";
  image.cards["QAVERD"] = card_text(header.verdict);
  image.cards["SMEARMAX"] = card_number(header.smearing_max);
  image.history.insert(image.history.begin(), header.history.begin(), header.history.end());
}

fits::Image divided_by_beam(fits::Image image, const fits::Image& beam, double cut) {
  if (image.n_x != beam.n_x || image.n_y != beam.n_y)
    throw std::invalid_argument("an image and a beam of different grids");
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<double>(beam.pixels[i]) >= cut && beam.pixels[i] > 0
                          ? image.pixels[i] / beam.pixels[i]
                          : std::numeric_limits<float>::quiet_NaN();
  return image;
}

fits::Image local_rms_image(const fits::Image& residual) {
  // What has no beam is not known to hang together over more than some pixels.
  const photometry::Ellipse beam =
      residual.beam ? photometry::beam_of(residual) : photometry::Ellipse{4, 4, 0};
  fits::Image rms = residual;
  rms.pixels = photometry::Background(photometry::Plane(residual), beam).rms_map();
  return rms;
}

std::vector<std::string> write_products(const CleanedImages& cleaned, const fits::Image& beam,
                                        const fits::Image* smearing, const ProductHeader& header,
                                        double cut, const std::string& stem) {
  Products products(stem, header);
  products.add("image", "Jy/beam", cleaned.image);
  const bool was_cleaned = present(cleaned.residual);
  fits::Image residual = was_cleaned ? *cleaned.residual : cleaned.image;
  residual.beam = cleaned.image.beam;
  if (was_cleaned) products.add("residual", "Jy/beam", residual);
  residual = local_rms_image(residual);
  products.add("rms", "Jy/beam", divided_by_beam(std::move(residual), beam, cut));
  if (present(cleaned.psf)) products.add("psf", "", *cleaned.psf);
  if (present(cleaned.model)) {
    fits::Image model = *cleaned.model;
    model.beam.reset();
    products.add("model", "Jy/pixel", std::move(model));
  }
  products.add("pb", "", map_of(beam, cleaned.image));
  if (present(smearing)) products.add("smearing", "", map_of(*smearing, cleaned.image));
  products.add("image-pbcor", "Jy/beam", divided_by_beam(cleaned.image, beam, cut));
  return products.commit();
}

}  // namespace contimg::image
