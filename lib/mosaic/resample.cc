// SPDX-License-Identifier: GPL-3.0-or-later
#include "mosaic/resample.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <future>
#include <optional>

#include "mosaic/resample_positions.h"

namespace contimg::mosaic {
namespace {

constexpr std::size_t kRowsAtOnce = 32;
constexpr auto kReach = static_cast<double>(SincKernel::kReach);

// As fits::value_at() once the place is known.
double bilinear(const fits::Image& map, double x, double y) {
  const auto column = static_cast<std::size_t>(x), row = static_cast<std::size_t>(y);
  const std::size_t right = std::min(column + 1, map.n_x - 1), up = std::min(row + 1, map.n_y - 1);
  const double dx = x - static_cast<double>(column), dy = y - static_cast<double>(row);
  const float *low = &map.pixels[row * map.n_x], *high = &map.pixels[up * map.n_x];
  const double below =
      (1 - dx) * static_cast<double>(low[column]) + dx * static_cast<double>(low[right]);
  const double above =
      (1 - dx) * static_cast<double>(high[column]) + dx * static_cast<double>(high[right]);
  return (1 - dy) * below + dy * above;
}

bool within(const fits::Image& map, double x, double y) {
  return x >= 0 && y >= 0 && x < static_cast<double>(map.n_x) && y < static_cast<double>(map.n_y);
}

// Some rows of what a tile and a block share.
struct Job {
  WindowBlock* block;
  fits::Box box;
  Added added;
};

std::vector<Job> jobs_for(const std::vector<WindowBlock*>& blocks, const fits::Box& box) {
  std::vector<Job> jobs;
  for (WindowBlock* block : blocks) {
    const fits::Box both = shared(block->box, box);
    for (std::size_t y = 0; y < both.n_y; y += kRowsAtOnce)
      jobs.push_back(
          {block, {both.x0, both.y0 + y, both.n_x, std::min(kRowsAtOnce, both.n_y - y)}, {}});
  }
  return jobs;
}

class Adder {
 public:
  Adder(const TileMaps& maps, double beam_floor, const fits::Wcs& wcs, const fits::Box& box)
      : sampler_(maps, beam_floor), places_(wcs, maps.image.wcs, box) {
    if (maps.smearing) in_smearing_.emplace(wcs, maps.smearing->wcs, box);
  }

  void add(Job& job) const {
    std::array<double, Window::kSide> x = {}, y = {}, u = {}, v = {};
    const fits::Box &box = job.box, &whole = job.block->box;
    for (std::size_t row = box.y0; row < box.y0 + box.n_y; ++row) {
      places_.row(row, box.x0, box.n_x, x.data(), y.data());
      if (in_smearing_) in_smearing_->row(row, box.x0, box.n_x, u.data(), v.data());
      const std::size_t first = (row - whole.y0) * whole.n_x + box.x0 - whole.x0;
      for (std::size_t i = 0; i < box.n_x; ++i) {
        const Sample sample = sampler_.at(x[i], y[i], u[i], v[i]);
        if (!(sample.weight > 0)) continue;
        job.block->weight[first + i] += sample.weight;
        job.block->weighted[first + i] += sample.weight * sample.sky_jy;
        job.added.weight += sample.weight;
        ++job.added.n_pixel;
      }
    }
  }

 private:
  TileSampler sampler_;
  ResamplePositions places_;
  std::optional<ResamplePositions> in_smearing_;
};

}  // namespace

double TileSampler::interpolated(double x, double y) const {
  const auto column = static_cast<std::size_t>(x), row = static_cast<std::size_t>(y);
  const SincKernel::Weights along = kernel_.at(x - static_cast<double>(column)),
                            up = kernel_.at(y - static_cast<double>(row));
  const std::size_t before = SincKernel::kReach - 1, n_x = maps_.image.n_x;
  const float* pixels = &maps_.image.pixels[(row - before) * n_x + column - before];
  SincKernel::Weights sums = {};
  for (std::size_t j = 0; j < SincKernel::kWidth; ++j, pixels += n_x)
    for (std::size_t i = 0; i < SincKernel::kWidth; ++i) sums[i] += up[j] * pixels[i];
  float sum = 0;
  for (std::size_t i = 0; i < SincKernel::kWidth; ++i) sum += along[i] * sums[i];
  return static_cast<double>(sum);
}

Sample TileSampler::at(double x, double y, double smearing_x, double smearing_y) const {
  const double right = static_cast<double>(maps_.image.n_x) - kReach,
               top = static_cast<double>(maps_.image.n_y) - kReach;
  if (!(x >= kReach - 1 && y >= kReach - 1 && x < right && y < top)) return {};
  const double beam = bilinear(maps_.beam, x, y);
  if (!(beam >= beam_floor_)) return {};
  const double noise = bilinear(maps_.noise, x, y);
  if (!(noise > 0) || !std::isfinite(noise)) return {};
  double left_by_smearing = 1;
  if (maps_.smearing) {
    if (!within(*maps_.smearing, smearing_x, smearing_y)) return {};
    left_by_smearing = bilinear(*maps_.smearing, smearing_x, smearing_y);
    if (!(left_by_smearing > 0)) return {};
  }
  const double image = interpolated(x, y);
  if (!std::isfinite(image)) return {};
  const double response = beam * left_by_smearing, ratio = response / (noise * beam);
  return {ratio * ratio, image / response};
}

Added add_tile(const TileMaps& maps, double beam_floor, const fits::Wcs& wcs, const fits::Box& box,
               std::size_t n_thread, Window& window) {
  std::vector<Job> jobs = jobs_for(window.touched(box), box);
  const Adder adder(maps, beam_floor, wcs, box);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t job = next++; job < jobs.size(); job = next++) adder.add(jobs[job]);
  };
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < std::min(n_thread, jobs.size()); ++i)
    others.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& other : others) other.get();
  Added all;
  for (const Job& job : jobs) {
    all.weight += job.added.weight;
    all.n_pixel += job.added.n_pixel;
  }
  return all;
}

}  // namespace contimg::mosaic
