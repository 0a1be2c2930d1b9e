// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/islands.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "photometry/bands.h"

namespace contimg::photometry {
namespace {

enum Mark : std::uint8_t { low = 0, grows = 1, taken = 2 };

struct Marks {
  std::vector<std::uint8_t> mark;  // [y, x]
  std::vector<std::size_t> seeds;
};

Marks mark_pixels(const Plane& plane, const Background& background, int sign,
                  const IslandSettings& settings) {
  Marks marks;
  marks.mark.assign(plane.n_x * plane.n_y, Mark::low);
  std::mutex adding;
  for_each_band(plane.n_y, settings.n_thread, [&](std::size_t first, std::size_t last) {
    std::vector<float> level(plane.n_x), rms(plane.n_x);
    std::vector<std::size_t> seeds;
    const auto grow = static_cast<float>(settings.grow_sigma);
    const auto seed = static_cast<float>(settings.seed_sigma);
    const auto turn = static_cast<float>(sign);
    for (std::size_t y = first; y < last; ++y) {
      background.level_row(y, level.data());
      background.rms_row(y, rms.data());
      const float* row = plane.pixels + y * plane.n_x;
      std::uint8_t* out = marks.mark.data() + y * plane.n_x;
      for (std::size_t x = 0; x < plane.n_x; ++x)
        out[x] = turn * (row[x] - level[x]) >= grow * rms[x] ? Mark::grows : Mark::low;
      for (std::size_t x = 0; x < plane.n_x; ++x)
        if (out[x] != Mark::low && turn * (row[x] - level[x]) >= seed * rms[x])
          seeds.push_back(y * plane.n_x + x);
    }
    const std::lock_guard<std::mutex> lock(adding);
    marks.seeds.insert(marks.seeds.end(), seeds.begin(), seeds.end());
  });
  std::sort(marks.seeds.begin(), marks.seeds.end());  // bands come in any order
  return marks;
}

template <typename Visit>
void for_each_neighbour(const Plane& plane, std::size_t pixel, const Visit& visit) {
  const std::size_t x = pixel % plane.n_x, y = pixel / plane.n_x;
  for (std::size_t v = y - std::min<std::size_t>(y, 1); v < std::min(plane.n_y, y + 2); ++v)
    for (std::size_t u = x - std::min<std::size_t>(x, 1); u < std::min(plane.n_x, x + 2); ++u)
      if (u != x || v != y) visit(v * plane.n_x + u);
}

std::vector<std::size_t> flood(const Plane& plane, std::size_t seed,
                               std::vector<std::uint8_t>& mark) {
  std::vector<std::size_t> pixels = {seed};
  mark[seed] = Mark::taken;
  for (std::size_t next = 0; next < pixels.size(); ++next)
    for_each_neighbour(plane, pixels[next], [&](std::size_t pixel) {
      if (mark[pixel] != Mark::grows) return;
      mark[pixel] = Mark::taken;
      pixels.push_back(pixel);
    });
  return pixels;
}

// Of neighbours with the same value the first is the peak.
bool is_peak(const Plane& plane, std::size_t pixel, float turn) {
  bool peak = true;
  const float value = turn * plane.pixels[pixel];
  for_each_neighbour(plane, pixel, [&](std::size_t other) {
    const float beside = turn * plane.pixels[other];
    if (beside > value || (beside == value && other < pixel)) peak = false;
  });
  return peak;
}

void find_peaks(const Plane& plane, const Background& background, int sign, double seed_sigma,
                Island& island) {
  for (const std::size_t pixel : island.pixels) {
    if (!is_peak(plane, pixel, static_cast<float>(sign))) continue;
    Peak peak;
    peak.x = pixel % plane.n_x;
    peak.y = pixel / plane.n_x;
    const auto x = static_cast<double>(peak.x), y = static_cast<double>(peak.y);
    peak.value = sign * (static_cast<double>(plane.pixels[pixel]) - background.level(x, y));
    peak.snr = peak.value / background.rms(x, y);
    // The single precision of marks and the double here may differ at the very limit.
    if (peak.snr >= seed_sigma * (1 - 1e-5)) island.peaks.push_back(peak);
  }
  std::sort(island.peaks.begin(), island.peaks.end(),
            [](const Peak& a, const Peak& b) { return a.value > b.value; });
}

}  // namespace

std::vector<Island> find_islands(const Plane& plane, const Background& background, int sign,
                                 const IslandSettings& settings) {
  std::vector<Island> islands;
  if (!background.known()) return islands;
  Marks marks = mark_pixels(plane, background, sign, settings);
  for (const std::size_t seed : marks.seeds) {
    if (marks.mark[seed] != Mark::grows) continue;
    Island island;
    island.pixels = flood(plane, seed, marks.mark);
    find_peaks(plane, background, sign, settings.seed_sigma, island);
    if (!island.peaks.empty()) islands.push_back(std::move(island));
  }
  std::sort(islands.begin(), islands.end(), [](const Island& a, const Island& b) {
    return a.peaks.front().value > b.peaks.front().value;
  });
  return islands;
}

}  // namespace contimg::photometry
