// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "fits/image.h"

namespace contimg::image {

/// What WSClean made. What it did not (of an image that was not cleaned) is null or has no pixels.
struct CleanedImages {
  const fits::Image& image;
  const fits::Image* residual = nullptr;
  const fits::Image* psf = nullptr;
  const fits::Image* model = nullptr;
};

/// What products say of themselves beside what WSClean knows: cards in docs/formats/image.md.
struct ProductHeader {
  std::string group_id;         ///< GROUPID
  std::string object;           ///< OBJECT; empty: as WSClean has it.
  std::string telescope;        ///< TELESCOP; empty: as WSClean has it.
  std::string calibration_set;  ///< CALSET; empty: uncalibrated, no card.
  std::string tier;             ///< TIER
  bool for_science = true;      ///< SCIENCE
  std::string verdict;          ///< QAVERD
  double smearing_max = 0;      ///< SMEARMAX: most of a peak that smearing takes within the cut.
  double start_mjd = std::numeric_limits<double>::quiet_NaN();  ///< NaN: as WSClean has it.
  double duration_s = 0;                                        ///< EXPTIME
  std::vector<std::string> history;  ///< Provenance, before WSClean's own lines.
};

/// Puts that header onto an image; the image's beam, unit, axes and other cards stay.
void set_header(fits::Image& image, const ProductHeader& header);

/// image / beam; NaN where the beam is below the cut.
/// Given: two images of the same grid. Throws std::invalid_argument when they are not.
fits::Image divided_by_beam(fits::Image image, const fits::Image& beam, double cut);

/// Local rms of a residual as an image of its own.
fits::Image local_rms_image(const fits::Image& residual);

/// Writes `<stem>-{image,residual,psf,model,pb,image-pbcor,rms}.fits`, and `<stem>-smearing.fits`
/// when there is one, all aside at first, then put in place one right after the other with
/// `-image.fits` last: where that is new, so are the others. Older ones are replaced.
///
/// Given: WSClean's images; the beam's power response on their grid; what smearing leaves, on a
/// grid of its own, or null; the cut below which image-pbcor and rms are blank.
/// Returned: the paths, the image's first. Throws TemporaryError for the disk,
/// std::invalid_argument for different grids.
std::vector<std::string> write_products(const CleanedImages& cleaned, const fits::Image& beam,
                                        const fits::Image* smearing, const ProductHeader& header,
                                        double cut, const std::string& stem);

}  // namespace contimg::image
