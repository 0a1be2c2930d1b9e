// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/set_sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "astro/constants.h"
#include "base/error.h"
#include "calibrate/row_sums.h"
#include "ms/corrected.h"

namespace contimg::calibrate {
namespace {

constexpr std::size_t kReceptors = SetSums::kReceptorCount;
constexpr std::size_t kMostBytes = 700'000'000;
constexpr double kSameTime_s = 0.1;

/// Neighbouring rows of one integration.
struct Block {
  std::size_t first_row = 0, n_row = 0, interval = 0;
  std::vector<std::complex<float>> data, model;
  std::unique_ptr<bool[]> flag;
  std::vector<float> sigma, weight;
  std::vector<astro::Vector3> uvw_m;
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
        field_(model),
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
    result_.sums = RatioSums(timeline_.n_interval * result_.interval_cells());
    result_.n_total.assign(result_.baselines.size(), 0);
    result_.n_good.assign(result_.baselines.size(), 0);
    rows_at_once_ = std::max<std::size_t>(16, (1 << 17) / (n_channel_ * n_correlation_) / 16 * 16);
  }

  SetSums run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < settings_.n_thread; ++i)
      threads.emplace_back([this] { work_until_ended(); });
    std::exception_ptr failure;
    try {
      for (std::size_t i = 0; i + 1 < timeline_.first_row.size(); ++i)
        if (settings_.use_integration.empty() || settings_.use_integration.at(i))
          sum_integration(i);
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
    finish_times();
    return std::move(result_);
  }

 private:
  // A baseline that is out of range at any time is left out: its samples are then alike.
  void find_baselines() {
    std::map<std::pair<int, int>, std::size_t> index;
    std::map<std::pair<int, int>, bool> outside;
    for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row) {
      const std::pair<int, int> pair(keys_.antenna1[row], keys_.antenna2[row]);
      if (pair.first == pair.second) continue;
      const double* uvw = &keys_.uvw_m[3 * row];
      const double length = std::hypot(uvw[0], uvw[1]);
      if (length < settings_.uv_range.min_m || length > settings_.uv_range.max_m)
        outside[pair] = true;
      else
        outside.emplace(pair, false);
    }
    for (const auto& [pair, is_outside] : outside)
      if (!is_outside) {
        index[pair] = result_.baselines.size();
        result_.baselines.push_back(
            {static_cast<std::uint32_t>(pair.first), static_cast<std::uint32_t>(pair.second)});
      }
    baseline_of_row_.assign(keys_.time_mjd_s.size(), -1);
    for (std::size_t row = 0; row < keys_.time_mjd_s.size(); ++row) {
      const auto found = index.find({keys_.antenna1[row], keys_.antenna2[row]});
      if (found != index.end()) baseline_of_row_[row] = static_cast<std::int32_t>(found->second);
    }
  }

  void sum_integration(std::size_t integration) {
    const double time_mjd_s = timeline_.time_mjd_s[integration];
    if (settings_.model == ModelSource::field) field_.begin_integration(time_mjd_s);
    if (settings_.pre_applied) inverse_ = settings_.pre_applied->at(time_mjd_s, 0);
    const std::size_t end = timeline_.first_row[integration + 1];
    for (std::size_t row = timeline_.first_row[integration]; row < end; row += rows_at_once_) {
      std::unique_ptr<Block> block = spare_block();
      block->first_row = row;
      block->n_row = std::min(rows_at_once_, end - row);
      block->interval = timeline_.interval[integration];
      read(*block);
      hand_over(std::move(block));
    }
    // The field's beam, and cells that two integrations share, want all of one to be done.
    drain();
    if (settings_.check) settings_.check();
    if (settings_.progress) settings_.progress(end, result_.n_row);
  }

  void read(Block& block) {
    const std::size_t n = block.n_row * n_channel_ * n_correlation_;
    block.data.resize(n);
    if (!block.flag)
      block.flag = std::make_unique<bool[]>(rows_at_once_ * n_channel_ * n_correlation_);
    block.sigma.resize(block.n_row * n_correlation_);
    set_.read_data(block.first_row, block.data);
    flags_.read(block.first_row, {block.flag.get(), n});
    set_.read_floats("SIGMA", block.first_row, block.n_row, block.sigma);
    if (settings_.model != ModelSource::column) return;
    block.model.resize(n);
    set_.read_model(block.first_row, block.model);
  }

  // What the caller's thread may call as well as the others.
  void add(Block& block) {
    block.weight.resize(block.sigma.size());
    for (std::size_t i = 0; i < block.sigma.size(); ++i)
      block.weight[i] = block.sigma[i] > 0 ? 1 / (block.sigma[i] * block.sigma[i]) : 0;
    predict(block);
    const std::size_t row_size = n_channel_ * n_correlation_;
    for (std::size_t i = 0; i < block.n_row; ++i) {
      const std::size_t row = block.first_row + i;
      if (baseline_of_row_[row] < 0) continue;
      const auto baseline = static_cast<std::size_t>(baseline_of_row_[row]);
      if (settings_.pre_applied) apply_before(block, i);
      const std::size_t cell = result_.cell(block.interval, baseline, 0, 0);
      result_.n_total[baseline] += n_channel_ * kReceptors;
      result_.n_good[baseline] += add_row(
          {&block.data[i * row_size], &block.flag[i * row_size], &block.model[i * n_channel_],
           &block.weight[i * n_correlation_], n_channel_, n_correlation_, hands_},
          &result_.sums.product[cell], &result_.sums.power[cell]);
    }
  }

  void predict(Block& block) {
    if (settings_.model == ModelSource::column) {
      // Stokes I, as both hands see it; kept [row, channel] in the same memory.
      for (std::size_t i = 0; i < block.n_row * n_channel_; ++i)
        block.model[i] = 0.5F * (block.model[i * n_correlation_ + hands_[0]] +
                                 block.model[i * n_correlation_ + hands_[1]]);
      return;
    }
    block.uvw_m.resize(block.n_row);
    for (std::size_t i = 0; i < block.n_row; ++i)
      for (std::size_t axis = 0; axis < 3; ++axis)
        block.uvw_m[i][axis] = keys_.uvw_m[3 * (block.first_row + i) + axis];
    block.model.resize(block.n_row * n_channel_);
    field_.predict(block.uvw_m, block.model);
  }

  void apply_before(Block& block, std::size_t i) {
    const std::size_t size = n_channel_ * n_correlation_, row = block.first_row + i;
    const Span<std::complex<float>> data(&block.data[i * size], size);
    caltable::apply(inverse_, receptors_,
                    {static_cast<std::size_t>(keys_.antenna1[row]),
                     static_cast<std::size_t>(keys_.antenna2[row]),
                     {data.data(), size},
                     {&block.sigma[i * n_correlation_], n_correlation_},
                     data,
                     {&block.flag[i * size], size},
                     {&block.weight[i * n_correlation_], n_correlation_}});
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
  FieldModel& field_;
  const SumSettings& settings_;
  const ms::RowKeys keys_;
  const std::size_t n_channel_, n_correlation_;
  std::array<std::size_t, kReceptors> hands_{};
  std::vector<std::array<std::uint8_t, 2>> receptors_;
  std::vector<std::int32_t> baseline_of_row_;
  Timeline timeline_;
  caltable::InverseGains inverse_;
  std::size_t rows_at_once_ = 16;
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
