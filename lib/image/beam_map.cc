// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/beam_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "astro/constants.h"
#include "astro/primary_beam.h"
#include "base/error.h"

namespace contimg::image {
namespace {

constexpr std::size_t kFrequencies = 64;

struct Weighted {
  astro::Vector3 direction{};
  double weight = 0;
};

// Where the dishes pointed, and for how much of the data.
std::vector<Weighted> weighted_pointings(const ImagingSets& sets) {
  std::vector<Weighted> found;
  for (std::size_t i = 0; i < sets.integration_mjd_s.size(); ++i) {
    if (!(sets.integration_weight[i] > 0)) continue;
    astro::Direction direction = sets.phase_centre;
    const auto later = [&](const ms::Pointing& a, const ms::Pointing& b) {
      return std::abs(a.time_mjd_s - sets.integration_mjd_s[i]) <
             std::abs(b.time_mjd_s - sets.integration_mjd_s[i]);
    };
    const auto nearest = std::min_element(sets.pointings.begin(), sets.pointings.end(), later);
    if (nearest != sets.pointings.end()) direction = nearest->direction;
    const astro::Vector3 place = astro::unit_vector(direction);
    constexpr double kSame = 1e-9;  // 0.2 mas
    const bool same = !found.empty() && std::abs(found.back().direction[0] - place[0]) < kSame &&
                      std::abs(found.back().direction[1] - place[1]) < kSame &&
                      std::abs(found.back().direction[2] - place[2]) < kSame;
    if (!same) found.push_back({place, 0});
    found.back().weight += sets.integration_weight[i];
  }
  double total = 0;
  for (const Weighted& pointing : found) total += pointing.weight;
  for (Weighted& pointing : found) pointing.weight /= total;
  return found;
}

// Neighbouring channels together.
std::vector<ImagingSets::Channel> fewer_channels(const ImagingSets& sets) {
  std::vector<ImagingSets::Channel> bins(kFrequencies, {0, 0});
  const double low = sets.middle_frequency_hz - sets.bandwidth_hz / 2;
  for (const ImagingSets::Channel& channel : sets.channels) {
    const double place = (channel.frequency_hz - low) / sets.bandwidth_hz * kFrequencies;
    ImagingSets::Channel& bin =
        bins[static_cast<std::size_t>(std::min(std::max(place, 0.0), kFrequencies - 1.0))];
    bin.frequency_hz += channel.frequency_hz * channel.weight;
    bin.weight += channel.weight;
  }
  double total = 0;
  for (const ImagingSets::Channel& bin : bins) total += bin.weight;
  std::vector<ImagingSets::Channel> kept;
  for (const ImagingSets::Channel& bin : bins)
    if (bin.weight > 0) kept.push_back({bin.frequency_hz / bin.weight, bin.weight / total});
  return kept;
}

// Mean power over the band against the square of the chord to the pointing: of that the Airy
// pattern is a smooth function, also on axis.
class Profile {
 public:
  Profile(const ImagingSets& sets, double longest_square) {
    const double null_rad =
        1.22 * astro::kSpeedOfLight / sets.middle_frequency_hz / sets.dish_diameter_m;
    const double steps = std::ceil(longest_square / (null_rad * null_rad) * 1000);
    const auto n = static_cast<std::size_t>(std::min(std::max(steps, 256.0), 200000.0));
    per_square_ = static_cast<double>(n) / longest_square;
    const std::vector<ImagingSets::Channel> channels = fewer_channels(sets);
    for (std::size_t i = 0; i < n + 2; ++i) {
      const double half_chord = std::sqrt(static_cast<double>(i) / per_square_) / 2;
      const double separation_rad = 2 * std::asin(std::min(1.0, half_chord));
      double power = 0;
      for (const ImagingSets::Channel& channel : channels)
        power += channel.weight *
                 astro::airy_power(separation_rad, channel.frequency_hz, sets.dish_diameter_m);
      power_.push_back(power);
    }
  }

  double at(double square) const {
    const double place = std::min(square * per_square_, static_cast<double>(power_.size() - 2));
    const auto i = static_cast<std::size_t>(place);
    return power_[i] + (place - static_cast<double>(i)) * (power_[i + 1] - power_[i]);
  }

 private:
  double per_square_ = 0;
  std::vector<double> power_;
};

double square_of_chord(const astro::Vector3& a, const astro::Vector3& b) {
  const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return x * x + y * y + z * z;
}

// The beam at every `step` pixels, one point beyond the image on each side for the cubic.
struct Coarse {
  std::size_t step = 1, n_x = 0, n_y = 0;
  std::vector<float> power;  // [y, x]; point (i, j) is pixel ((i - 1) step, (j - 1) step)
};

Coarse coarse_beam(const ImagingSets& sets, const fits::Wcs& wcs, std::size_t n_x,
                   std::size_t n_y) {
  const double wavelength_m = astro::kSpeedOfLight / sets.middle_frequency_hz;
  const double step = std::floor(wavelength_m / sets.dish_diameter_m / 60 / wcs.pixel_rad());
  Coarse coarse;
  coarse.step = static_cast<std::size_t>(std::min(std::max(step, 1.0), 64.0));
  coarse.n_x = (n_x - 1) / coarse.step + 4;
  coarse.n_y = (n_y - 1) / coarse.step + 4;
  const std::vector<Weighted> pointings = weighted_pointings(sets);
  std::vector<std::optional<astro::Vector3>> places;
  double longest = 1e-12;
  for (std::size_t j = 0; j < coarse.n_y; ++j)
    for (std::size_t i = 0; i < coarse.n_x; ++i) {
      const auto pixel = [&](std::size_t k) {
        return (static_cast<double>(k) - 1) * static_cast<double>(coarse.step);
      };
      const std::optional<astro::Direction> seen = wcs.direction_at({pixel(i), pixel(j)});
      places.emplace_back();
      if (!seen) continue;
      places.back() = astro::unit_vector(*seen);
      for (const Weighted& pointing : pointings)
        longest = std::max(longest, square_of_chord(*places.back(), pointing.direction));
    }
  const Profile profile(sets, longest);
  for (const std::optional<astro::Vector3>& place : places) {
    double power = 0;
    if (place)
      for (const Weighted& pointing : pointings)
        power += pointing.weight * profile.at(square_of_chord(*place, pointing.direction));
    coarse.power.push_back(static_cast<float>(power));
  }
  return coarse;
}

// Lagrange's cubic through the points -1, 0, 1, 2, at x from 0 to 1.
std::array<float, 4> cubic(double x) {
  return {static_cast<float>(-x * (x - 1) * (x - 2) / 6),
          static_cast<float>((x + 1) * (x - 1) * (x - 2) / 2),
          static_cast<float>(-(x + 1) * x * (x - 2) / 2),
          static_cast<float>((x + 1) * x * (x - 1) / 6)};
}

void fill_rows(const Coarse& coarse, std::size_t first, std::size_t end, fits::Image& image) {
  std::vector<std::array<float, 4>> weights;
  for (std::size_t i = 0; i < coarse.step; ++i)
    weights.push_back(cubic(static_cast<double>(i) / static_cast<double>(coarse.step)));
  std::vector<float> line(coarse.n_x);
  for (std::size_t y = first; y < end; ++y) {
    const std::array<float, 4>& wy = weights[y % coarse.step];
    const float* const from = coarse.power.data() + y / coarse.step * coarse.n_x;
    for (std::size_t i = 0; i < coarse.n_x; ++i)
      line[i] = wy[0] * from[i] + wy[1] * from[i + coarse.n_x] + wy[2] * from[i + 2 * coarse.n_x] +
                wy[3] * from[i + 3 * coarse.n_x];
    float* const to = image.pixels.data() + y * image.n_x;
    for (std::size_t x = 0, i = 0; x < image.n_x; ++i)
      for (std::size_t k = 0; k < coarse.step && x < image.n_x; ++k, ++x) {
        const float power = weights[k][0] * line[i] + weights[k][1] * line[i + 1] +
                            weights[k][2] * line[i + 2] + weights[k][3] * line[i + 3];
        to[x] = std::min(1.0F, std::max(0.0F, power));
      }
  }
}

}  // namespace

fits::Image beam_map(const std::string& path, const ImagingSets& sets, const fits::Wcs& wcs,
                     std::size_t n_x, std::size_t n_y, std::size_t n_thread) {
  if (!(sets.dish_diameter_m > 0))
    throw DataError(path + ": its antennas have no DISH_DIAMETER, expected metres in ANTENNA");
  fits::Image image;
  image.n_x = n_x;
  image.n_y = n_y;
  image.wcs = wcs;
  image.frequency_hz = sets.middle_frequency_hz;
  image.bandwidth_hz = sets.bandwidth_hz;
  if (n_x == 0 || n_y == 0) return image;
  image.pixels.resize(n_x * n_y);
  const Coarse coarse = coarse_beam(sets, wcs, n_x, n_y);
  n_thread = std::max<std::size_t>(1, n_thread);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < n_thread; ++i)
    threads.emplace_back(
        [&, i] { fill_rows(coarse, i * n_y / n_thread, (i + 1) * n_y / n_thread, image); });
  for (std::thread& thread : threads) thread.join();
  return image;
}

}  // namespace contimg::image
