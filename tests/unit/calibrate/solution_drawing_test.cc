// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/solution_drawing.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include "base/error.h"

namespace contimg::calibrate {
namespace {

namespace fs = boost::filesystem;

constexpr std::size_t kAntennas = 12, kChannels = 64, kDead = 5;

caltable::CalTable table_of(caltable::Kind kind, std::size_t n_interval) {
  caltable::CalTable table;
  table.kind = kind;
  table.ms_name = "simulated.ms";
  table.description.correlations = {9, 12};
  for (std::size_t a = 0; a < kAntennas; ++a)
    table.description.antennas.push_back({"DSA-" + std::to_string(a + 1), {}, 4.65});
  ms::SpectralWindow window;
  for (std::size_t c = 0; c < kChannels; ++c) {
    window.frequency_hz.push_back(1.31e9 + 2.9e6 * static_cast<double>(c));
    window.width_hz.push_back(2.9e6);
  }
  const bool channels = kind == caltable::Kind::bandpass;
  table.description.spectral_windows = {channels ? window : caltable::whole_band(window)};
  for (std::size_t t = 0; t < n_interval; ++t) {
    auto solutions = caltable::flagged_solutions(kind, kAntennas, channels ? kChannels : 1);
    solutions.time_mjd_s = 5.2e9 + 60.0 * static_cast<double>(t);
    for (std::size_t i = 0; i < solutions.flagged.size(); ++i) {
      const std::size_t antenna = i / 2 / solutions.n_channel;
      const std::size_t channel = i / 2 % solutions.n_channel;
      if (antenna == kDead || channel == 20) continue;
      solutions.flagged[i] = 0;
      solutions.error[i] = 0.05F;
      solutions.snr[i] = 20;
      if (kind == caltable::Kind::delay)
        solutions.delay_ns[i] = static_cast<float>(antenna) - 4;
      else
        solutions.gain[i] =
            std::polar(1 + 0.2F * std::sin(static_cast<float>(antenna + channel) / 4),
                       static_cast<float>(0.02 * static_cast<double>(antenna * (t + 1))));
    }
    table.solutions.push_back(std::move(solutions));
  }
  return table;
}

// Width and height from the header of a PNG.
std::pair<unsigned, unsigned> png_size(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  unsigned char head[24] = {};
  file.read(reinterpret_cast<char*>(head), sizeof head);
  EXPECT_EQ(std::string(reinterpret_cast<char*>(head) + 1, 3), "PNG");
  const auto number = [&head](int i) {
    return static_cast<unsigned>(head[i] << 24 | head[i + 1] << 16 | head[i + 2] << 8 |
                                 head[i + 3]);
  };
  return {number(16), number(20)};
}

class DrawSolutions : public ::testing::Test {
 protected:
  DrawSolutions() : folder_(fs::temp_directory_path() / fs::unique_path("contimg-draw-%%%%%%")) {
    fs::create_directory(folder_);
  }
  ~DrawSolutions() override { fs::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void draws(const std::vector<caltable::NamedTable>& tables, const std::string& name) const {
    draw_solutions(tables, {"DSA-6"}, "3C147, 'quoted', \"twice\"", path(name));
    EXPECT_EQ(png_size(path(name)), std::make_pair(1900U, 1350U));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing is left beside it";
  }
  fs::path folder_;
};

TEST_F(DrawSolutions, DrawsAllKindsOfTables) {
  draws({{"a.K", table_of(caltable::Kind::delay, 1)},
         {"a.B", table_of(caltable::Kind::bandpass, 1)},
         {"a.G", table_of(caltable::Kind::gain, 5)}},
        "a.png");
  if (const char* keep = std::getenv("CONTIMG_KEEP_PICTURE"))
    fs::copy_file(path("a.png"), keep, fs::copy_option::overwrite_if_exists);
}

TEST_F(DrawSolutions, DrawsASetWithoutDelaysOrBandpass) {
  draws({{"a.G", table_of(caltable::Kind::gain, 1)}}, "a.png");
}

TEST_F(DrawSolutions, DrawsWhatIsFlaggedThroughout) {
  caltable::CalTable gains = table_of(caltable::Kind::gain, 1);
  caltable::CalTable bandpass = table_of(caltable::Kind::bandpass, 1);
  for (auto* table : {&gains, &bandpass})
    for (auto& flag : table->solutions.front().flagged) flag = 1;
  draws({{"a.B", bandpass}, {"a.G", gains}}, "a.png");
}

TEST_F(DrawSolutions, RefusesToDrawNothing) {
  EXPECT_THROW(draw_solutions({}, {}, "", path("a.png")), UsageError);
}

}  // namespace
}  // namespace contimg::calibrate
