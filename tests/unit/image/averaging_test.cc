// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging.h"

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "base/error.h"
#include "caltable/recorded.h"
#include "caltable/writer.h"
#include "image/averaging_plan.h"
#include "known_sky.h"
#include "ms/corrected.h"
#include "ms/in_place.h"

namespace contimg::image {
namespace {

using Complex = std::complex<double>;

class AveragingTest : public KnownSky {
 protected:
  AveragingTest() {
    settings_.field_radius_rad = std::sin(1.97 * astro::kDegree);
    settings_.allow_uncalibrated = true;
    settings_.set_cost_visibilities = 100;
  }

  ImagingSets average() {
    fs::remove_all(out_);
    fs::create_directories(out_);
    return average_for_imaging(path_, out_, settings_);
  }
  std::string refusal() {
    try {
      average();
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  }

  struct Cell {
    Complex value;
    double weight = 0;
    bool flagged = true;
  };
  /// All averaged cells by set, row, channel.
  static std::vector<Cell> cells_of(const ImagingSet& averaged) {
    const ms::Reader set(averaged.path);
    EXPECT_EQ(set.description().correlations, ms::CorrelationTypes{1});
    const ms::Rows rows = set.rows(0, set.n_row());
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < rows.data.size(); ++i)
      cells.push_back(
          {Complex(rows.data[i]), static_cast<double>(rows.weight_spectrum[i]), rows.flag[i]});
    return cells;
  }

  // Weights that differ by hand, flags of every kind.
  void spoil() {
    std::mt19937 random(11);
    std::uniform_real_distribution<double> chance(0, 1);
    const std::size_t row_size = data_.size() / keys_.time_mjd_s.size();
    for (float& w : weight_) w = static_cast<float>(0.5 + chance(random));
    for (std::size_t i = 0; i < data_.size(); ++i) {
      data_[i] += std::complex<float>(static_cast<float>(chance(random)), 0.5F);
      flag_[i] = chance(random) < 0.1 || (i / row_size) % 9 == 2;
    }
    data_[row_size * 3 + 4] = {NAN, 0};
    data_[row_size * 4 + 7] = {0, INFINITY};
    weight_[10] = 0;
  }

  // Stokes I of a sample as the contract has it; weight 0: left out.
  Cell stokes_i(std::size_t row, std::size_t channel) const {
    const std::size_t n_channel = data_.size() / keys_.time_mjd_s.size() / 2;
    const std::size_t at = (row * n_channel + channel) * 2;
    const Complex a(data_[at]), b(data_[at + 1]);
    const double wa = static_cast<double>(spectrum_.empty() ? weight_[2 * row] : spectrum_[at]);
    const double wb =
        static_cast<double>(spectrum_.empty() ? weight_[2 * row + 1] : spectrum_[at + 1]);
    const bool good =
        !flag_[at] && !flag_[at + 1] && wa > 0 && wb > 0 && std::isfinite(std::abs(a + b));
    if (!good) return {};
    return {(a + b) / 2.0, 4 / (1 / wa + 1 / wb), false};
  }

  AveragingSettings settings_;
};

TEST_F(AveragingTest, KeepsPhasesAndLosesNoMoreThanTheBudgetOnAnyBaseline) {
  const double radius = settings_.field_radius_rad;
  for (const double most : {0.01, 0.003})
    for (int angle = 0; angle < 8; ++angle) {
      l_ = radius * std::cos(angle * astro::kPi / 8 + 0.1);
      m_ = radius * std::sin(angle * astro::kPi / 8 + 0.1);
      observe();
      write();
      settings_.max_smearing = most;
      const ImagingSets result = average();
      EXPECT_GT(result.sets.size(), 1u);
      EXPECT_LT(result.n_output * 2, result.n_input) << "hardly averaged";
      EXPECT_LE(result.largest_loss, most);
      for (const ImagingSet& set : result.sets) {
        const std::vector<Cell> cells = cells_of(set);
        const ms::RowKeys keys = ms::Reader(set.path).keys();
        const std::size_t n = set.frequency_hz.size();
        for (std::size_t i = 0; i < cells.size(); ++i) {
          const astro::Vector3 place = {keys.uvw_m[i / n * 3], keys.uvw_m[i / n * 3 + 1],
                                        keys.uvw_m[i / n * 3 + 2]};
          const Complex left = cells[i].value / source(place, set.frequency_hz[i % n]);
          ASSERT_FALSE(cells[i].flagged);
          ASSERT_GE(std::abs(left), 1 - most);
          ASSERT_LE(std::abs(left), 1 + 1e-6);
          // The track's curvature moves the mean: at most (T omega)^2 / 24 of the phase, 155 s,
          // on the short baselines; 244 kHz steps and floats far less.
          ASSERT_LT(std::abs(std::arg(left)), 1e-3) << set.channel_factor;
        }
      }
    }
}

TEST_F(AveragingTest, AveragesFurtherWhereTheFieldIsSmaller) {
  observe();
  write();
  std::size_t before = average().n_output;
  for (const double radius : {0.02, 0.01, 0.003}) {
    settings_.field_radius_rad = radius;
    const std::size_t now = average().n_output;
    EXPECT_LT(now, before);
    before = now;
  }
}

TEST_F(AveragingTest, WithoutABudgetEverySampleIsStokesIWithItsWeight) {
  observe();
  settings_.max_smearing = 0;
  for (const bool with_spectrum : {false, true}) {
    observe();
    spoil();
    if (with_spectrum)
      for (std::size_t i = 0; i < data_.size(); ++i)
        spectrum_.push_back(i % 5 == 0 ? 0.0F : 1.0F + 0.1F * static_cast<float>(i % 17));
    write();
    const ImagingSets result = average();
    ASSERT_EQ(result.sets.size(), 1u);
    const std::vector<Cell> cells = cells_of(result.sets[0]);
    double total = 0;
    std::size_t i = 0, n_good = 0;
    for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row) {
      std::vector<Cell> truth;
      std::size_t good = 0;
      for (std::size_t c = 0; c < 48; ++c) truth.push_back(stokes_i(row, c));
      for (const Cell& cell : truth) good += !cell.flagged;
      if (good == 0) continue;  // such rows are left out
      n_good += good;
      for (const Cell& cell : truth) {
        ASSERT_LT(i, cells.size());
        ASSERT_EQ(cells[i].flagged, cell.flagged);
        ASSERT_NEAR(std::abs(cells[i].value - cell.value), 0, 1e-6);
        ASSERT_NEAR(cells[i].weight, cell.weight, 1e-6 * cell.weight);
        total += cell.weight;
        ++i;
      }
    }
    EXPECT_EQ(i, cells.size());
    EXPECT_EQ(result.n_good, n_good);
    EXPECT_NEAR(result.sum_of_weights / total, 1, 1e-6);
  }
}

TEST_F(AveragingTest, SumsWeightsAndMeansAsOneByOne) {
  settings_.max_smearing = 1e6;  // a baseline's whole track within a quadrant, and the whole band
  settings_.max_sets = 1;
  for (const bool with_spectrum : {false, true}) {
    observe();
    spoil();
    if (with_spectrum)
      for (std::size_t i = 0; i < data_.size(); ++i)
        spectrum_.push_back(1.0F + 0.1F * static_cast<float>(i % 17));
    write();
    const ImagingSets result = average();
    ASSERT_EQ(result.sets.size(), 1u);
    ASSERT_EQ(result.sets[0].channel_factor, 48u);
    struct Sum {
      Complex value;
      double weight = 0, time_s = 0, first = 1e300, last = 0;
      astro::Vector3 uvw{};
    };
    std::map<std::array<int, 3>, Sum> sums;  // baseline, quadrant
    for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row) {
      const int quadrant = (keys_.uvw_m[3 * row] < 0) + 2 * (keys_.uvw_m[3 * row + 1] < 0);
      for (std::size_t c = 0; c < 48; ++c) {
        const Cell cell = stokes_i(row, c);
        if (cell.flagged) continue;
        Sum& sum = sums[{keys_.antenna1[row], keys_.antenna2[row], quadrant}];
        sum.value += cell.weight * cell.value;
        sum.weight += cell.weight;
        sum.time_s += cell.weight * (keys_.time_mjd_s[row] - start_mjd_s_);
        sum.first = std::min(sum.first, keys_.time_mjd_s[row] - kInterval_s / 2);
        sum.last = std::max(sum.last, keys_.time_mjd_s[row] + kInterval_s / 2);
        for (std::size_t axis = 0; axis < 3; ++axis) sum.uvw[axis] += cell.weight * uvw(row)[axis];
      }
    }
    const std::vector<Cell> cells = cells_of(result.sets[0]);
    const ms::RowKeys keys = ms::Reader(result.sets[0].path).keys();
    ASSERT_EQ(cells.size(), sums.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const int quadrant = (keys.uvw_m[3 * i] < 0) + 2 * (keys.uvw_m[3 * i + 1] < 0);
      const auto found = sums.find({keys.antenna1[i], keys.antenna2[i], quadrant});
      ASSERT_NE(found, sums.end());
      const Sum& sum = found->second;
      EXPECT_NEAR(std::abs(cells[i].value - sum.value / sum.weight), 0, 2e-6);
      EXPECT_NEAR(cells[i].weight / sum.weight, 1, 2e-6);
      EXPECT_NEAR(keys.time_mjd_s[i] - start_mjd_s_, sum.time_s / sum.weight, 1e-4);
      EXPECT_NEAR(keys.integration_time_s[i], sum.last - sum.first, 1e-5);
      for (std::size_t axis = 0; axis < 3; ++axis)
        EXPECT_NEAR(keys.uvw_m[3 * i + axis], sum.uvw[axis] / sum.weight, 1e-4);
    }
    double total = 0, by_integration = 0, by_channel = 0;
    for (const auto& [key, sum] : sums) total += sum.weight;
    for (const double w : result.integration_weight) by_integration += w;
    for (const ImagingSets::Channel& channel : result.channels) by_channel += channel.weight;
    EXPECT_NEAR(by_integration / total, 1, 1e-6);
    EXPECT_NEAR(by_channel / total, 1, 1e-6);
  }
}

TEST_F(AveragingTest, TotalWeightIsThatOfTheDataHoweverFarItAverages) {
  observe();
  spoil();
  write();
  double truth = 0;
  for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row)
    for (std::size_t c = 0; c < 48; ++c) truth += stokes_i(row, c).weight;
  for (const double most : {0.0, 0.001, 0.01, 0.1}) {
    settings_.max_smearing = most;
    double total = 0;
    for (const ImagingSet& set : average().sets)
      for (const Cell& cell : cells_of(set)) total += cell.weight;
    EXPECT_NEAR(total / truth, 1, 1e-6) << most;
  }
}

TEST_F(AveragingTest, DoesNotAverageAcrossAGap) {
  place_rows({0, 1, 2, 9, 10, 11});
  observe();
  write();
  settings_.max_smearing = 1e6;
  for (const ImagingSet& set : average().sets)
    for (const double interval_s : ms::Reader(set.path).keys().integration_time_s)
      EXPECT_LT(interval_s, 3.01 * kInterval_s);
}

TEST_F(AveragingTest, LeavesOutAutocorrelationsAndShortBaselines) {
  for (std::size_t row = 0; row < keys_.time_mjd_s.size(); row += kBaselines)
    keys_.antenna2[row] = 0;
  observe();
  write();
  settings_.min_uv_lambda = 1500;
  const ImagingSets result = average();
  EXPECT_EQ(result.n_input, (kBaselines - 1) * 12 * 48);
  std::set<std::pair<int, int>> kept, wanted;
  for (std::size_t row = 0; row < kBaselines; ++row)
    if (std::hypot(keys_.uvw_m[3 * row], keys_.uvw_m[3 * row + 1]) * 1.4e9 / astro::kSpeedOfLight >
        1500)
      wanted.insert({keys_.antenna1[row], keys_.antenna2[row]});
  for (const ImagingSet& set : result.sets)
    for (const AveragedRow& row : set.rows) kept.insert({row.antenna1, row.antenna2});
  EXPECT_EQ(kept, wanted);
  EXPECT_LT(wanted.size(), kBaselines - 5);
  EXPECT_GT(result.shortest_uv_lambda, 1490);
}

TEST_F(AveragingTest, WindowsOfOneBandAreAveragedAsOneWindow) {
  observe();
  write();
  const ImagingSets whole = average();
  std::vector<std::vector<Cell>> truth;
  for (const ImagingSet& set : whole.sets) truth.push_back(cells_of(set));

  const ms::RowKeys single = keys_;
  const ms::SpectralWindow band = set_.spectral_windows[0];
  set_.spectral_windows.clear();
  for (const std::size_t w : {1, 0, 3, 2}) {  // in any order
    ms::SpectralWindow part{"part", {}, {}};
    for (std::size_t c = 12 * w; c < 12 * (w + 1); ++c) {
      part.frequency_hz.push_back(band.frequency_hz[c]);
      part.width_hz.push_back(band.width_hz[c]);
    }
    set_.spectral_windows.push_back(part);
  }
  keys_ = {};
  for (std::size_t t = 0; t < 12; ++t)
    for (int window = 0; window < 4; ++window)
      for (std::size_t b = 0; b < kBaselines; ++b) {
        const std::size_t row = t * kBaselines + b;
        keys_.time_mjd_s.push_back(single.time_mjd_s[row]);
        keys_.integration_time_s.push_back(kInterval_s);
        keys_.antenna1.push_back(single.antenna1[row]);
        keys_.antenna2.push_back(single.antenna2[row]);
        keys_.data_description.push_back(window);
        keys_.field.push_back(0);
        keys_.scan.push_back(0);
        for (std::size_t axis = 0; axis < 3; ++axis)
          keys_.uvw_m.push_back(single.uvw_m[3 * row + axis]);
      }
  observe();
  write();
  const ImagingSets parts = average();
  EXPECT_EQ(parts.n_input, whole.n_input);
  // Channel factors divide 12 here and 48 above.
  double total = 0, expected = 0;
  for (const ImagingSet& set : parts.sets) {
    const ms::RowKeys keys = ms::Reader(set.path).keys();
    const std::vector<Cell> cells = cells_of(set);
    const std::size_t n = set.frequency_hz.size();
    EXPECT_EQ(n * set.channel_factor, 48u);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      total += cells[i].weight;
      const astro::Vector3 place = {keys.uvw_m[i / n * 3], keys.uvw_m[i / n * 3 + 1],
                                    keys.uvw_m[i / n * 3 + 2]};
      const Complex left = cells[i].value / source(place, set.frequency_hz[i % n]);
      ASSERT_NEAR(std::abs(left - 1.0), 0, 0.011);
    }
  }
  for (const std::vector<Cell>& cells : truth)
    for (const Cell& cell : cells) expected += cell.weight;
  EXPECT_NEAR(total / expected, 1, 1e-6);
}

// V_obs = g1 V conj(g2), with a gain for each antenna.
class CalibratedTest : public AveragingTest {
 protected:
  static Complex gain(std::size_t antenna, std::size_t receptor) {
    return std::polar(1 + 0.1 * static_cast<double>(antenna),
                      0.7 * static_cast<double>(antenna * (receptor + 1)));
  }
  void SetUp() override {
    AveragingTest::SetUp();
    observe();
    const std::size_t row_size = 96;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      const std::size_t row = i / row_size;
      data_[i] *= std::complex<float>(
          gain(static_cast<std::size_t>(keys_.antenna1[row]), i % 2) *
          std::conj(gain(static_cast<std::size_t>(keys_.antenna2[row]), i % 2)));
    }
    write();
    caltable::CalTable table{caltable::Kind::gain, "x.ms", set_, {}, {}};
    table.description.spectral_windows[0] = caltable::whole_band(set_.spectral_windows[0]);
    caltable::Solutions s = caltable::flagged_solutions(caltable::Kind::gain, kAntennas, 1);
    s.time_mjd_s = start_mjd_s_ + 50;
    s.interval_s = 100;
    std::fill(s.flagged.begin(), s.flagged.end(), 0);
    for (std::size_t a = 0; a < kAntennas; ++a)
      for (std::size_t r = 0; r < 2; ++r) s.gain[a * 2 + r] = std::complex<float>(gain(a, r));
    table.solutions = {s};
    caltable::write_caltable(table_, table, this_process(0), true);
    settings_.allow_uncalibrated = false;
    settings_.max_smearing = 0;
  }
  // Says what calibrate-ms says; with `corrected` also fills CORRECTED_DATA with so many Jy.
  void record(bool calibrated, bool in_memory, double corrected_jy = -1) {
    const nlohmann::json said = {
        {"calibrated", calibrated},
        {"in_memory", in_memory},
        {"why", calibrated ? "" : "no set was near"},
        {"tables", calibrated ? nlohmann::json::array(
                                    {{{"path", table_}, {"sha256", caltable::fingerprint(table_)}}})
                              : nlohmann::json::array()}};
    const ms::AppliedRecord applied{said.dump(), "test", "test", {}};
    const ms::SetLock lock(path_);
    if (corrected_jy < 0) return ms::record_applied(path_, "calibrate", applied);
    const std::vector<std::complex<float>> corrected(data_.size(),
                                                     {static_cast<float>(corrected_jy), 0});
    ms::CorrectedWriter writer(path_, "calibrate");
    const std::size_t n_row = keys_.time_mjd_s.size();
    writer.put({0, n_row, corrected, {flag_.get(), data_.size()}, weight_, {}});
    writer.finish(applied);
  }
  void expect_the_source(const ImagingSets& result) {
    ASSERT_EQ(result.sets.size(), 1u);
    const std::vector<Cell> cells = cells_of(result.sets[0]);
    ASSERT_EQ(cells.size(), data_.size() / 2);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::size_t row = i / 48;
      const double f = set_.spectral_windows[0].frequency_hz[i % 48];
      ASSERT_NEAR(std::abs(cells[i].value - source(uvw(row), f)), 0, 1e-5);
      const double power = std::norm(gain(static_cast<std::size_t>(keys_.antenna1[row]), 0) *
                                     gain(static_cast<std::size_t>(keys_.antenna2[row]), 0));
      ASSERT_NEAR(cells[i].weight / (8 * power), 1, 1e-5);
    }
  }
  std::string table_ = folder_ + "/x.G";
};

TEST_F(CalibratedTest, AppliesNamedTables) {
  settings_.gaintables = {table_};
  const ImagingSets result = average();
  EXPECT_EQ(result.origin, DataOrigin::named_tables);
  EXPECT_EQ(result.tables, std::vector<std::string>{table_});
  expect_the_source(result);
}

TEST_F(CalibratedTest, AppliesRecordedTables) {
  record(true, true);
  const ImagingSets result = average();
  EXPECT_EQ(result.origin, DataOrigin::recorded_tables);
  EXPECT_EQ(result.tables, std::vector<std::string>{table_});
  expect_the_source(result);
}

TEST_F(CalibratedTest, TakesCorrectedDataWhereTheyAre) {
  record(true, false, 2.5);
  const ImagingSets result = average();
  EXPECT_EQ(result.origin, DataOrigin::corrected_column);
  for (const Cell& cell : cells_of(result.sets[0]))
    ASSERT_NEAR(std::abs(cell.value - 2.5), 0, 1e-6);
}

TEST_F(CalibratedTest, RefusesCorrectedDataOfZeroes) {
  record(true, false, 0);
  EXPECT_NE(refusal().find("CORRECTED_DATA is zero everywhere"), std::string::npos) << refusal();
}

TEST_F(CalibratedTest, RefusesWhatWasNeverCalibratedUnlessAllowed) {
  EXPECT_NE(refusal().find("no CORRECTED_DATA and no record of a calibration"), std::string::npos);
  EXPECT_NE(refusal().find("run calibrate-ms"), std::string::npos);
  settings_.allow_uncalibrated = true;
  EXPECT_EQ(average().origin, DataOrigin::uncalibrated);
}

TEST_F(CalibratedTest, RefusesWhatIsMarkedAsUncalibratedUnlessAllowed) {
  record(false, false);
  EXPECT_NE(refusal().find("marked as not calibrated (no set was near)"), std::string::npos);
  settings_.allow_uncalibrated = true;
  EXPECT_EQ(average().origin, DataOrigin::uncalibrated);
}

TEST_F(AveragingTest, RefusesWhatIsFlaggedThroughout) {
  observe();
  std::fill_n(flag_.get(), data_.size(), true);
  write();
  EXPECT_NE(refusal().find("every visibility is flagged"), std::string::npos);
}

TEST_F(AveragingTest, RefusesOneHandSeveralCentresAndUnevenChannels) {
  set_.correlations = {9, 10};
  observe();
  write();
  EXPECT_NE(refusal().find("has not both XX and YY"), std::string::npos);
  set_.correlations = {9, 12};
  set_.fields.push_back({"there", {1.51, 0.6}, start_mjd_s_});
  keys_.field.back() = 1;
  observe();
  write();
  EXPECT_NE(refusal().find("more than one phase centre"), std::string::npos);
  keys_.field.back() = 0;
  set_.spectral_windows[0].frequency_hz[47] += 1e5;
  observe();
  write();
  EXPECT_NE(refusal().find("not evenly spaced"), std::string::npos);
}

TEST_F(AveragingTest, StopsWhenTold) {
  observe();
  write();
  AveragingObserver observer;
  observer.check = [] { throw TemporaryError("told to stop"); };
  EXPECT_THROW(average_for_imaging(path_, out_, settings_, observer), TemporaryError);
}

}  // namespace
}  // namespace contimg::image
