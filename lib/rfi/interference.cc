// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/interference.h"

#include <aoflagger.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "rfi/dsa110_strategy.h"

namespace contimg::rfi {
namespace {

std::vector<aoflagger::Antenna> antenna_list(const Observation& observation) {
  std::vector<aoflagger::Antenna> antennas;
  for (std::size_t a = 0; a < observation.antennas.size(); ++a)
    antennas.push_back({a, 0, 0, 0, observation.antennas[a], observation.dish_diameter_m[a], "",
                        observation.antennas[a]});
  return antennas;
}

std::vector<aoflagger::Band> band_list(const Observation& observation) {
  aoflagger::Band band;
  band.id = 0;
  for (std::size_t c = 0; c < observation.n_channel(); ++c)
    band.channels.push_back({observation.frequency_hz[c], observation.channel_width_hz[c]});
  return {band};
}

// AOFlagger takes 1, 2 or 4 correlations; of 3 the last stands twice.
std::size_t image_count(std::size_t n_correlation) {
  return n_correlation == 3 ? 8 : 2 * n_correlation;
}

}  // namespace

class InterferenceFinder::Implementation {
 public:
  Implementation(const std::string& strategy_path, const Observation& seen) : observation(seen) {
    if (!strategy_path.empty() && access(strategy_path.c_str(), R_OK) != 0)
      throw UsageError(strategy_path +
                       ": cannot be read, expected a strategy of AOFlagger (Lua); name another "
                       "with --strategy");
    path = strategy_path.empty() ? "built-in strategy" : strategy_path;
    flagger.SetAntennaList(antenna_list(observation));
    flagger.SetBandList(band_list(observation));
    flagger.SetIntervalList({{0, observation.time_mjd_s}});
    explained([&] {
      strategy = strategy_path.empty() ? flagger.LoadStrategyString(kDefaultStrategy)
                                       : flagger.LoadStrategyFile(strategy_path);
      images = flagger.MakeImageSet(observation.n_time(), observation.n_channel(),
                                    image_count(observation.n_correlation), 0.0f);
      mask = flagger.MakeFlagMask(observation.n_time(), observation.n_channel());
    });
    images.SetBand(0);
    images.SetInterval(0);
  }

  template <typename Work>
  void explained(Work&& work) {
    try {
      work();
    } catch (const std::exception& error) {
      throw UsageError(path + ": this strategy fails, " + error.what() +
                       ", expected one for AOFlagger " + aoflagger_version());
    }
  }

  // Time runs fastest in AOFlagger's images, and last here. Returns the number of good samples.
  std::size_t load(const Block& block, std::size_t b, const Flags& flags) {
    const std::size_t n_correlation = observation.n_correlation;
    const std::size_t stride = images.HorizontalStride(), mask_stride = mask.HorizontalStride();
    const std::size_t row_size = observation.n_channel() * n_correlation;
    std::size_t good = 0;
    for (std::size_t t = 0; t < observation.n_time(); ++t) {
      const Span<const Reason> row = flags.row(t, block.first_baseline + b);
      const std::complex<float>* value = block.data.data() + (t * block.n_baseline + b) * row_size;
      for (std::size_t c = 0; c < observation.n_channel(); ++c) {
        bool flagged = false;
        for (std::size_t p = 0; p < n_correlation; ++p)
          flagged = flagged || row[c * n_correlation + p] != Reason::none;
        good += !flagged;
        mask.Buffer()[c * mask_stride + t] = flagged;
        for (std::size_t i = 0; i < images.ImageCount() / 2; ++i) {
          const std::size_t p = std::min(i, n_correlation - 1);
          const std::complex<float> shown = flagged ? 0 : value[c * n_correlation + p];
          images.ImageBuffer(2 * i)[c * stride + t] = shown.real();
          images.ImageBuffer(2 * i + 1)[c * stride + t] = shown.imag();
        }
      }
    }
    return good;
  }

  // What is given as flagged comes back as such, and is none of its findings.
  void store(const aoflagger::FlagMask& found, std::size_t baseline, Flags& flags) {
    const std::size_t stride = found.HorizontalStride(), mask_stride = mask.HorizontalStride();
    const std::size_t n_correlation = observation.n_correlation;
    for (std::size_t t = 0; t < observation.n_time(); ++t) {
      const Span<Reason> row = flags.row(t, baseline);
      for (std::size_t c = 0; c < observation.n_channel(); ++c)
        if (found.Buffer()[c * stride + t] && !mask.Buffer()[c * mask_stride + t])
          flag_all({row.data() + c * n_correlation, n_correlation}, Reason::interference);
    }
  }

  const Observation& observation;
  std::string path;
  aoflagger::AOFlagger flagger;
  aoflagger::Strategy strategy;
  aoflagger::ImageSet images;
  aoflagger::FlagMask mask;
};

InterferenceFinder::InterferenceFinder(const std::string& strategy_path,
                                       const Observation& observation)
    : implementation_(std::make_unique<Implementation>(strategy_path, observation)) {}
InterferenceFinder::~InterferenceFinder() = default;
InterferenceFinder::InterferenceFinder(InterferenceFinder&&) noexcept = default;

void InterferenceFinder::flag(const Block& block, Flags& flags) {
  Implementation& self = *implementation_;
  for (std::size_t b = 0; b < block.n_baseline; ++b) {
    const std::size_t baseline = block.first_baseline + b;
    if (self.observation.is_auto(baseline) || self.load(block, b, flags) == 0) continue;
    self.images.SetAntennas(self.observation.antenna1[baseline],
                            self.observation.antenna2[baseline]);
    self.explained([&] { self.store(self.strategy.Run(self.images, self.mask), baseline, flags); });
  }
}

std::string aoflagger_version() { return aoflagger::AOFlagger::GetVersionString(); }

}  // namespace contimg::rfi
