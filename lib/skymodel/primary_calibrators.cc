// SPDX-License-Identifier: GPL-3.0-or-later
#include "skymodel/primary_calibrators.h"

#include <algorithm>
#include <cctype>

#include "astro/constants.h"

namespace contimg::skymodel {
namespace {

/// Sexagesimal place, hours and degrees, all six here being north of the equator.
astro::Direction place(double h, double m, double s, double d, double arcmin, double arcsec) {
  return {((s / 60 + m) / 60 + h) * 15 * astro::kDegree,
          ((arcsec / 60 + arcmin) / 60 + d) * astro::kDegree};
}

PrimaryCalibrator primary(const std::string& name, const astro::Direction& position,
                          std::vector<double> log_polynomial, std::vector<std::string> aliases) {
  PrimaryCalibrator calibrator;
  calibrator.component.name = name;
  calibrator.component.position = position;
  calibrator.component.log_polynomial = std::move(log_polynomial);
  calibrator.component.reference_frequency_hz = 1.4e9;
  calibrator.component.flux_jy = flux_density_jy(calibrator.component, 1.4e9);
  calibrator.aliases = std::move(aliases);
  return calibrator;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

const std::vector<PrimaryCalibrator>& primary_calibrators() {
  static const std::vector<PrimaryCalibrator> calibrators = {
      primary("0137+331", place(1, 37, 41.299431, 33, 9, 35.13299),
              {1.3253, -0.7553, -0.1914, 0.0498}, {"3C48", "J0137+3309", "0134+329"}),
      primary("0521+166", place(5, 21, 9.886021, 16, 38, 22.05122),
              {1.0088, -0.4981, -0.1552, -0.0102, 0.0223}, {"3C138", "J0521+1638", "0518+165"}),
      primary("0542+498", place(5, 42, 36.137916, 49, 51, 7.23356),
              {1.4516, -0.6961, -0.2007, 0.0640, -0.0464, 0.0289},
              {"3C147", "J0542+4951", "0538+498"}),
      primary("0813+482", place(8, 13, 36.0518, 48, 13, 2.262),
              {1.2872, -0.8530, -0.1534, -0.0200, 0.0201}, {"3C196", "J0813+4813", "0809+483"}),
      primary("1331+305", place(13, 31, 8.287984, 30, 30, 32.95885),
              {1.2481, -0.4507, -0.1798, 0.0357}, {"3C286", "J1331+3030", "1328+307"}),
      primary("1411+522", place(14, 11, 20.6477, 52, 12, 9.141),
              {1.4701, -0.7658, -0.2780, -0.0347, 0.0399}, {"3C295", "J1411+5212", "1409+524"})};
  return calibrators;
}

std::optional<PrimaryCalibrator> find_primary_calibrator(const std::string& name) {
  const std::string wanted = upper(name);
  for (const PrimaryCalibrator& calibrator : primary_calibrators()) {
    if (upper(calibrator.component.name) == wanted) return calibrator;
    for (const std::string& alias : calibrator.aliases)
      if (upper(alias) == wanted) return calibrator;
  }
  return std::nullopt;
}

}  // namespace contimg::skymodel
