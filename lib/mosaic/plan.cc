// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iterator>
#include <map>

#include "astro/constants.h"
#include "base/median.h"

namespace contimg::mosaic {
namespace {

using Tiles = std::vector<Candidate>;

// Text that a tile is left out for; empty: it stays.
using Reason = std::function<std::string(const Candidate&)>;

std::string text(const char* pattern, double a, double b) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, pattern, a, b);
  return buffer;
}

double ra_rad(const Candidate& tile) { return tile.tile.header.wcs.centre().ra_rad; }
double dec_rad(const Candidate& tile) { return tile.tile.header.wcs.centre().dec_rad; }
double width_rad(const Candidate& tile) {
  return static_cast<double>(tile.tile.header.n_x) * tile.tile.header.wcs.pixel_rad();
}
bool earlier(const Candidate& a, const Candidate& b) { return a.tile.mid_mjd < b.tile.mid_mjd; }

double mean_dec_rad(const Tiles& tiles) {
  double sum = 0;
  for (const Candidate& tile : tiles) sum += dec_rad(tile);
  return sum / static_cast<double>(tiles.size());
}

// What lies beside the window was not asked for, and nobody misses it.
void tell(const Candidate& tile, const std::string& reason, std::vector<LeftOut>& left_out) {
  if (tile.in_window) left_out.push_back({tile.tile.group_id, tile.tile.image_path, reason});
}

void leave_out(Tiles& tiles, const Reason& reason, std::vector<LeftOut>& left_out) {
  Tiles kept;
  for (Candidate& tile : tiles) {
    const std::string why = reason(tile);
    if (why.empty())
      kept.push_back(std::move(tile));
    else
      tell(tile, why, left_out);
  }
  tiles = std::move(kept);
}

std::string quality_reason(const Candidate& tile, const PlanSettings& settings) {
  if (tile.tier != settings.tier)
    return "tier '" + tile.tier + "', expected '" + settings.tier + "'";
  if (tile.verdict == "FAIL") return "it failed its quality gates (QAVERD)";
  if (settings.tier == "science" && !tile.science) return "not for science (SCIENCE)";
  if (tile.calibration_set.empty()) return "uncalibrated (no CALSET)";
  return "";
}

void drop_duplicates(Tiles& tiles, std::vector<LeftOut>& left_out) {
  std::map<std::string, std::size_t> newest;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const auto [known, is_new] = newest.emplace(tiles[i].tile.group_id, i);
    // Of two that are as old the last one named.
    if (!is_new && tiles[i].made_unix_s >= tiles[known->second].made_unix_s) known->second = i;
  }
  Tiles kept;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Candidate& other = tiles[newest.at(tiles[i].tile.group_id)];
    if (newest.at(tiles[i].tile.group_id) == i)
      kept.push_back(tiles[i]);
    else if (other.tile.image_path == tiles[i].tile.image_path)
      tell(tiles[i], "it is named twice", left_out);
    else
      tell(tiles[i], "a newer image of its group is " + other.tile.image_path, left_out);
  }
  tiles = std::move(kept);
}

std::string form_reason(const Candidate& tile) {
  const fits::Image& header = tile.tile.header;
  if (header.unit != "Jy/beam") return "unit '" + header.unit + "', expected 'Jy/beam'";
  if (!header.beam || !(header.beam->area_sr() > 0))
    return "no restoring beam, expected BMAJ, BMIN and BPA";
  if (!(header.frequency_hz > 0)) return "no frequency, expected an axis FREQ";
  return "";
}

// Declinations in order, in runs that are no longer than the tolerance.
std::vector<Tiles> by_declination(Tiles tiles, double tolerance_rad) {
  std::stable_sort(tiles.begin(), tiles.end(),
                   [](const Candidate& a, const Candidate& b) { return dec_rad(a) < dec_rad(b); });
  std::vector<Tiles> strips;
  for (Candidate& tile : tiles) {
    if (strips.empty() || dec_rad(tile) - dec_rad(strips.back().front()) > tolerance_rad)
      strips.emplace_back();
    strips.back().push_back(std::move(tile));
  }
  return strips;
}

void drop_misfits(Tiles& tiles, std::vector<LeftOut>& left_out) {
  std::vector<double> frequencies, areas;
  for (const Candidate& tile : tiles) {
    frequencies.push_back(tile.tile.header.frequency_hz);
    areas.push_back(tile.tile.header.beam->area_sr());
  }
  const double frequency = median(frequencies), area = median(areas);
  const auto differs = [](double a, double b, double most) {
    return std::max(a / b, b / a) > most;
  };
  leave_out(
      tiles,
      [&](const Candidate& tile) -> std::string {
        const fits::Image& header = tile.tile.header;
        if (differs(header.frequency_hz, frequency, kMostFrequency))
          return text("frequency %.1f MHz, expected %.1f MHz, the median of its strip, within 1 %%",
                      header.frequency_hz / 1e6, frequency / 1e6);
        if (differs(header.beam->area_sr(), area, kMostBeamArea))
          return text("beam area %.2f times the median of its strip, expected 1 within a factor %g",
                      header.beam->area_sr() / area, kMostBeamArea);
        return "";
      },
      left_out);
}

// Distance eastwards from one tile to another on their circle.
double east_rad(const Candidate& from, const Candidate& to, double cos_dec) {
  double turn = std::fmod(ra_rad(to) - ra_rad(from), 2 * astro::kPi);
  if (turn < 0) turn += 2 * astro::kPi;
  return turn * cos_dec;
}

// Runs along right ascension without a gap larger than the tiles; each begins at its west end.
std::vector<Tiles> contiguous(Tiles tiles) {
  const double cos_dec = std::cos(mean_dec_rad(tiles));
  std::stable_sort(tiles.begin(), tiles.end(),
                   [](const Candidate& a, const Candidate& b) { return ra_rad(a) < ra_rad(b); });
  const auto gap_before = [&](std::size_t i) {
    const Candidate& before = tiles[(i + tiles.size() - 1) % tiles.size()];
    if (tiles.size() == 1) return false;
    // The tile before the first may be the whole circle away, or at the same place.
    const double apart = east_rad(before, tiles[i], cos_dec);
    return apart > (width_rad(before) + width_rad(tiles[i])) / 2;
  };
  // Where to cut the circle: at a gap, or before the earliest tile.
  std::size_t start = 0;
  while (start < tiles.size() && !gap_before(start)) ++start;
  if (start == tiles.size())
    start = static_cast<std::size_t>(std::min_element(tiles.begin(), tiles.end(), earlier) -
                                     tiles.begin());
  std::vector<Tiles> runs(1);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::size_t at = (start + i) % tiles.size();
    if (i > 0 && gap_before(at)) runs.emplace_back();
    runs.back().push_back(tiles[at]);
  }
  return runs;
}

// Tiles of the window, with the nearest others before and after it.
Tiles within_window(const Tiles& run, std::size_t margin) {
  Tiles inside, before, after;
  for (const Candidate& tile : run)
    if (tile.in_window) inside.push_back(tile);
  if (inside.empty()) return inside;
  const double first = std::min_element(inside.begin(), inside.end(), earlier)->tile.mid_mjd;
  const double last = std::max_element(inside.begin(), inside.end(), earlier)->tile.mid_mjd;
  for (const Candidate& tile : run) {
    if (tile.in_window) continue;
    if (tile.tile.mid_mjd < first) before.push_back(tile);
    if (tile.tile.mid_mjd > last) after.push_back(tile);
  }
  std::sort(before.begin(), before.end(),
            [](const Candidate& a, const Candidate& b) { return earlier(b, a); });
  std::sort(after.begin(), after.end(), earlier);
  before.resize(std::min(before.size(), margin));
  after.resize(std::min(after.size(), margin));
  // Still along right ascension.
  const auto chosen = [&](const Candidate& tile) {
    const auto same = [&](const Candidate& other) {
      return other.tile.group_id == tile.tile.group_id;
    };
    return tile.in_window || std::any_of(before.begin(), before.end(), same) ||
           std::any_of(after.begin(), after.end(), same);
  };
  Tiles result;
  std::copy_if(run.begin(), run.end(), std::back_inserter(result), chosen);
  return result;
}

// In the fewest runs of nearly equal number of which none is too long or has too many.
std::vector<Tiles> in_pieces(const Tiles& run, std::size_t most) {
  const double cos_dec = std::cos(mean_dec_rad(run));
  for (std::size_t n = (run.size() + most - 1) / most;; ++n) {
    std::vector<Tiles> pieces;
    bool short_enough = true;
    for (std::size_t i = 0; i < n; ++i) {
      const auto at = [&](std::size_t piece) {
        return run.begin() + static_cast<std::ptrdiff_t>(piece * run.size() / n);
      };
      pieces.emplace_back(at(i), at(i + 1));
      double length = 0;
      for (std::size_t j = 1; j < pieces.back().size(); ++j)
        length += east_rad(pieces.back()[j - 1], pieces.back()[j], cos_dec);
      short_enough = short_enough && length <= kLongestStrip_rad;
    }
    if (short_enough || n >= run.size()) return pieces;
  }
}

void add_strip(Tiles members, const PlanSettings& settings, Plan& plan) {
  PlannedStrip strip;
  strip.dec_rad = mean_dec_rad(members);
  std::stable_sort(members.begin(), members.end(), earlier);
  if (members.size() >= settings.min_members) {
    strip.members = std::move(members);
    plan.mosaics.push_back(std::move(strip));
    return;
  }
  const std::string few = std::to_string(members.size()) +
                          (members.size() == 1 ? " tile" : " tiles") + ", expected at least " +
                          std::to_string(settings.min_members);
  plan.too_few.push_back("strip at declination " +
                         text("%+.2f degrees, right ascension %.2f", strip.dec_rad / astro::kDegree,
                              ra_rad(members.front()) / astro::kDegree) +
                         ": " + few);
  for (const Candidate& tile : members) tell(tile, "its strip has " + few, plan.left_out);
}

}  // namespace

Plan make_plan(std::vector<Candidate> candidates, const PlanSettings& settings) {
  Plan plan;
  if (!settings.force_quality)
    leave_out(
        candidates, [&](const Candidate& tile) { return quality_reason(tile, settings); },
        plan.left_out);
  drop_duplicates(candidates, plan.left_out);
  leave_out(candidates, form_reason, plan.left_out);
  for (Tiles& strip : by_declination(std::move(candidates), settings.strip_tolerance_rad)) {
    drop_misfits(strip, plan.left_out);
    if (strip.empty()) continue;
    for (const Tiles& run : contiguous(std::move(strip))) {
      const Tiles chosen = within_window(run, settings.margin);
      if (chosen.empty()) continue;
      for (Tiles& piece : in_pieces(chosen, settings.max_members))
        add_strip(std::move(piece), settings, plan);
    }
  }
  std::stable_sort(plan.mosaics.begin(), plan.mosaics.end(),
                   [](const PlannedStrip& a, const PlannedStrip& b) {
                     return earlier(a.members.front(), b.members.front());
                   });
  return plan;
}

}  // namespace contimg::mosaic
