// SPDX-License-Identifier: GPL-3.0-or-later
// bench-mosaic make|copy|coadd DIR [TILES [SIDE]]: makes TILES (24) tiles of SIDE x SIDE (3600) pixels of
// 4.5 arcseconds along a strip, 1.29 degrees of right ascension apart across 0h; copies their bytes;
// co-adds them into three maps. Before the latter two the files leave the page cache. coadd ends
// with 1 when it takes 120 s or more, or 2 GB, or when the noise of the mosaic is not 1 within 5 %.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <random>

#include "astro/constants.h"
#include "base/atomic_output.h"
#include "base/clock.h"
#include "mosaic/coadd.h"

namespace {

using namespace contimg;
using Clock = std::chrono::steady_clock;

constexpr double kPixelRad = 4.5 * astro::kArcsec, kApart_rad = 1.29 * astro::kDegree,
                 kDec_rad = 16.3 * astro::kDegree, kRmsJy = 5e-4,
                 kBeamWidth_rad = 3.2 * astro::kDegree, kCut = 0.2, kLimit_s = 120, kLimitKb = 2e6,
                 kOff = 0.05;
constexpr std::size_t kSmearing = 65;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Correlated over some 4 pixels, as a restoring beam makes it; the same for all tiles but rolled.
std::vector<float> noise(std::size_t side) {
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> pixels(side * side);
  for (float& v : pixels) v = normal(random);
  for (const std::size_t step : {std::size_t{1}, std::size_t{1}, side, side}) {
    const std::vector<float> before = pixels;
    for (std::size_t i = step; i + step < pixels.size(); ++i)
      pixels[i] = before[i - step] + before[i] + before[i + step];
  }
  double square = 0;
  for (const float v : pixels) square += static_cast<double>(v) * static_cast<double>(v);
  const double rms = std::sqrt(square / static_cast<double>(pixels.size()));
  for (float& v : pixels) v *= static_cast<float>(kRmsJy / rms);
  return pixels;
}

std::string stem_of(const std::string& folder, std::size_t tile) {
  return folder + "/tile-" + std::to_string(100 + tile);
}

fits::Image empty_tile(std::size_t tile, std::size_t n_tile, std::size_t side) {
  fits::Image image;
  image.n_x = image.n_y = side;
  const double offset = static_cast<double>(tile) - static_cast<double>(n_tile - 1) / 2;
  const double ra_rad = std::fmod(2 * astro::kPi + offset * kApart_rad, 2 * astro::kPi);
  image.wcs = fits::Wcs::orthographic({ra_rad, kDec_rad}, side, side, kPixelRad);
  image.unit = "Jy/beam";
  image.beam = fits::Beam{4 * kPixelRad, 4 * kPixelRad, 0};
  image.frequency_hz = 1.4e9;
  image.start_mjd = 61065 + static_cast<double>(tile) * 309 / kDay_s;
  image.duration_s = 309;
  image.pixels.resize(side * side);
  return image;
}

void make(const std::string& folder, std::size_t n_tile, std::size_t side) {
  const std::vector<float> random = noise(side);
  std::vector<float> response(side * side), over(side * side);
  const double middle = static_cast<double>(side / 2);
  for (std::size_t i = 0; i < response.size(); ++i) {
    const double radius =
        std::hypot(static_cast<double>(i % side) - middle, static_cast<double>(i / side) - middle) *
        kPixelRad / kBeamWidth_rad;
    const double beam = std::exp(-4 * std::log(2.0) * radius * radius);
    response[i] = static_cast<float>(beam);
    over[i] = beam < kCut ? std::nanf("") : static_cast<float>(kRmsJy / beam);
  }
  for (std::size_t tile = 0; tile < n_tile; ++tile) {
    fits::Image image = empty_tile(tile, n_tile, side);
    const std::size_t roll = tile * 9973;
    for (std::size_t i = 0; i < random.size(); ++i)
      image.pixels[i] = random[(i + roll) % random.size()];
    const std::string stem = stem_of(folder, tile);
    fits::write_image(stem + "-image.fits", image);
    image.pixels = over;
    fits::write_image(stem + "-rms.fits", image);
    image.pixels = response;
    fits::write_image(stem + "-pb.fits", image);
    fits::Image smearing = image;
    smearing.n_x = smearing.n_y = kSmearing;
    smearing.wcs = fits::Wcs::orthographic(
        image.wcs.centre(), kSmearing, kSmearing,
        kPixelRad * static_cast<double>(side) / static_cast<double>(kSmearing - 1));
    smearing.pixels.assign(kSmearing * kSmearing, 0.995F);
    fits::write_image(stem + "-smearing.fits", smearing);
  }
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  return files;
}

// So that the disk is read, as a tile's are that was made days ago.
void leave_page_cache(const std::string& folder) {
  for (const std::string& file : files_in(folder)) {
    const int descriptor = ::open(file.c_str(), O_RDONLY);
    ::fsync(descriptor);
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
  }
}

int copy(const std::string& folder) {
  const std::string other = folder + "-copy";
  std::filesystem::create_directories(other);
  leave_page_cache(folder);
  const auto begin = Clock::now();
  double bytes = 0;
  for (const std::string& file : files_in(folder)) {
    const std::string to = other + "/" + std::filesystem::path(file).filename().string();
    std::filesystem::copy_file(file, to);
    bytes += static_cast<double>(std::filesystem::file_size(to));
  }
  std::printf("plain copy of %.2f GB of tiles: %.1f s\n", bytes / 1e9, seconds_since(begin));
  std::filesystem::remove_all(other);
  return 0;
}

int coadd(const std::string& folder, std::size_t n_tile) {
  leave_page_cache(folder);
  const auto begin = Clock::now();
  std::vector<mosaic::TileHeader> tiles;
  for (std::size_t tile = 0; tile < n_tile; ++tile) {
    const std::string path = stem_of(folder, tile) + "-image.fits";
    tiles.push_back({std::to_string(tile), path, 0, fits::read_header(path)});
  }
  const mosaic::Grid grid = mosaic::grid_for(tiles);
  fits::Image header;
  header.n_x = grid.n_x;
  header.n_y = grid.n_y;
  header.wcs = grid.wcs;
  header.unit = "Jy/beam";
  AtomicOutput image_file(folder + "/m-image.fits", this_process(0), true),
      rms_file(folder + "/m-rms.fits", this_process(0), true),
      weight_file(folder + "/m-weight.fits", this_process(0), true);
  fits::ImageWriter image(image_file, header), rms(rms_file, header), weight(weight_file, header);
  const mosaic::CoaddReport report = mosaic::coadd(tiles, grid, {&image, &rms, &weight});
  const double sums_s = seconds_since(begin);
  for (fits::ImageWriter* writer : {&image, &rms, &weight}) writer->finish();
  for (AtomicOutput* file : {&image_file, &rms_file, &weight_file}) file->commit();
  const double all_s = seconds_since(begin);
  struct rusage used = {};
  getrusage(RUSAGE_SELF, &used);
  const auto memory_kb = static_cast<double>(used.ru_maxrss);
  std::printf("%zu tiles into 3 maps of %zu x %zu pixels, %.0f million of them not blank\n", n_tile,
              grid.n_x, grid.n_y, static_cast<double>(report.n_pixel) / 1e6);
  std::printf("co-added in %.1f s, checksums and disk %.1f s, all %.1f s (limit %.0f)\n", sums_s,
              all_s - sums_s, all_s, kLimit_s);
  std::printf("at most %.0f MB (limit %.0f), %.1f million pixels at once; noise ratio %.3f\n",
              memory_kb / 1e3, kLimitKb / 1e3, static_cast<double>(report.most_resident) / 1e6,
              report.noise_ratio);
  return all_s < kLimit_s && memory_kb < kLimitKb && std::abs(report.noise_ratio - 1) < kOff ? 0
                                                                                             : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "", folder = argc > 2 ? argv[2] : "";
  const std::size_t n_tile = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 24;
  const std::size_t side = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 3600;
  if (what == "make") return make(folder, n_tile, side), 0;
  if (what == "copy") return copy(folder);
  if (what == "coadd") return coadd(folder, n_tile);
  std::cerr << "bench-mosaic make|copy|coadd DIR [TILES [SIDE]]\n";
  return 2;
}
