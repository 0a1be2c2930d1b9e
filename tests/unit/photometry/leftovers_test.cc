// SPDX-License-Identifier: GPL-3.0-or-later
#include "photometry/leftovers.h"

#include <gtest/gtest.h>

#include "simulated.h"

namespace contimg::photometry {
namespace {

using simulated::Sky;

const Ellipse kBeam = {9, 7, 0.4};

// A core narrower than the restoring beam, on a plateau, with a ring of sidelobes.
double dirty(double dx, double dy) {
  const double r = std::hypot(dx, dy);
  const auto bump = [](double x, double width) {
    return std::exp(-4 * std::log(2.0) * x * x / (width * width));
  };
  return 0.7 * bump(r, 4.5) + 0.3 * bump(r, 20) + 0.15 * bump(r - 30, 8) - 0.1 * bump(r - 18, 8);
}

Sky dirty_image(std::size_t n) {
  Sky sky = {n, n, std::vector<float>(n * n)};
  const auto middle = static_cast<double>(n / 2);
  for (std::size_t y = 0; y < n; ++y)
    for (std::size_t x = 0; x < n; ++x)
      sky.pixels[y * n + x] = static_cast<float>(
          dirty(static_cast<double>(x) - middle, static_cast<double>(y) - middle));
  const auto peak = sky.pixels[n / 2 * n + n / 2];
  for (float& v : sky.pixels) v /= peak;
  return sky;
}

void add_dirty(Sky& sky, const simulated::Source& s) {
  const double peak = dirty(0, 0);
  for (std::size_t y = 0; y < sky.n_y; ++y)
    for (std::size_t x = 0; x < sky.n_x; ++x)
      sky.pixels[y * sky.n_x + x] += static_cast<float>(
          s.peak * dirty(static_cast<double>(x) - s.x, static_cast<double>(y) - s.y) / peak);
}

// Noise of rms 1 and what is left of sources, and the image of it with components restored.
struct Tile {
  Sky beam = dirty_image(301);
  DirtyBeam dirty_beam{beam.plane()};
  Sky residual = simulated::noise(301, 301, 3, 3, 7);
  std::vector<Component> components;
  Sky image = {0, 0, {}};

  // With `share` of each source cleaned, on the nearest pixel and the one beside it.
  Tile(const std::vector<simulated::Source>& sources, double share) {
    for (const auto& s : sources) {
      const double x = std::floor(s.x);
      const double part = s.x - x, y = std::round(s.y);
      components.push_back({x, y, share * s.peak * (1 - part)});
      components.push_back({x + 1, y, share * s.peak * part});
      add_dirty(residual, s);
    }
    for (const Component& c : components) add_dirty(residual, {c.x, c.y, -c.flux});
    image = residual;
    for (const Component& c : components) add(image, {c.x, c.y, c.flux}, kBeam);
  }
  CleanedImage cleaned() const { return {image.plane(), residual.plane(), dirty_beam, components}; }
};

TEST(DirtyBeam, IsItsPixelsAndBetweenThemTheCurve) {
  const Sky sky = dirty_image(101);
  const DirtyBeam beam(sky.plane());
  EXPECT_NEAR(beam.at(0, 0), 1, 1e-6);
  EXPECT_NEAR(beam.at(3, -2), static_cast<double>(sky.pixels[48 * 101 + 53]), 1e-6);
  for (const double dx : {0.5, 0.3, -1.4, 7.8})
    for (const double dy : {0.5, -0.2, 2.6})
      EXPECT_NEAR(beam.at(dx, dy), dirty(dx, dy) / dirty(0, 0), 1e-3);
  EXPECT_EQ(beam.at(90, 0), 0);
  std::vector<double> row;
  beam.row(-2.7, 1.3, 6, row);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_NEAR(row[i], beam.at(-2.7 + static_cast<double>(i), 1.3), 1e-12);
}

TEST(ComponentsOf, AreThePixelsThatAreNotZero) {
  Sky model = {5, 4, std::vector<float>(20, 0)};
  model.pixels[7] = 2;
  model.pixels[19] = -1;
  const std::vector<Component> found = components_of(model.plane());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].x, 2);
  EXPECT_EQ(found[0].y, 1);
  EXPECT_EQ(found[0].flux, 2);
  EXPECT_EQ(found[1].flux, -1);
}

// However much of it was cleaned.
class Cleaned : public testing::TestWithParam<double> {};

TEST_P(Cleaned, FluxesAreThoseOfTheSources) {
  const std::vector<simulated::Source> sources = {
      {80.3, 90.6, 300}, {90.2, 94.1, 60}, {200.5, 80.5, 900}, {150.7, 220.3, 30}};
  const Tile tile(sources, GetParam());
  const Background background(tile.residual.plane(), kBeam);
  const NoiseCorrelation noise(tile.residual.plane(), background, noise_reach_px(kBeam));
  std::vector<fits::Pixel> at;
  for (const auto& s : sources) at.push_back({s.x, s.y});
  const std::vector<ForcedFlux> fluxes =
      forced_fluxes(tile.cleaned(), background, noise, kBeam, at);
  for (std::size_t i = 0; i < sources.size(); ++i)
    EXPECT_NEAR(fluxes[i].flux, sources[i].peak, 4 * fluxes[i].error + 0.003 * sources[i].peak)
        << i;
}

INSTANTIATE_TEST_SUITE_P(Share, Cleaned, testing::Values(0.0, 0.5, 1.0));

TEST(FinishCleaning, TakesOutWhatIsLeftWithItsSidelobes) {
  const std::vector<simulated::Source> sources = {
      {80.3, 90.6, 100}, {200.5, 80.5, 90}, {150.7, 220.3, 40}};
  const Tile tile(sources, 0);
  const Background background(tile.residual.plane(), kBeam);
  const NoiseCorrelation noise(tile.residual.plane(), background, noise_reach_px(kBeam));
  const BlindResult before = find_sources(tile.image.plane(), background, noise, kBeam);
  EXPECT_GT(before.detections.size(), 3U);  // sidelobes among them

  const Finished finished = finish_cleaning(tile.cleaned(), background, noise, kBeam);
  EXPECT_EQ(finished.n_source, 3U);
  EXPECT_NEAR(finished.flux, 230, 12);
  const CleanedImage image = finished.view(tile.cleaned());
  const Background left(image.noise(), kBeam);
  const BlindResult after = find_sources(image, left, noise, kBeam);
  std::size_t n_sure = 0;
  for (const Detection& d : after.detections) n_sure += d.doubtful ? 0 : 1;
  ASSERT_EQ(n_sure, 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(after.detections[i].peak, sources[i].peak, 5 * after.detections[i].peak_error);
    EXPECT_NEAR(after.detections[i].x, sources[i].x, 0.3);
  }
  for (const float v : finished.residual) ASSERT_LT(std::abs(v), 7);
}

TEST(FinishCleaning, LeavesAnImageThatWasCleanedAsItIs) {
  const Tile tile({{80, 90, 100}}, 1);
  const Background background(tile.residual.plane(), kBeam);
  const NoiseCorrelation noise(tile.residual.plane(), background, noise_reach_px(kBeam));
  const Finished finished = finish_cleaning(tile.cleaned(), background, noise, kBeam);
  EXPECT_EQ(finished.n_source, 0U);
  EXPECT_EQ(finished.image, tile.image.pixels);
  EXPECT_EQ(finished.components.size(), tile.components.size());
}

}  // namespace
}  // namespace contimg::photometry
