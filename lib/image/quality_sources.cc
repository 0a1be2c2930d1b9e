// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/quality_sources.h"

#include "fits/sample.h"
#include "skymodel/catalogue.h"

namespace contimg::image {

std::vector<ExpectedSource> expected_sources(const std::string& catalogue, const fits::Image& beam,
                                             const fits::Image* smearing, double frequency_hz,
                                             double min_response, double min_apparent_jy) {
  skymodel::Catalogue sources(catalogue);
  skymodel::Cone cone;
  cone.centre = beam.wcs.centre();
  cone.radius_rad = fits::radius_rad(beam);
  cone.frequency_hz = frequency_hz;
  cone.minimum_flux_jy = min_apparent_jy;
  std::vector<ExpectedSource> expected;
  for (const skymodel::ConeMatch& match : sources.cone(cone)) {
    ExpectedSource source;
    source.position = match.source.position;
    source.response = fits::value_at(beam, source.position);
    const double left = smearing == nullptr ? 1 : fits::value_at(*smearing, source.position);
    source.apparent_jy = match.apparent_jy * source.response * left;
    if (source.response >= min_response && source.apparent_jy >= min_apparent_jy)
      expected.push_back(source);
  }
  return expected;
}

}  // namespace contimg::image
