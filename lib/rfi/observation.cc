// SPDX-License-Identifier: GPL-3.0-or-later
#include "rfi/observation.h"

namespace contimg::rfi {

const char* reason_name(Reason reason) {
  constexpr const char* kNames[kReasonCount] = {
      "none",   "before",       "not-finite", "zero",         "autocorrelation", "shadow",
      "listed", "interference", "extended",   "dead-antenna", "dead-channel"};
  return kNames[static_cast<std::size_t>(reason)];
}

Flags::Flags(const Observation& observation)
    : n_baseline_(observation.n_baseline()),
      row_size_(observation.n_channel() * observation.n_correlation),
      reasons_(observation.n_time() * n_baseline_ * row_size_, Reason::none) {}

Span<Reason> Flags::row(std::size_t time, std::size_t baseline) {
  return {reasons_.data() + (time * n_baseline_ + baseline) * row_size_, row_size_};
}

Span<const Reason> Flags::row(std::size_t time, std::size_t baseline) const {
  return {reasons_.data() + (time * n_baseline_ + baseline) * row_size_, row_size_};
}

void flag_all(Span<Reason> row, Reason reason) {
  for (Reason& sample : row)
    if (sample == Reason::none) sample = reason;
}

}  // namespace contimg::rfi
