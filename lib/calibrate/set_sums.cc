// SPDX-License-Identifier: GPL-3.0-or-later
#include "calibrate/set_sums.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "base/bulk_vector.h"
#include "base/error.h"
#include "calibrate/row_sums.h"
#include "calibrate/sum_plan.h"
#include "caltable/solutions.h"
#include "ms/corrected.h"

namespace contimg::calibrate {
namespace {

using caltable::kReceptors;

/// A unit's rows on their way from the file; [row of the runs, channel, correlation].
struct Block {
  Unit* unit = nullptr;
  BulkVector<std::complex<float>> data, model;
  std::unique_ptr<bool[]> flag;
  std::size_t flag_size = 0;
};

/// Which correlations are the parallel hands, in the order of receptors.
std::array<std::size_t, kReceptors> parallel_hands(const std::string& set_path,
                                                   const ms::CorrelationTypes& types) {
  std::array<std::size_t, kReceptors> hands{types.size(), types.size()};
  for (std::size_t c = 0; c < types.size(); ++c) {
    const auto [first, second] = caltable::receptors_of(types[c]);
    if (first == second) hands[first] = c;
  }
  if (hands[0] == types.size() || hands[1] == types.size())
    throw DataError(set_path +
                    ": correlations without two parallel hands, expected XX and YY, or RR and LL");
  return hands;
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
    hands_ = parallel_hands(set_path, description.correlations);
    for (const int type : description.correlations)
      receptors_.push_back(caltable::receptors_of(type));
    result_.n_antenna = description.antennas.size();
    result_.n_channel = n_channel_;
    result_.n_row = keys_.time_mjd_s.size();
    plan_ = plan_sums(keys_, result_.n_antenna, limits());
    if (plan_.baselines.empty())
      throw DataError(set_path +
                      ": no baseline within the range of --uvrange, expected a wider one");
    result_.baselines = plan_.baselines;
    result_.sums = RatioSums::not_yet(plan_.timeline.n_interval * result_.interval_cells());
    sigma_.resize(result_.n_row * n_correlation_);
    set_.read_floats("SIGMA", 0, result_.n_row, sigma_);
    models_.assign(plan_.timeline.first_row.size() - 1, model);
    inverse_.resize(models_.size());
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
  PlanLimits limits() const {
    PlanLimits limits;
    limits.interval_s = settings_.interval_s;
    limits.bytes_of_baseline =
        n_channel_ * kReceptors * (sizeof(std::complex<float>) + sizeof(float));
    limits.uv_range = settings_.uv_range;
    limits.use_integration = settings_.use_integration;
    return limits;
  }

  void read_all() {
    std::size_t n_done = 0;
    for (Unit& unit : plan_.units) {
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
      if (plan_.timeline.interval[t] != interval) continue;
      if (settings_.model == ModelSource::field)
        models_[t].begin_integration(plan_.timeline.time_mjd_s[t]);
      if (settings_.pre_applied)
        inverse_[t] = settings_.pre_applied->at(plan_.timeline.time_mjd_s[t], 0);
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
    if (plan_.baseline_of_row[row] < 0) return;
    const auto baseline = static_cast<std::size_t>(plan_.baseline_of_row[row]);
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
    result_.n_good_of_interval.assign(plan_.timeline.n_interval, 0);
    for (const Unit& unit : plan_.units)
      for (std::size_t i = 0; i < unit.n_baseline; ++i) {
        result_.n_total[unit.first_baseline + i] += unit.n_total[i];
        result_.n_good[unit.first_baseline + i] += unit.n_good[i];
        result_.n_good_of_interval[unit.interval] += unit.n_good[i];
      }
  }

  void finish_times() {
    std::vector<double> first(plan_.timeline.n_interval, 0), last(plan_.timeline.n_interval, 0);
    for (std::size_t i = 0; i < plan_.timeline.interval.size(); ++i) {
      const double time = plan_.timeline.time_mjd_s[i];
      const std::size_t at = plan_.timeline.interval[i];
      first[at] = first[at] > 0 ? std::min(first[at], time) : time;
      last[at] = std::max(last[at], time);
    }
    for (std::size_t i = 0; i < plan_.timeline.n_interval; ++i) {
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
  SumPlan plan_;
  std::vector<float> sigma_;                     // [row, correlation]
  std::vector<FieldModel> models_;               // [integration]
  std::vector<caltable::InverseGains> inverse_;  // [integration]
  SetSums result_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> waiting_;
  std::vector<std::unique_ptr<Block>> spare_;
  std::size_t busy_ = 0;
  bool ended_ = false;
};

}  // namespace

SetSums sum_set(const std::string& set_path, const ms::Reader& set, FieldModel& model,
                const SumSettings& settings) {
  return Summing(set_path, set, model, settings).run();
}

}  // namespace contimg::calibrate
