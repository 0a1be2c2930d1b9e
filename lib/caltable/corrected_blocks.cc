// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/corrected_blocks.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace contimg::caltable {
namespace {

using Receptors = std::vector<std::array<std::uint8_t, 2>>;

Receptors receptors_of(const ms::CorrelationTypes& types) {
  Receptors receptors;
  for (const int type : types) receptors.push_back(caltable::receptors_of(type));
  return receptors;
}

std::size_t count(const bool* flags, std::size_t n) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < n; ++i) total += flags[i];
  return total;
}

// Rows on their way from the file to the consumer.
struct Block {
  std::size_t first_row = 0, n_row = 0;
  std::vector<std::complex<float>> data;
  std::unique_ptr<bool[]> flag;
  std::vector<float> sigma, weight, sigma_spectrum, weight_spectrum;
  std::size_t n_flagged_before = 0, n_flagged_after = 0;
  bool ready = false;
};

// What all threads read.
struct Work {
  const Calibration& calibration;
  ms::RowKeys keys;
  Receptors receptors;
  std::size_t row_size, n_correlation;
};

// Calibrates blocks; one for each thread, as it keeps the gains of the last integration.
class Corrector {
 public:
  explicit Corrector(const Work& work) : work_(work) {}

  void correct(Block& block) {
    const std::size_t n = block.n_row * work_.row_size;
    block.n_flagged_before = count(block.flag.get(), n);
    for (std::size_t i = 0; i < block.n_row; ++i) correct_row(block, i);
    block.n_flagged_after = count(block.flag.get(), n);
  }

 private:
  void correct_row(Block& block, std::size_t i) {
    const std::size_t row = block.first_row + i, at = i * work_.row_size;
    const InverseGains& gains = gains_of(row);
    const auto p = static_cast<std::size_t>(work_.keys.antenna1[row]);
    const auto q = static_cast<std::size_t>(work_.keys.antenna2[row]);
    const std::size_t n = work_.row_size, m = work_.n_correlation;
    std::complex<float>* data = block.data.data() + at;
    const Span<float> weight(block.weight.data() + i * m, m);
    const Span<const float> sigma(block.sigma.data() + i * m, m);
    caltable::apply(gains, work_.receptors,
                    {p, q, {data, n}, sigma, {data, n}, {block.flag.get() + at, n}, weight});
    if (block.sigma_spectrum.empty()) return;
    weigh_channels(gains, p, q, {block.sigma_spectrum.data() + at, n}, weight,
                   {block.weight_spectrum.data() + at, n});
  }

  // Of each channel (see caltable::weight_spectrum()) from its own sigma, and of the row 1 / (mean
  // variance of its channels that have a solution and a weight).
  void weigh_channels(const InverseGains& gains, std::size_t p, std::size_t q,
                      Span<const float> sigma, Span<float> weight, Span<float> spectrum) {
    const std::size_t m = work_.n_correlation;
    unit_.assign(m, 1.0F);
    caltable::weight_spectrum(gains, work_.receptors, p, q, unit_, spectrum);
    for (std::size_t c = 0; c < m; ++c) {
      double variance = 0, n_good = 0;
      for (std::size_t i = c; i < spectrum.size(); i += m) {
        if (!(sigma[i] > 0)) spectrum[i] = 0;
        if (!(spectrum[i] > 0)) continue;
        spectrum[i] /= sigma[i] * sigma[i];
        variance += 1.0 / spectrum[i];
        ++n_good;
      }
      weight[c] = n_good > 0 ? static_cast<float>(n_good / variance) : 0.0F;
    }
  }

  const InverseGains& gains_of(std::size_t row) {
    const double time_mjd_s = work_.keys.time_mjd_s[row];
    const int window = work_.keys.data_description[row];
    if (window_ != window || time_mjd_s_ < time_mjd_s || time_mjd_s_ > time_mjd_s) {
      gains_ = work_.calibration.at(time_mjd_s, static_cast<std::size_t>(window));
      window_ = window;
      time_mjd_s_ = time_mjd_s;
    }
    return gains_;
  }

  const Work& work_;
  InverseGains gains_;
  int window_ = -1;
  double time_mjd_s_ = 0;
  std::vector<float> unit_;
};

// Threads that calibrate the blocks that the caller's thread reads, and gives on in their order.
class Workers {
 public:
  Workers(const Work& work, std::size_t n_thread) {
    for (std::size_t i = 0; i < n_thread; ++i) threads_.emplace_back([this, &work] { run(work); });
  }
  ~Workers() {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start(Block& block) {
    block.ready = false;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      waiting_.push_back(&block);
    }
    changed_.notify_all();
  }

  void wait_for(const Block& block) {
    std::unique_lock<std::mutex> guard(mutex_);
    changed_.wait(guard, [&] { return block.ready || failure_; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void run(const Work& work) {
    Corrector corrector(work);
    std::unique_lock<std::mutex> guard(mutex_);
    while (true) {
      changed_.wait(guard, [&] { return ended_ || !waiting_.empty(); });
      if (ended_) return;
      Block* block = waiting_.front();
      waiting_.pop_front();
      guard.unlock();
      std::exception_ptr failure;
      try {
        corrector.correct(*block);
      } catch (const std::exception&) {
        failure = std::current_exception();
      }
      guard.lock();
      block->ready = true;
      if (failure) failure_ = failure;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Block*> waiting_;
  bool ended_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

// Reads blocks in the order of the file.
class Blocks {
 public:
  Blocks(const std::string& path, const ms::Reader& set, const BlockSettings& settings)
      : set_(set),
        flags_(path, set),
        rows_at_once_(std::max<std::size_t>(1, settings.rows_at_once)),
        row_size_(set.n_channel() * set.n_correlation()),
        has_spectrum_(set.has_column("WEIGHT_SPECTRUM")),
        has_sigma_(set.has_column("SIGMA_SPECTRUM")) {}

  bool read(Block& block) {
    if (next_ >= set_.n_row()) return false;
    block.first_row = next_;
    block.n_row = std::min(rows_at_once_, set_.n_row() - next_);
    next_ += block.n_row;
    const std::size_t n = block.n_row * row_size_, m = block.n_row * set_.n_correlation();
    block.data.resize(n);
    if (!block.flag) block.flag = std::make_unique<bool[]>(rows_at_once_ * row_size_);
    block.sigma.resize(m);
    block.weight.resize(m);
    set_.read_data(block.first_row, block.data);
    flags_.read(block.first_row, {block.flag.get(), n});
    set_.read_floats("SIGMA", block.first_row, block.n_row, block.sigma);
    if (has_spectrum_) read_sigma_spectrum(block, n);
    return true;
  }

 private:
  void read_sigma_spectrum(Block& block, std::size_t n) {
    block.sigma_spectrum.resize(n);
    block.weight_spectrum.resize(n);
    set_.read_floats(has_sigma_ ? "SIGMA_SPECTRUM" : "WEIGHT_SPECTRUM", block.first_row,
                     block.n_row, block.sigma_spectrum);
    if (has_sigma_) return;
    for (float& value : block.sigma_spectrum) value = value > 0 ? 1 / std::sqrt(value) : -1.0F;
  }

  const ms::Reader& set_;
  ms::StartingFlags flags_;
  std::size_t rows_at_once_, row_size_;
  bool has_spectrum_, has_sigma_;
  std::size_t next_ = 0;
};

}  // namespace

BlockCounts for_each_corrected_block(
    const std::string& set_path, const ms::Reader& set, const Calibration& calibration,
    const BlockSettings& settings, const std::function<void(const ms::CorrectedRows&)>& consumer) {
  const Work work{calibration, set.keys(), receptors_of(set.description().correlations),
                  set.n_channel() * set.n_correlation(), set.n_correlation()};
  Blocks blocks(set_path, set, settings);
  const std::size_t n_worker = std::max<std::size_t>(2, settings.n_thread) - 1;
  std::vector<Block> places(n_worker + 2);  // before the workers, who end first
  Workers workers(work, n_worker);
  BlockCounts counts;
  std::size_t n_read = 0, n_consumed = 0;
  for (bool more = true; more || n_consumed < n_read;) {
    Block& place = places[n_read % places.size()];
    more = more && blocks.read(place);
    if (more) {
      workers.start(place);
      if (++n_read - n_consumed < places.size()) continue;
    }
    if (n_consumed == n_read) break;
    const Block& oldest = places[n_consumed++ % places.size()];
    workers.wait_for(oldest);
    const std::size_t n = oldest.n_row * work.row_size;
    consumer({oldest.first_row,
              oldest.n_row,
              oldest.data,
              {oldest.flag.get(), n},
              oldest.weight,
              oldest.weight_spectrum});
    counts.n_visibility += n;
    counts.n_flagged_before += oldest.n_flagged_before;
    counts.n_flagged_after += oldest.n_flagged_after;
  }
  return counts;
}

}  // namespace contimg::caltable
