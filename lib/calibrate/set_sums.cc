// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/set_sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "astro/constants.h"
#include "base/bulk_vector.h"
#include "base/error.h"
#include "calibrate/row_sums.h"
#include "ms/corrected.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kReceptors = SetSums::kReceptorCount;
constexpr std::size_t kMostBytes = 700'000'000;
constexpr std::size_t kCachedBytes = 900'000;  // of sums, in a cache of 2 MB
constexpr double kSameTime_s = 0.1;

/// Neighbouring rows of one integration.
struct Run {
  std::size_t first_row = 0, n_row = 0, integration = 0;
};

/// Some baselines through one interval: their sums stay in the processor's cache, and are written to
/// memory once.
struct Unit {
  std::size_t interval = 0, first_baseline = 0, n_baseline = 0;
  std::vector<Run> runs;
  std::size_t n_row = 0;                       ///< Of all runs.
  std::vector<std::uint64_t> n_total, n_good;  ///< [baseline of the unit]
};

/// A unit's rows on their way from the file; [row of the runs, channel, correlation].
struct Block {
  Unit* unit = nullptr;
  BulkVector<std::complex<float>> data, model;
  std::unique_ptr<bool[]> flag;
  std::size_t flag_size = 0;
};

/// Which correlations are the parallel hands, in the order of receptors.
std::array<std::size_t, kReceptors> parallel_hands(const ms::CorrelationTypes& types) {
  std::array<std::size_t, kReceptors> hands{types.size(), types.size()};
  for (std::size_t c = 0; c < types.size(); ++c) {
    const auto [first, second] = caltable::receptors_of(types[c]);
    if (first == second) hands[first] = c;
  }
  if (hands[0] == types.size() || hands[1] == types.size())
    throw DataError("correlations without two parallel hands, expected XX and YY, or RR and LL");
  return hands;
}

/// Where the integrations of a set begin, and in which interval each is.
struct Timeline {
  std::vector<std::size_t> first_row;  ///< [integration], and the number of rows.
  std::vector<double> time_mjd_s;      ///< [integration]
  std::vector<std::size_t> interval;   ///< [integration]
  std::size_t n_interval = 1;
};

Timeline timeline_of(const ms::RowKeys& keys, double interval_s, std::size_t most_intervals) {
  Timeline timeline;
  for (std::size_t row = 0; row < keys.time_mjd_s.size(); ++row)
    if (row == 0 || std::abs(keys.time_mjd_s[row] - keys.time_mjd_s[row - 1]) > kSameTime_s) {
      timeline.first_row.push_back(row);
      timeline.time_mjd_s.push_back(keys.time_mjd_s[row]);
    }
  timeline.first_row.push_back(keys.time_mjd_s.size());
  const auto [first, last] =
      std::minmax_element(timeline.time_mjd_s.begin(), timeline.time_mjd_s.end());
  const double start = *first - keys.integration_time_s[0] / 2;
  const double length = *last - *first + keys.integration_time_s[0];
  const double wanted = std::isfinite(interval_s) ? std::max(1.0, length / interval_s) : 1.0;
  timeline.n_interval = static_cast<std::size_t>(
      std::round(std::min({wanted, static_cast<double>(most_intervals),
                           static_cast<double>(timeline.time_mjd_s.size())})));
  for (const double time : timeline.time_mjd_s) {
    const double at = (time - start) / length * static_cast<double>(timeline.n_interval);
    timeline.interval.push_back(
        std::min(static_cast<std::size_t>(std::max(at, 0.0)), timeline.n_interval - 1));
  }
  return timeline;
}

class Summing {
 public:
  Summing(const std::string& set_path, const ms::Reader& set, FieldModel& model,
          const SumSettings& settings)
      : set_(set),
        flags_(set_path, set),
        settings_(settings),
        keys_(set.keys()),
        n_channel_(set.n_channel()),
        n_correlation_(set.n_correlation()) {
    const ms::Description description = set.description();
    if (keys_.time_mjd_s.empty()) throw DataError(set_path + ": a set without rows");
    if (settings.model == ModelSource::column && !set.has_column("MODEL_DATA"))
      throw DataError(set_path +
                      ": no MODEL_DATA, expected that column; predict one into it, or "
                      "take another --model");
    hands_ = parallel_hands(description.correlations);
    for (const int type : description.correlations)
      receptors_.push_back(caltable::receptors_of(type));
    result_.n_antenna = description.antennas.size();
    result_.n_channel = n_channel_;
    result_.n_row = keys_.time_mjd_s.size();
    find_baselines();
    if (result_.baselines.empty())
      throw DataError(set_path +
                      ": no baseline within the range of --uvrange, expected a wider one");
    const std::size_t bytes =
        result_.interval_cells() * (sizeof(std::complex<float>) + sizeof(float));
    timeline_ =
        timeline_of(keys_, settings.interval_s, std::max<std::size_t>(1, kMostBytes / bytes));
    result_.sums = RatioSums::not_yet(timeline_.n_interval * result_.interval_cells());
    sigma_.resize(result_.n_row * n_correlation_);
    set_.read_floats("SIGMA", 0, result_.n_row, sigma_);
    models_.assign(timeline_.first_row.size() - 1, model);
    inverse_.resize(models_.size());
    plan_units();
  }

  SetSums run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < settings_.n_thread; ++i)
      threads.emplace_back([this] { work_until_ended(); });
    std::exception_ptr failure;
    try {
      read_all();
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    finish_counts();
    finish_times();
    return std::move(result_);
  }

 private:
  // A baseline that is out of range at any time is left out: its samples are then alike.
  void find_baselines() {
    const std::size_t n = result_.n_antenna, n_row = keys_.time_mjd_s.size();
    enum : std::uint8_t { absent, within, outside };
    std::vector<std::uint8_t> range(n * n, absent);
    const double min_m = settings_.uv_range.min_m, max_m = settings_.uv_range.max_m;
    for (std::size_t row = 0; row < n_row; ++row) {
      if (keys_.antenna1[row] == keys_.antenna2[row]) continue;
      const double* uvw = &keys_.uvw_m[3 * row];
      const double squared = uvw[0] * uvw[0] + uvw[1] * uvw[1];
      std::uint8_t& known = range[pair_of(row)];
      if (squared < min_m * min_m || squared > max_m * max_m)
        known = outside;
      else if (known == absent)
        known = within;
    }
    std::vector<std::int32_t> index(n * n, -1);
    for (std::size_t pair = 0; pair < range.size(); ++pair)
      if (range[pair] == within) {
        index[pair] = static_cast<std::int32_t>(result_.baselines.size());
        result_.baselines.push_back(
            {static_cast<std::uint32_t>(pair / n), static_cast<std::uint32_t>(pair % n)});
      }
    baseline_of_row_.assign(n_row, -1);
    for (std::size_t row = 0; row < n_row; ++row)
      if (keys_.antenna1[row] != keys_.antenna2[row]) baseline_of_row_[row] = index[pair_of(row)];
  }

  std::size_t pair_of(std::size_t row) const {
    return static_cast<std::size_t>(keys_.antenna1[row]) * result_.n_antenna +
           static_cast<std::size_t>(keys_.antenna2[row]);
  }

  // Every cell belongs to one unit, whether it has rows or not.
  void plan_units() {
    const std::size_t n = result_.baselines.size();
    const std::size_t bytes =
        n_channel_ * kReceptors * (sizeof(std::complex<float>) + sizeof(float));
    const std::size_t step = std::max<std::size_t>(16, kCachedBytes / bytes / 16 * 16);
    const std::size_t n_unit = (n + step - 1) / step;
    for (std::size_t i = 0; i < timeline_.n_interval; ++i)
      for (std::size_t b = 0; b < n; b += step) {
        Unit unit;
        unit.interval = i;
        unit.first_baseline = b;
        unit.n_baseline = std::min(step, n - b);
        unit.n_total.assign(unit.n_baseline, 0);
        unit.n_good.assign(unit.n_baseline, 0);
        units_.push_back(std::move(unit));
      }
    for (std::size_t t = 0; t + 1 < timeline_.first_row.size(); ++t) {
      if (!settings_.use_integration.empty() && !settings_.use_integration.at(t)) continue;
      for (std::size_t row = timeline_.first_row[t]; row < timeline_.first_row[t + 1]; ++row) {
        if (baseline_of_row_[row] < 0) continue;
        const auto baseline = static_cast<std::size_t>(baseline_of_row_[row]);
        add_row_to(units_[timeline_.interval[t] * n_unit + baseline / step], row, t);
      }
    }
  }

  // A few rows that are not wanted, such as autocorrelations, cost less than another access.
  static void add_row_to(Unit& unit, std::size_t row, std::size_t integration) {
    constexpr std::size_t kGap = 4;
    if (!unit.runs.empty()) {
      Run& last = unit.runs.back();
      const std::size_t end = last.first_row + last.n_row;
      if (last.integration == integration && row >= end && row - end <= kGap) {
        unit.n_row += row + 1 - end;
        last.n_row = row + 1 - last.first_row;
        return;
      }
    }
    unit.runs.push_back({row, 1, integration});
    ++unit.n_row;
  }

  void read_all() {
    std::size_t n_done = 0;
    for (Unit& unit : units_) {
      if (unit.first_baseline == 0) begin_interval(unit.interval);
      std::unique_ptr<Block> block = spare_block();
      block->unit = &unit;
      read(*block);
      hand_over(std::move(block));
      n_done += unit.n_row;
      if (settings_.check) settings_.check();
      if (settings_.progress) settings_.progress(n_done, result_.n_row);
    }
    drain();
  }

  void begin_interval(std::size_t interval) {
    for (std::size_t t = 0; t < models_.size(); ++t) {
      if (timeline_.interval[t] != interval) continue;
      if (settings_.model == ModelSource::field)
        models_[t].begin_integration(timeline_.time_mjd_s[t]);
      if (settings_.pre_applied)
        inverse_[t] = settings_.pre_applied->at(timeline_.time_mjd_s[t], 0);
    }
  }

  void read(Block& block) {
    const std::size_t row_size = n_channel_ * n_correlation_;
    const std::size_t n = block.unit->n_row * row_size;
    block.data.resize(n);
    if (block.flag_size < n) {
      block.flag.reset(new bool[n]);  // written before it is read
      block.flag_size = n;
    }
    if (settings_.model == ModelSource::column) block.model.resize(n);
    std::size_t at = 0;
    for (const Run& run : block.unit->runs) {
      const std::size_t size = run.n_row * row_size;
      set_.read_data(run.first_row, {&block.data[at], size});
      flags_.read(run.first_row, {&block.flag[at], size});
      if (settings_.model == ModelSource::column)
        set_.read_model(run.first_row, {&block.model[at], size});
      at += size;
    }
  }

  // What the caller's thread may call as well as the others.
  void add(Block& block) {
    const Unit& unit = *block.unit;
    const std::size_t first = result_.cell(unit.interval, unit.first_baseline, 0, 0);
    const std::size_t n = unit.n_baseline * n_channel_ * kReceptors;
    std::fill_n(&result_.sums.product[first], n, std::complex<float>(0));
    std::fill_n(&result_.sums.power[first], n, 0.0F);
    Scratch scratch;
    scratch.model.resize(n_channel_);
    scratch.weight.resize(n_correlation_);
    std::size_t at = 0;
    for (const Run& run : unit.runs)
      for (std::size_t row = run.first_row; row < run.first_row + run.n_row; ++row)
        add_one(row, run.integration, at++, block, scratch);
  }

  /// Of one row.
  struct Scratch {
    std::vector<std::complex<float>> model;  ///< [channel]
    std::vector<float> weight;               ///< [correlation]
  };

  // Given: the row in the file, and its place `at` in the block.
  void add_one(std::size_t row, std::size_t integration, std::size_t at, Block& block,
               Scratch& scratch) {
    Unit& unit = *block.unit;
    if (baseline_of_row_[row] < 0) return;
    const auto baseline = static_cast<std::size_t>(baseline_of_row_[row]);
    // A run goes on across baselines of the next unit where the file has another order.
    if (baseline < unit.first_baseline || baseline >= unit.first_baseline + unit.n_baseline) return;
    const std::size_t row_size = n_channel_ * n_correlation_;
    for (std::size_t c = 0; c < n_correlation_; ++c) {
      const float sigma = sigma_[row * n_correlation_ + c];
      scratch.weight[c] = sigma > 0 ? 1 / (sigma * sigma) : 0;
    }
    predict(row, integration, at, block, scratch);
    if (settings_.pre_applied) apply_before(row, integration, at, block, scratch);
    const std::size_t cell = result_.cell(unit.interval, baseline, 0, 0);
    unit.n_total[baseline - unit.first_baseline] += n_channel_ * kReceptors;
    unit.n_good[baseline - unit.first_baseline] +=
        add_row({&block.data[at * row_size], &block.flag[at * row_size], scratch.model.data(),
                 scratch.weight.data(), n_channel_, n_correlation_, hands_},
                &result_.sums.product[cell], &result_.sums.power[cell]);
  }

  void predict(std::size_t row, std::size_t integration, std::size_t at, const Block& block,
               Scratch& scratch) const {
    if (settings_.model == ModelSource::column) {
      // Stokes I, as both hands see it.
      const std::complex<float>* model = &block.model[at * n_channel_ * n_correlation_];
      for (std::size_t c = 0; c < n_channel_; ++c)
        scratch.model[c] =
            0.5F * (model[c * n_correlation_ + hands_[0]] + model[c * n_correlation_ + hands_[1]]);
      return;
    }
    const double* uvw = &keys_.uvw_m[3 * row];
    const astro::Vector3 uvw_m{uvw[0], uvw[1], uvw[2]};
    models_[integration].predict({&uvw_m, 1}, scratch.model);
  }

  void apply_before(std::size_t row, std::size_t integration, std::size_t at, Block& block,
                    Scratch& scratch) const {
    const std::size_t size = n_channel_ * n_correlation_;
    const Span<std::complex<float>> data(&block.data[at * size], size);
    caltable::apply(inverse_[integration], receptors_,
                    {static_cast<std::size_t>(keys_.antenna1[row]),
                     static_cast<std::size_t>(keys_.antenna2[row]),
                     {data.data(), size},
                     {&sigma_[row * n_correlation_], n_correlation_},
                     data,
                     {&block.flag[at * size], size},
                     scratch.weight});
  }

  std::unique_ptr<Block> spare_block() {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (spare_.empty()) return std::make_unique<Block>();
    std::unique_ptr<Block> block = std::move(spare_.back());
    spare_.pop_back();
    return block;
  }

  // The reader lends a hand when the others have enough to do.
  void hand_over(std::unique_ptr<Block> block) {
    {
      std::unique_lock<std::mutex> guard(mutex_);
      if (waiting_.size() < 2 * settings_.n_thread && settings_.n_thread > 1) {
        waiting_.push_back(std::move(block));
        guard.unlock();
        changed_.notify_one();
        return;
      }
    }
    add(*block);
    const std::lock_guard<std::mutex> guard(mutex_);
    spare_.push_back(std::move(block));
  }

  bool add_next(std::unique_lock<std::mutex>& guard) {
    if (waiting_.empty()) return false;
    std::unique_ptr<Block> block = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    guard.unlock();
    add(*block);
    guard.lock();
    spare_.push_back(std::move(block));
    --busy_;
    changed_.notify_all();
    return true;
  }

  void drain() {
    std::unique_lock<std::mutex> guard(mutex_);
    while (add_next(guard)) {
    }
    changed_.wait(guard, [this] { return busy_ == 0; });
  }

  void work_until_ended() {
    std::unique_lock<std::mutex> guard(mutex_);
    while (true) {
      changed_.wait(guard, [this] { return ended_ || !waiting_.empty(); });
      if (ended_) return;
      add_next(guard);
    }
  }

  void finish_counts() {
    result_.n_total.assign(result_.baselines.size(), 0);
    result_.n_good.assign(result_.baselines.size(), 0);
    result_.n_good_of_interval.assign(timeline_.n_interval, 0);
    for (const Unit& unit : units_)
      for (std::size_t i = 0; i < unit.n_baseline; ++i) {
        result_.n_total[unit.first_baseline + i] += unit.n_total[i];
        result_.n_good[unit.first_baseline + i] += unit.n_good[i];
        result_.n_good_of_interval[unit.interval] += unit.n_good[i];
      }
  }

  void finish_times() {
    std::vector<double> first(timeline_.n_interval, 0), last(timeline_.n_interval, 0);
    for (std::size_t i = 0; i < timeline_.interval.size(); ++i) {
      const double time = timeline_.time_mjd_s[i];
      const std::size_t at = timeline_.interval[i];
      first[at] = first[at] > 0 ? std::min(first[at], time) : time;
      last[at] = std::max(last[at], time);
    }
    for (std::size_t i = 0; i < timeline_.n_interval; ++i) {
      result_.time_mjd_s.push_back((first[i] + last[i]) / 2);
      result_.interval_s.push_back(last[i] - first[i] + keys_.integration_time_s[0]);
    }
  }

  const ms::Reader& set_;
  const ms::StartingFlags flags_;
  const SumSettings& settings_;
  const ms::RowKeys keys_;
  const std::size_t n_channel_, n_correlation_;
  std::array<std::size_t, kReceptors> hands_{};
  std::vector<std::array<std::uint8_t, 2>> receptors_;
  std::vector<std::int32_t> baseline_of_row_;
  std::vector<float> sigma_;  // [row, correlation]
  Timeline timeline_;
  std::vector<FieldModel> models_;               // [integration]
  std::vector<caltable::InverseGains> inverse_;  // [integration]
  std::vector<Unit> units_;                      // [interval, some baselines]
  SetSums result_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> waiting_;
  std::vector<std::unique_ptr<Block>> spare_;
  std::size_t busy_ = 0;
  bool ended_ = false;
};

}  // namespace

UvRange parse_uv_range(const std::string& text, double frequency_hz) {
  UvRange range;
  std::string rest;
  for (const char c : text)
    if (c != ' ') rest += c;
  if (rest.empty()) return range;
  const auto refuse = [&]() -> UsageError {
    return UsageError("--uvrange " + text +
                      ": not understood, expected e.g. '>1klambda', '<500m' or '100~2000m'");
  };
  const char sense = rest[0];
  if (sense == '>' || sense == '<') rest.erase(0, 1);
  double unit_m = 1;
  const auto ends_with = [&](const std::string& end) {
    if (rest.size() < end.size() || rest.compare(rest.size() - end.size(), end.size(), end) != 0)
      return false;
    rest.erase(rest.size() - end.size());
    return true;
  };
  const double wavelength_m = astro::kSpeedOfLight / frequency_hz;
  if (ends_with("klambda"))
    unit_m = 1000 * wavelength_m;
  else if (ends_with("lambda"))
    unit_m = wavelength_m;
  else if (ends_with("km"))
    unit_m = 1000;
  else
    ends_with("m");
  const auto number = [&](const std::string& word) {
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(word, &used);
    } catch (const std::logic_error&) {
      throw refuse();
    }
    if (used != word.size() || !(value >= 0)) throw refuse();
    return value * unit_m;
  };
  const std::size_t to = rest.find('~');
  if (sense == '>') {
    range.min_m = number(rest);
  } else if (sense == '<') {
    range.max_m = number(rest);
  } else {
    if (to == std::string::npos) throw refuse();
    range.min_m = number(rest.substr(0, to));
    range.max_m = number(rest.substr(to + 1));
    if (range.min_m > range.max_m) throw refuse();
  }
  return range;
}

SetSums sum_set(const std::string& set_path, const ms::Reader& set, FieldModel& model,
                const SumSettings& settings) {
  return Summing(set_path, set, model, settings).run();
}

}  // namespace contimg::calibrate
