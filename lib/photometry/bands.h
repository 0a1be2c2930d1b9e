// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace contimg::photometry {

/// Calls `work(i)` for every i < n, each once, on up to n_thread threads (the caller's is one), in
/// no order. What one of them throws is thrown when all have ended.
template <typename Work>
void for_each_index(std::size_t n, std::size_t n_thread, const Work& work) {
  std::atomic<std::size_t> next{0};
  const std::size_t n_worker = std::max<std::size_t>(1, std::min(n_thread, n));
  std::vector<std::exception_ptr> failures(n_worker);
  const auto run = [&](std::size_t worker) {
    try {
      for (std::size_t i = next++; i < n; i = next++) work(i);
    } catch (const std::exception&) {
      failures[worker] = std::current_exception();
      next = n;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t worker = 1; worker < n_worker; ++worker) threads.emplace_back(run, worker);
  run(0);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

/// Calls `work(first, last)` for bands of neighbouring rows that together are all `n` of them.
template <typename Work>
void for_each_band(std::size_t n, std::size_t n_thread, const Work& work) {
  constexpr std::size_t kRows = 64;
  for_each_index((n + kRows - 1) / kRows, n_thread,
                 [&](std::size_t band) { work(band * kRows, std::min(n, (band + 1) * kRows)); });
}

}  // namespace contimg::photometry
