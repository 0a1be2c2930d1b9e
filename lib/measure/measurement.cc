// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/measurement.h"

namespace contimg::measure {

std::string flag_names(std::uint32_t flags) {
  static const std::vector<std::pair<Flag, const char*>> kNames = {
      {kEdge, "edge"},
      {kBlended, "blended"},
      {kLowBeam, "low_beam"},
      {kNearBright, "near_bright"},
      {kExtended, "extended"},
      {kSmeared, "smeared"},
      {kPoorFit, "poor_fit"},
      {kNoCatalogueFlux, "no_catalogue_flux"},
      {kUnreliable, "unreliable"}};
  std::string names;
  for (const auto& [flag, name] : kNames)
    if ((flags & flag) != 0) names += (names.empty() ? "" : " ") + std::string(name);
  return names;
}

}  // namespace contimg::measure
