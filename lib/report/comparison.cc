// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "report/words.h"

namespace contimg::report {
namespace {

// What two good groups of a night usually differ by: the noise of neighbouring tiles by less than a
// tenth, the beam by the hour angle's few percent, flags by a few percent of the data. A subband or an
// antenna less is worth telling at once, and counts twice as a sixteenth of the band does.
constexpr double kUsualRmsRatio = 0.15, kUsualBeamRatio = 0.05, kUsualFluxRatio = 0.1;
constexpr double kUsualFlaggedShare = 0.03, kUsualSubbands = 0.5, kUsualAntennas = 1;
constexpr double kUsualDec_deg = 0.5, kUsualAge_h = 3;
// Another version or other settings may change anything; another set is what every few hours brings.
constexpr double kVersionSize = 4, kSettingsSize = 3, kTierSize = 5, kSetSize = 1;

class Table {
 public:
  using Shown = std::function<std::string(double)>;

  void ratio(const char* what, double here, double there, double usual, const Shown& shown) {
    if (!(here > 0) || !(there > 0)) return;
    add({what, shown(here), shown(there), std::abs(std::log(here / there)) / std::log1p(usual)});
  }
  void difference(const char* what, double here, double there, double usual, const Shown& shown) {
    if (!std::isfinite(here) || !std::isfinite(there)) return;
    add({what, shown(here), shown(there), std::abs(here - there) / usual});
  }
  void words(const std::string& what, const std::string& here, const std::string& there,
             double size) {
    if (here != there && !here.empty() && !there.empty()) add({what, here, there, size});
  }
  void add(const Difference& one) {
    if (one.size >= 1) found_.push_back(one);
  }
  std::vector<Difference> sorted() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Difference& a, const Difference& b) { return a.size > b.size; });
    return found_;
  }

 private:
  std::vector<Difference> found_;
};

std::string arcsec(double value) { return fixed(value, 1) + "\""; }
std::string count(double value) { return fixed(value, 0); }
std::string degrees(double value) { return fixed(value, 2) + " deg"; }
std::string hours(double value) { return fixed(value, 1) + " h"; }
std::string times(double value) { return fixed(value, 3); }

// Options that one command has and the other has not: what stays of "-niter 100" beside "-niter 200".
std::string only_in(const std::string& text, const std::string& other) {
  const auto options = [](const std::string& command) {
    std::istringstream words(command);
    std::vector<std::string> list;
    for (std::string one; words >> one;) {
      const bool begins = one.size() > 1 && one[0] == '-' && (one[1] < '0' || one[1] > '9');
      if (begins || list.empty())
        list.push_back(one);
      else
        list.back() += " " + one;
    }
    return list;
  };
  const std::vector<std::string> others = options(other);
  std::string result;
  for (const std::string& one : options(text))
    if (std::find(others.begin(), others.end(), one) == others.end())
      result += (result.empty() ? "" : " ") + one;
  return result.empty() ? "(less)" : result;
}

}  // namespace

std::vector<Difference> differences(const Portrait& here, const Portrait& there) {
  Table table;
  table.ratio("noise", here.rms_jy, there.rms_jy, kUsualRmsRatio, flux);
  table.ratio("beam, major axis", here.beam_major_arcsec, there.beam_major_arcsec, kUsualBeamRatio,
              arcsec);
  table.ratio("beam, minor axis", here.beam_minor_arcsec, there.beam_minor_arcsec, kUsualBeamRatio,
              arcsec);
  table.ratio("flux densities over the catalogue's", here.flux_ratio, there.flux_ratio,
              kUsualFluxRatio, times);
  table.difference("flagged share", here.flagged_share, there.flagged_share, kUsualFlaggedShare,
                   percent);
  table.difference("subbands", here.n_subbands, there.n_subbands, kUsualSubbands, count);
  table.difference("antennas with data", here.n_antennas, there.n_antennas, kUsualAntennas, count);
  table.difference("declination of the pointing", here.dec_deg, there.dec_deg, kUsualDec_deg,
                   degrees);
  table.difference("age of the calibration", here.calibration_age_h, there.calibration_age_h,
                   kUsualAge_h, hours);
  table.words("calibration set", here.calibration_set, there.calibration_set, kSetSize);
  table.words("tier", here.tier, there.tier, kTierSize);
  if (here.settings != there.settings && !here.settings.empty() && !there.settings.empty())
    table.add({"settings of the imager", only_in(here.settings, there.settings),
               only_in(there.settings, here.settings), kSettingsSize});
  for (const auto& [stage, version] : here.versions) {
    const auto other = there.versions.find(stage);
    if (other != there.versions.end())
      table.words("version, " + stage, version, other->second, kVersionSize);
  }
  return table.sorted();
}

}  // namespace contimg::report
