// SPDX-License-Identifier: GPL-3.0-or-later
#include "flag/flag_ms.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "flag/set_grid.h"
#include "ms/flag_version.h"
#include "ms/in_place.h"
#include "rfi/interference.h"

namespace contimg::flag {
namespace {

// Tiles of DATA hold 16 rows; blocks of a multiple of that read no tile twice.
constexpr std::size_t kBlockBaselines = 64;
constexpr const char* kStage = "flag";
constexpr std::size_t kBlockRows = 4096;

double process_cpu_s() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// One run of flag_ms().
class Flagging {
 public:
  Flagging(const std::string& path, const Settings& settings, const Observer& observer)
      : path_(path),
        settings_(settings),
        observer_(observer),
        lock_(path),
        set_(path, ms::Unfinished::accept),
        shape_{set_.n_row(), set_.n_channel(), set_.n_correlation()},
        grid_(set_),
        flags_(grid_.observation()) {}

  Report run() {
    const Clock::time_point begin = Clock::now();
    const double begin_cpu_s = process_cpu_s();
    report_.ms_path = path_;
    report_.n_row = shape_.n_row;
    const std::string unfinished = set_.unfinished_stage();
    if (!unfinished.empty() && unfinished != kStage)
      throw DataError(path_ + ": the stage '" + unfinished +
                      "' was killed while it changed this set, expected a finished one; run that "
                      "stage again first");
    report_.repaired = !unfinished.empty();
    report_.observation = grid_.observation();
    start_from_version();
    const rfi::Observation& observation = grid_.observation();
    rfi::flag_autocorrelations(observation, flags_);
    rfi::flag_shadowed(observation, flags_);
    if (!settings_.flag_list.empty())
      report_.n_listed =
          rfi::flag_listed(observation, rfi::read_flag_list(settings_.flag_list), flags_);
    look_at_data();
    const rfi::Dead dead = rfi::flag_dead(observation, settings_.dead, flags_);
    report_.statistics = rfi::count(observation, flags_, dead);
    refuse_too_much();
    write();
    report_.total_s = seconds_since(begin);
    report_.cpu_s = process_cpu_s() - begin_cpu_s;
    return report_;
  }

 private:
  void check() const {
    if (observer_.check) observer_.check();
  }

  // The first run keeps the flags it finds. A run that finds the version but no mark may follow an
  // operator's own flagging; that belongs into the list.
  void start_from_version() {
    if (!ms::has_flag_version(path_, kVersionBefore)) keep_version();
    const ms::FlagVersionReader version(path_, kVersionBefore, shape_);
    const std::size_t n_correlation = shape_.n_correlation;
    const std::size_t part = grid_.n_window_channel() * n_correlation;
    mark_absent();
    std::unique_ptr<bool[]> row = std::make_unique<bool[]>(part);
    for (const SetGrid::Run& run : grid_.runs(0, grid_.observation().n_baseline()))
      for (std::size_t i = 0; i < run.n_row; ++i) {
        version.read(run.first_row + i, {row.get(), part});
        rfi::Reason* reasons = flags_.row(run.time, run.baseline + i).data() + run.window * part;
        for (std::size_t k = 0; k < part; ++k)
          reasons[k] = row[k] ? rfi::Reason::before : rfi::Reason::none;
      }
  }

  void mark_absent() {
    for (std::size_t t = 0; t < grid_.observation().n_time(); ++t)
      for (std::size_t b = 0; b < grid_.observation().n_baseline(); ++b)
        rfi::flag_all(flags_.row(t, b), rfi::Reason::before);
  }

  void keep_version() {
    ms::FlagVersionWriter version(path_, kVersionBefore, shape_);
    const std::unique_ptr<bool[]> flags = std::make_unique<bool[]>(kBlockRows * shape_.row_size());
    for (std::size_t row = 0; row < shape_.n_row; row += kBlockRows) {
      const std::size_t n_row = std::min(kBlockRows, shape_.n_row - row);
      const Span<bool> block(flags.get(), n_row * shape_.row_size());
      set_.read_flags(row, block);
      version.put({block.data(), block.size()});
    }
    version.finish();
  }

  // Each thread reads a block, one thread at a time, and then works on it.
  void look_at_data() {
    const std::size_t n_thread = std::max<std::size_t>(1, settings_.n_thread);
    std::vector<rfi::InterferenceFinder> finders;
    for (std::size_t i = 0; i < n_thread && settings_.find_interference; ++i)
      finders.emplace_back(settings_.strategy, grid_.observation());
    report_.strategy = "none";
    if (settings_.find_interference)
      report_.strategy =
          (settings_.strategy.empty() ? std::string("built-in dsa110.lua") : settings_.strategy) +
          ", AOFlagger " + rfi::aoflagger_version();
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < n_thread; ++i)
      others.emplace_back([this, &finders, i] { work(finders.empty() ? nullptr : &finders[i]); });
    work(finders.empty() ? nullptr : &finders[0], true);
    for (std::thread& other : others) other.join();
    if (failure_) std::rethrow_exception(failure_);
  }

  void work(rfi::InterferenceFinder* finder, bool checks = false) {
    std::vector<std::complex<float>> data;
    try {
      for (rfi::Block block; next_block(block, data);) {
        const Clock::time_point begin = Clock::now();
        look_at_block(block, finder);
        const std::lock_guard<std::mutex> guard(mutex_);
        report_.find_s += seconds_since(begin);
        done_ += block.n_baseline;
        if (observer_.progress) observer_.progress(done_, grid_.observation().n_baseline());
        if (checks) check();
      }
    } catch (const std::exception&) {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  bool next_block(rfi::Block& block, std::vector<std::complex<float>>& data) {
    const std::lock_guard<std::mutex> guard(mutex_);
    const std::size_t n_baseline = grid_.observation().n_baseline();
    if (failure_ || next_ >= n_baseline) return false;
    const Clock::time_point begin = Clock::now();
    block.first_baseline = next_;
    block.n_baseline = std::min(kBlockBaselines, n_baseline - next_);
    next_ += block.n_baseline;
    grid_.read(set_, block.first_baseline, block.n_baseline, data);
    block.data = data;
    report_.read_s += seconds_since(begin);
    return true;
  }

  void look_at_block(const rfi::Block& block, rfi::InterferenceFinder* finder) {
    rfi::flag_bad_values(grid_.observation(), block, flags_);
    if (!finder) return;
    finder->flag(block, flags_);
    rfi::extend_interference(grid_.observation(), settings_.extension, block.first_baseline,
                             block.n_baseline, flags_);
  }

  void refuse_too_much() const {
    const rfi::Statistics& found = report_.statistics;
    const auto percent = [](double share) {
      return std::to_string(std::lround(100 * share)) + " %";
    };
    if (found.live_share >= settings_.max_live_share || found.raw_share >= 1)
      throw DataError(path_ + ": " + percent(found.live_share) +
                      " is flagged among live antennas, expected less than " +
                      percent(settings_.max_live_share) + "; the set is of no use");
    if (found.lost_share > settings_.max_lost_share)
      throw DataError(path_ + ": " + percent(found.lost_share) +
                      " of what was good would be flagged, expected at most " +
                      percent(settings_.max_lost_share) +
                      "; look at the data, then give --max-lost-share or --no-rfi");
  }

  void write() {
    check();
    ms::FlagWriter writer(path_, kStage);
    const std::size_t part = grid_.n_window_channel() * shape_.n_correlation;
    const std::unique_ptr<bool[]> flags = std::make_unique<bool[]>(kBlockRows * part);
    for (const SetGrid::Run& run : grid_.runs(0, grid_.observation().n_baseline()))
      for (std::size_t i = 0; i < run.n_row; i += kBlockRows) {
        const std::size_t n_row = std::min(kBlockRows, run.n_row - i);
        for (std::size_t k = 0; k < n_row; ++k) {
          const rfi::Reason* from =
              flags_.row(run.time, run.baseline + i + k).data() + run.window * part;
          std::transform(from, from + part, flags.get() + k * part,
                         [](rfi::Reason reason) { return reason != rfi::Reason::none; });
        }
        writer.put(run.first_row + i, n_row, {flags.get(), n_row * part});
      }
    writer.finish();
  }

  std::string path_;
  const Settings& settings_;
  const Observer& observer_;
  ms::SetLock lock_;
  ms::Reader set_;
  ms::FlagShape shape_;
  SetGrid grid_;
  rfi::Flags flags_;
  Report report_;
  std::mutex mutex_;  // guards the set while reading, and all below
  std::size_t next_ = 0, done_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

Report flag_ms(const std::string& path, const Settings& settings, const Observer& observer) {
  return Flagging(path, settings, observer).run();
}

}  // namespace contimg::flag
