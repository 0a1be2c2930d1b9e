// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/apply_set.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "known_gains.h"
#include "ms/in_place.h"

namespace contimg::calibrate {
namespace {

class ApplySetTest : public KnownGains {
 protected:
  ApplySettings settings() const {
    ApplySettings s;
    s.set_name = "2026-01-25T22:26:05";
    s.tables = tables_;
    return s;
  }
  struct Columns {
    std::vector<std::complex<float>> corrected;
    std::vector<bool> flag;
    std::vector<float> weight, spectrum;
    bool operator==(const Columns& o) const {
      return corrected == o.corrected && flag == o.flag && weight == o.weight &&
             spectrum == o.spectrum;
    }
  };
  Columns written() const {
    const ms::Reader set(path_);
    const ms::Rows rows = set.rows(0, kRows);
    Columns c{std::vector<std::complex<float>>(kValues),
              std::vector<bool>(rows.flag.get(), rows.flag.get() + kValues), rows.weight,
              rows.weight_spectrum};
    set.read_corrected(0, c.corrected);
    return c;
  }
  Columns in_memory(std::size_t n_thread, std::size_t rows_at_once) const {
    const ms::Reader set(path_);
    const caltable::Calibration calibration(caltable::read_caltables(tables_), set.description());
    Columns c;
    const caltable::BlockCounts counts = caltable::for_each_corrected_block(
        path_, set, calibration, {n_thread, rows_at_once}, [&](const ms::CorrectedRows& rows) {
          EXPECT_EQ(rows.first_row * kCell, c.corrected.size()) << "not in the order of the file";
          c.corrected.insert(c.corrected.end(), rows.corrected.begin(), rows.corrected.end());
          c.flag.insert(c.flag.end(), rows.flag.begin(), rows.flag.end());
          c.weight.insert(c.weight.end(), rows.weight.begin(), rows.weight.end());
          c.spectrum.insert(c.spectrum.end(), rows.weight_spectrum.begin(),
                            rows.weight_spectrum.end());
        });
    EXPECT_EQ(counts.n_visibility, kValues);
    return c;
  }
  std::string failure(const ApplySettings& s) const {
    try {
      apply_set(path_, s);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(ApplySetTest, GivesBackWhatWasThereBeforeTheGains) {
  const ApplyReport report = apply_set(path_, settings());
  EXPECT_FALSE(report.already_applied);
  const Columns found = written();
  for (std::size_t i = 0; i < kValues; ++i)
    EXPECT_LT(std::abs(found.corrected[i] - std::complex<float>(3, -4)), 2e-5) << i;
  for (std::size_t row = 0; row < kRows; ++row)
    for (std::size_t r = 0; r < 2; ++r) {
      double variance = 0;  // 0.25 / |g_p g_q|^2, mean of all channels
      for (std::size_t c = 0; c < kChannels; ++c)
        variance += 0.25 / (std::norm(gain(static_cast<std::size_t>(keys_.antenna1[row]), c, r)) *
                            std::norm(gain(static_cast<std::size_t>(keys_.antenna2[row]), c, r)));
      EXPECT_NEAR(found.weight[row * 2 + r] * variance / kChannels, 1, 1e-5);
    }
  EXPECT_EQ(ms::Reader(path_).rows(0, kRows).data, data_);
  EXPECT_EQ(report.counts.n_flagged_before, 1u);
  EXPECT_EQ(report.counts.n_flagged_after, 1u);
}

TEST_F(ApplySetTest, KeepsClosurePhasesAndAmplitudes) {
  apply_set(path_, settings());
  std::vector<std::complex<float>> corrected = written().corrected;
  const auto row = [](std::size_t p, std::size_t q) {  // of the first integration
    return p * kAntennas - p * (p + 1) / 2 + q - p - 1;
  };
  const auto at = [&](const auto& v, std::size_t p, std::size_t q, std::size_t i) {
    return std::complex<double>(v[row(p, q) * kCell + i]);
  };
  for (std::size_t i = 0; i < kCell; ++i)
    for (const auto* v : {&data_, &corrected}) {
      const auto triple = at(*v, 0, 1, i) * at(*v, 1, 3, i) * std::conj(at(*v, 0, 3, i));
      const auto truth =
          std::complex<double>(3, -4) * std::complex<double>(3, -4) * std::complex<double>(3, 4);
      EXPECT_NEAR(std::arg(triple / truth), 0, 1e-5);
      const double ratio = std::abs(at(*v, 0, 1, i)) * std::abs(at(*v, 2, 3, i)) /
                           (std::abs(at(*v, 0, 2, i)) * std::abs(at(*v, 1, 3, i)));
      EXPECT_NEAR(ratio, 1, 1e-5);
    }
}

TEST_F(ApplySetTest, InMemoryAgreesBitForBitBeforeAndAfter) {
  for (const bool with_spectrum : {false, true}) {
    observe(with_spectrum);
    known_[2].solutions[0].flagged[3] = 1;
    write(2);
    const Columns before = in_memory(2, 7);
    apply_set(path_, settings());
    EXPECT_TRUE(before == written());
    EXPECT_EQ(before.spectrum.empty(), !with_spectrum);
    for (const std::size_t n_thread : {1, 4}) EXPECT_TRUE(in_memory(n_thread, 4) == before);
  }
}

TEST_F(ApplySetTest, ASpectrumOfWeightsIsScaledChannelByChannel) {
  observe(true);
  for (int run = 0; run < 2; ++run) {
    ApplySettings again = settings();
    again.force = true;
    apply_set(path_, again);
    const Columns found = written();
    for (std::size_t row = 0; row < kRows; ++row)
      for (std::size_t i = 0; i < kCell; ++i) {
        const double power =
            std::norm(gain(static_cast<std::size_t>(keys_.antenna1[row]), i / 2, i % 2)) *
            std::norm(gain(static_cast<std::size_t>(keys_.antenna2[row]), i / 2, i % 2));
        const double weight = (row * kCell + i) % 3 == 0 ? 1 : 4;
        EXPECT_NEAR(static_cast<double>(found.spectrum[row * kCell + i]) / (weight * power), 1,
                    1e-5);
      }
  }
}

TEST_F(ApplySetTest, TwiceIsOnce) {
  apply_set(path_, settings());
  const Columns once = written();
  const auto written_at = fs::last_write_time(path_ + "/table.dat");
  EXPECT_TRUE(apply_set(path_, settings()).already_applied);
  EXPECT_EQ(fs::last_write_time(path_ + "/table.dat"), written_at);
  ApplySettings force = settings();
  force.force = true;
  const ApplyReport again = apply_set(path_, force);
  EXPECT_FALSE(again.already_applied);
  EXPECT_EQ(again.counts.n_flagged_before, 1u);
  EXPECT_TRUE(once == written());
  const auto record = nlohmann::json::parse(applied_record(path_));
  EXPECT_EQ(record["set"], "2026-01-25T22:26:05");
  EXPECT_EQ(record["tables"].size(), 3u);
}

TEST_F(ApplySetTest, OtherTablesStartFromTheFlagsBeforeTheFirst) {
  known_[2].solutions[0].flagged[2] = 1;  // antenna 1, receptor 0
  write(2);
  const ApplyReport first = apply_set(path_, settings());
  EXPECT_EQ(first.counts.n_flagged_after, 1 + 4 * kTimes * kChannels);
  known_[2].solutions[0].flagged[2] = 0;
  write(2);
  const ApplyReport second = apply_set(path_, settings());
  EXPECT_FALSE(second.already_applied) << "the table has changed";
  EXPECT_EQ(second.counts.n_flagged_after, 1u);
}

TEST_F(ApplySetTest, ARunThatWasKilledIsDoneAgain) {
  apply_set(path_, settings());
  const Columns once = written();
  {
    const ms::SetLock lock(path_);
    const ms::CorrectedWriter killed(path_, kStage);
  }
  EXPECT_THROW(ms::Reader{path_}, DataError);
  const ApplyReport again = apply_set(path_, settings());
  EXPECT_TRUE(again.repaired);
  EXPECT_FALSE(again.already_applied);
  EXPECT_TRUE(once == written());
}

TEST_F(ApplySetTest, BadTablesAreNamedBeforeAnythingChanges) {
  const auto expect = [&](const std::string& table, const std::string& what) {
    const std::string message = failure(settings());
    EXPECT_NE(message.find(table), std::string::npos) << message;
    EXPECT_NE(message.find(what), std::string::npos) << message;
    EXPECT_FALSE(ms::Reader(path_).has_column("CORRECTED_DATA"));
    EXPECT_FALSE(ms::has_flag_version(path_, ms::kVersionBeforeCalibration));
    known_.clear();
    make_tables();
  };
  for (double& f : known_[1].description.spectral_windows[0].frequency_hz) f += 3e8;
  write(1);
  expect("x.B", "expected one that covers the data");

  for (ms::Antenna& antenna : known_[2].description.antennas) antenna.position_m[0] += 50;
  write(2);
  expect("x.G", "antennas were renumbered or moved");

  std::fill(known_[2].solutions[0].flagged.begin(), known_[2].solutions[0].flagged.end(), 1);
  write(2);
  expect("x.G", "no antenna has a solution");

  fs::remove(tables_[1] + "/table.f0");
  expect("x.B", "");

  fs::remove_all(tables_[0]);
  expect("x.K", "");
}

TEST_F(ApplySetTest, WithoutCalibrationTheSetSaysSo) {
  mark_uncalibrated(path_, "no set in reach", "calibrate-ms x.ms");
  const auto record = nlohmann::json::parse(applied_record(path_));
  EXPECT_EQ(record["calibrated"], false);
  EXPECT_EQ(record["science"], false);
  EXPECT_FALSE(apply_set(path_, settings()).already_applied);
  EXPECT_EQ(nlohmann::json::parse(applied_record(path_))["calibrated"], true);
}

}  // namespace
}  // namespace contimg::calibrate
