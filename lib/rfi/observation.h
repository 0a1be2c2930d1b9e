// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <vector>

#include "base/span.h"

/// What is bad in visibilities, and why. Knows no file: flags and data are given in memory.
namespace contimg::rfi {

/// What the samples of one observation belong to. Every baseline has every time; a sample that
/// was never taken has Reason::before.
struct Observation {
  std::vector<std::string> antennas;     ///< Names.
  std::vector<double> dish_diameter_m;   ///< [antenna]; 0: unknown, casts no shadow.
  std::vector<double> time_mjd_s;        ///< [time], ascending
  std::vector<std::size_t> antenna1;     ///< [baseline]
  std::vector<std::size_t> antenna2;     ///< [baseline]
  std::vector<double> frequency_hz;      ///< [channel]
  std::vector<double> channel_width_hz;  ///< [channel], positive
  std::vector<double> uvw_m;             ///< [time, baseline, 3], r(antenna1) - r(antenna2)
  std::size_t n_correlation = 0;

  std::size_t n_time() const { return time_mjd_s.size(); }
  std::size_t n_baseline() const { return antenna1.size(); }
  std::size_t n_channel() const { return frequency_hz.size(); }
  bool is_auto(std::size_t baseline) const { return antenna1[baseline] == antenna2[baseline]; }
};

/// Why a sample is flagged: the first reason found, in this order.
enum class Reason : std::uint8_t {
  none,             ///< It is good.
  before,           ///< Flagged already, or never taken.
  not_finite,       ///< NaN or infinite.
  zero,             ///< Exactly 0.
  autocorrelation,  ///< Of an antenna with itself.
  shadow,           ///< One dish stood in front of the other.
  listed,           ///< In the flag list.
  interference,     ///< AOFlagger says so.
  extended,         ///< Little was left good around it.
  dead_antenna,     ///< Of an antenna that has next to nothing good.
  dead_channel      ///< Of a channel that has next to nothing good.
};
constexpr std::size_t kReasonCount = 11;
/// "before", "not-finite", "zero", ...; "none".
const char* reason_name(Reason reason);

/// Why each sample of an observation is flagged, [time, baseline, channel, correlation].
/// Different baselines may be changed by different threads at once.
class Flags {
 public:
  explicit Flags(const Observation& observation);

  /// The samples of one baseline at one time, [channel, correlation].
  Span<Reason> row(std::size_t time, std::size_t baseline);
  Span<const Reason> row(std::size_t time, std::size_t baseline) const;

 private:
  std::size_t n_baseline_, row_size_;
  std::vector<Reason> reasons_;
};

/// Gives good samples of a row this reason; leaves flagged ones as they are.
void flag_all(Span<Reason> row, Reason reason);

/// Visibilities of some neighbouring baselines, [time, baseline, channel, correlation].
struct Block {
  std::size_t first_baseline = 0;
  std::size_t n_baseline = 0;
  Span<const std::complex<float>> data;
};

}  // namespace contimg::rfi
