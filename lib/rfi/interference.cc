// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/interference.h"

#include <aoflagger.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <random>

#include "base/error.h"
#include "rfi/dsa110_strategy.h"
#include "rfi/steady.h"

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
  Implementation(const std::string& strategy_path, const Observation& seen)
      : observation(seen), steady(seen.n_time(), seen.n_channel()) {
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
    planes.resize(observation.n_correlation);
    bad.resize(observation.n_time() * observation.n_channel());
    for (Plane& plane : planes) {
      plane.re.resize(bad.size());
      plane.im.resize(bad.size());
    }
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

  // Takes a baseline apart. Returned: how many samples are good in all correlations.
  std::size_t load(const Block& block, std::size_t b, const Flags& flags) {
    const std::size_t n_correlation = observation.n_correlation;
    const std::size_t n_channel = observation.n_channel(), row_size = n_channel * n_correlation;
    std::size_t n_bad = 0;
    for (std::size_t t = 0; t < observation.n_time(); ++t) {
      const Reason* reason = flags.row(t, block.first_baseline + b).data();
      const std::complex<float>* value = block.data.data() + (t * block.n_baseline + b) * row_size;
      for (std::size_t c = 0; c < n_channel; ++c, reason += n_correlation, value += n_correlation) {
        const std::size_t i = t * n_channel + c;
        bad[i] = std::any_of(reason, reason + n_correlation,
                             [](Reason found) { return found != Reason::none; });
        n_bad += static_cast<std::size_t>(bad[i]);
        // NaN would spread.
        for (std::size_t p = 0; p < n_correlation; ++p) {
          planes[p].re[i] = bad[i] ? 0 : value[p].real();
          planes[p].im[i] = bad[i] ? 0 : value[p].imag();
        }
      }
    }
    return bad.size() - n_bad;
  }

  // Noise in the place of what is bad already is neither found nor in the way: strategies then
  // need none of AOFlagger's functions for gaps, which take twice the time.
  void prepare(std::size_t baseline, bool has_gaps) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(baseline));
    for (Plane& plane : planes) {
      steady.subtract(plane, bad);
      if (!has_gaps) continue;
      const float sigma = steady.noise(plane, bad);
      std::normal_distribution<float> noise(0, std::max(sigma, std::numeric_limits<float>::min()));
      for (std::size_t i = 0; i < bad.size(); ++i) {
        if (!bad[i]) continue;
        plane.re[i] = noise(random);
        plane.im[i] = noise(random);
      }
    }
    for (std::size_t i = 0; i < images.ImageCount() / 2; ++i) {
      const Plane& plane = planes[std::min(i, planes.size() - 1)];
      transpose(plane.re.data(), images.ImageBuffer(2 * i), images.HorizontalStride());
      transpose(plane.im.data(), images.ImageBuffer(2 * i + 1), images.HorizontalStride());
    }
    transpose(bad.data(), mask.Buffer(), mask.HorizontalStride());
  }

  // Time runs fastest in AOFlagger's images, channels here.
  template <typename From, typename To>
  void transpose(const From* from, To* to, std::size_t stride) const {
    const std::size_t n_channel = observation.n_channel();
    for (std::size_t c = 0; c < n_channel; ++c)
      for (std::size_t t = 0; t < observation.n_time(); ++t)
        to[c * stride + t] = static_cast<To>(from[t * n_channel + c]);
  }

  // What is given as flagged comes back as such, and is none of its findings.
  void store(const aoflagger::FlagMask& found, std::size_t baseline, Flags& flags) {
    const std::size_t stride = found.HorizontalStride(), n_channel = observation.n_channel();
    const std::size_t n_correlation = observation.n_correlation;
    const bool* const is_found = found.Buffer();
    for (std::size_t t = 0; t < observation.n_time(); ++t) {
      const Span<Reason> row = flags.row(t, baseline);
      for (std::size_t c = 0; c < n_channel; ++c)
        if (is_found[c * stride + t] && !bad[t * n_channel + c])
          flag_all({row.data() + c * n_correlation, n_correlation}, Reason::interference);
    }
  }

  const Observation& observation;
  std::string path;
  aoflagger::AOFlagger flagger;
  aoflagger::Strategy strategy;
  aoflagger::ImageSet images;
  aoflagger::FlagMask mask;
  SteadyPart steady;
  std::vector<Plane> planes;  // [correlation]
  std::vector<char> bad;      // [time, channel], in any correlation
};

InterferenceFinder::InterferenceFinder(const std::string& strategy_path,
                                       const Observation& observation)
    : implementation_(std::make_unique<Implementation>(strategy_path, observation)) {}
InterferenceFinder::~InterferenceFinder() = default;
InterferenceFinder::InterferenceFinder(InterferenceFinder&&) noexcept = default;

void InterferenceFinder::flag(const Block& block, Flags& flags) {
  Implementation& self = *implementation_;
  const std::size_t n_sample = self.observation.n_time() * self.observation.n_channel();
  for (std::size_t b = 0; b < block.n_baseline; ++b) {
    const std::size_t baseline = block.first_baseline + b;
    if (self.observation.is_auto(baseline)) continue;
    const std::size_t n_good = self.load(block, b, flags);
    if (n_good == 0) continue;
    self.prepare(baseline, n_good < n_sample);
    self.images.SetAntennas(self.observation.antenna1[baseline],
                            self.observation.antenna2[baseline]);
    self.explained([&] { self.store(self.strategy.Run(self.images, self.mask), baseline, flags); });
  }
}

std::string aoflagger_version() { return aoflagger::AOFlagger::GetVersionString(); }

}  // namespace contimg::rfi
