// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/refant.h"

#include <algorithm>

namespace contimg::calibrate {
namespace {

constexpr double kHealthy = 0.5;

}  // namespace

bool is_called(const std::string& name, const std::string& wanted) {
  if (name == wanted) return true;
  const std::size_t last_other = name.find_last_not_of("0123456789");
  return last_other != std::string::npos && name.substr(last_other + 1) == wanted;
}

std::vector<std::string> dsa110_refants() {
  return {"104", "105", "106", "107", "108", "109", "110",
          "111", "112", "113", "114", "115", "116", "103"};
}

std::optional<std::size_t> choose_refant(Span<const AntennaHealth> antennas,
                                         Span<const std::string> preferred) {
  const auto index = [&](const AntennaHealth* antenna) {
    return static_cast<std::size_t>(antenna - antennas.begin());
  };
  for (const std::string& wanted : preferred) {
    if (wanted.empty()) continue;
    const auto found = std::find_if(antennas.begin(), antennas.end(), [&](const AntennaHealth& a) {
      return is_called(a.name, wanted) && a.flagged_fraction < kHealthy;
    });
    if (found != antennas.end()) return index(found);
  }
  const auto best = std::min_element(antennas.begin(), antennas.end(),
                                     [](const AntennaHealth& a, const AntennaHealth& b) {
                                       return a.flagged_fraction < b.flagged_fraction;
                                     });
  if (best == antennas.end() || !(best->flagged_fraction < kHealthy)) return std::nullopt;
  return index(best);
}

}  // namespace contimg::calibrate
