// SPDX-License-Identifier: GPL-3.0-or-later
#include "convert/transfer.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace contimg::convert {
namespace {

constexpr std::size_t kBuffers = 3;

/// Hands subbands of integrations to threads in order, and whole integrations to the writer.
class Pipeline {
 public:
  Pipeline(const Plan& plan, std::size_t first_time, std::size_t n_thread)
      : plan_(plan),
        next_time_(first_time),
        written_(first_time),
        loader_lock_(plan.subbands.size()) {
    for (std::size_t i = 0; i < plan.subbands.size(); ++i) loaders_.emplace_back(plan, i);
    const std::size_t n_buffer =
        std::min(kBuffers, plan.n_time - std::min(plan.n_time, first_time));
    for (std::size_t i = 0; i < n_buffer; ++i) buffers_.emplace_back(plan);
    n_loaded_.assign(n_buffer, 0);
    for (std::size_t i = 0; i < n_thread; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Pipeline() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// Waits until integration `t` is in memory.
  Integration& wait_for(std::size_t t) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return error_ || n_loaded_[slot(t)] == loaders_.size(); });
    if (error_) std::rethrow_exception(error_);
    return buffers_[slot(t)];
  }

  /// Gives the buffer of integration `t` back.
  void release(std::size_t t) {
    {
      const std::lock_guard lock(mutex_);
      n_loaded_[slot(t)] = 0;
      written_ = t + 1;
    }
    changed_.notify_all();
  }

  Findings findings() const {
    Findings sum;
    for (const SubbandLoader& loader : loaders_) sum += loader.findings();
    return sum;
  }

 private:
  std::size_t slot(std::size_t t) const { return t % buffers_.size(); }

  void work() {
    try {
      std::size_t t = 0, subband = 0;
      while (take(t, subband)) {
        {
          // The loader reads forwards; the integration before must have left it.
          const std::lock_guard lock(loader_lock_[subband]);
          loaders_[subband].load(t, buffers_[slot(t)]);
        }
        const std::lock_guard lock(mutex_);
        if (++n_loaded_[slot(t)] == loaders_.size()) changed_.notify_all();
      }
    } catch (const std::exception&) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stopped_ = true;
      changed_.notify_all();
    }
  }

  bool take(std::size_t& t, std::size_t& subband) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return stopped_ || next_time_ == plan_.n_time || next_time_ < written_ + buffers_.size();
    });
    if (stopped_ || next_time_ == plan_.n_time) return false;
    t = next_time_;
    subband = next_subband_;
    if (++next_subband_ == loaders_.size()) {
      next_subband_ = 0;
      ++next_time_;
    }
    return true;
  }

  const Plan& plan_;
  std::vector<SubbandLoader> loaders_;
  std::vector<Integration> buffers_;
  std::vector<std::size_t> n_loaded_;  // [buffer] subbands that are in
  std::size_t next_time_, next_subband_ = 0;
  std::size_t written_;  // integrations that were written
  bool stopped_ = false;
  std::exception_ptr error_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::mutex> loader_lock_;
  std::vector<std::thread> threads_;  // last: they use all above
};

/// The weights of the rows of one integration, from those of its subbands.
class RowWeights {
 public:
  explicit RowWeights(const Plan& plan)
      : plan_(plan),
        weight_(plan.n_window * plan.n_baseline * plan.n_correlation),
        flag_row_(std::make_unique<bool[]>(plan.n_window * plan.n_baseline)) {}

  /// Returns true when some weight varies along its row.
  bool combine(const Integration& integration, Findings& findings) {
    bool varies = false;
    const std::size_t slots_per_window = plan_.band.n_slot / plan_.n_window;
    for (std::size_t window = 0; window < plan_.n_window; ++window) {
      for (std::size_t baseline = 0; baseline < plan_.n_baseline; ++baseline) {
        const std::size_t row = window * plan_.n_baseline + baseline;
        bool any_good = false;
        for (std::size_t c = 0; c < plan_.n_correlation; ++c) {
          const std::size_t i = baseline * plan_.n_correlation + c;
          double sum = 0;
          float smallest = 0, largest = 0;
          std::uint64_t n_good = 0;
          for (std::size_t s = 0; s < slots_per_window; ++s) {
            const SubbandWeights& w = integration.weights[window * slots_per_window + s];
            if (w.n_good.empty() || w.n_good[i] == 0) continue;
            smallest = n_good == 0 ? w.smallest[i] : std::min(smallest, w.smallest[i]);
            largest = std::max(largest, w.largest[i]);
            sum += w.sum[i];
            n_good += w.n_good[i];
          }
          weight_[row * plan_.n_correlation + c] =
              n_good == 0 ? 0.0f : static_cast<float>(sum / static_cast<double>(n_good));
          findings.n_flagged += plan_.n_channel - n_good;
          findings.n_written += plan_.n_channel;
          any_good = any_good || n_good != 0;
          varies = varies || smallest != largest;
        }
        flag_row_[row] = !any_good;
      }
    }
    return varies;
  }

  /// [row, channel, correlation] weight of each visibility, 0 where flagged.
  const std::vector<float>& spectrum(const Integration& integration) {
    spectrum_.assign(integration.n_value, 0);
    const std::size_t n = plan_.band.n_channel * plan_.n_correlation;
    for (const SubbandPlan& subband : plan_.subbands) {
      const SubbandWeights& w = integration.weights[subband.slot];
      for (std::size_t baseline = 0; baseline < plan_.n_baseline; ++baseline) {
        const std::size_t first_channel = subband.slot * plan_.band.n_channel;
        const std::size_t at =
            ((first_channel / plan_.n_channel * plan_.n_baseline + baseline) * plan_.n_channel +
             first_channel % plan_.n_channel) *
            plan_.n_correlation;
        for (std::size_t i = 0; i < n; ++i) {
          if (integration.flag[at + i]) continue;
          spectrum_[at + i] =
              w.spectrum.empty()
                  ? w.largest[baseline * plan_.n_correlation + i % plan_.n_correlation]
                  : w.spectrum[baseline * n + i];
        }
      }
    }
    return spectrum_;
  }

  const std::vector<float>& weight() const { return weight_; }
  const bool* flag_row() const { return flag_row_.get(); }

 private:
  const Plan& plan_;
  std::vector<float> weight_;  // [row, correlation]
  std::unique_ptr<bool[]> flag_row_;
  std::vector<float> spectrum_;
};

}  // namespace

Findings transfer(const Plan& plan, ms::Writer& writer, std::size_t first_time,
                  std::size_t n_thread, const std::function<void(std::size_t)>& after_integration) {
  Findings written;
  if (first_time >= plan.n_time) return written;
  Pipeline pipeline(plan, first_time, std::max<std::size_t>(1, n_thread));
  RowWeights weights(plan);
  const std::size_t n_row = plan.n_window * plan.n_baseline;
  for (std::size_t t = first_time; t < plan.n_time; ++t) {
    const Integration& integration = pipeline.wait_for(t);
    const auto begin = Clock::now();
    const bool varies = weights.combine(integration, written);
    ms::RowBlock block;
    block.first_row = t * n_row;
    block.n_row = n_row;
    block.data = integration.data;
    block.flag = {integration.flag.get(), integration.n_value};
    block.weight = weights.weight();
    block.flag_row = {weights.flag_row(), n_row};
    writer.put(block);
    if (varies) writer.put_weight_spectrum(block, weights.spectrum(integration));
    pipeline.release(t);
    written.write_s += seconds_since(begin);
    after_integration(t);
  }
  written += pipeline.findings();
  return written;
}

}  // namespace contimg::convert
