// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <memory>
#include <vector>

#include "base/hdf5.h"
#include "convert/plan.h"
#include "convert/rotation.h"
#include "subband/row_reader.h"

namespace contimg::convert {

/// What was found among the visibilities.
struct Findings {
  std::uint64_t n_visibility = 0;
  std::uint64_t n_flagged_in_file = 0;  ///< Flagged by the correlator.
  std::uint64_t n_without_samples = 0;  ///< nsamples zero, negative or not finite.
  std::uint64_t n_not_finite = 0;       ///< NaN or Inf: flagged, and DATA set to 0.
  std::uint64_t n_absent = 0;           ///< In no file: flagged, and DATA 0.
  std::uint64_t n_flagged = 0;          ///< Of those written, for any reason.
  std::uint64_t n_written = 0;          ///< Visibilities written, missing subbands included.
  double load_s = 0;                    ///< Thread seconds spent in reading,
  double phase_s = 0;                   ///< in reordering and rotating,
  double write_s = 0;                   ///< and in writing.
  std::uint64_t bytes_read = 0;
  Findings& operator+=(const Findings& other);
};

/// The weights of one subband in one integration: what nsamples says of the good channels.
struct SubbandWeights {
  /// [baseline, correlation] over unflagged channels.
  std::vector<float> sum, smallest, largest;
  std::vector<std::uint32_t> n_good;
  /// [baseline, channel, correlation], zero where flagged; empty unless nsamples varies in a row.
  std::vector<float> spectrum;
};

/// One integration of the set in memory.
struct Integration {
  Integration(const Plan& plan);

  std::vector<std::complex<float>> data;  ///< [window, baseline, channel, correlation]
  std::unique_ptr<bool[]> flag;           ///< the same; true is bad
  std::vector<SubbandWeights> weights;    ///< [slot]; the missing slots' stay empty
  std::size_t n_value = 0;                ///< Elements of data and flag.
};

/// Reads one subband file, integration by integration, into its place in the set: joined in
/// frequency, conjugated, ordered, rotated (docs/conventions.md). For one thread at a time.
class SubbandLoader {
 public:
  /// Throws DataError when /Data does not agree with the header.
  SubbandLoader(const Plan& plan, std::size_t subband);

  /// Fills this subband's channels of `integration` with those of time `t`.
  void load(std::size_t t, Integration& integration);

  Findings findings() const;

 private:
  void load_row(std::size_t t, std::size_t baseline, Integration& integration);
  bool weigh_at_a_glance(std::size_t baseline, std::size_t file_row, Integration& integration);
  void weigh_each(std::size_t baseline, std::size_t file_row, bool reversed,
                  Integration& integration);
  void start_spectrum(Integration& integration);
  const std::vector<std::size_t>& in_file_order(std::size_t t);
  void drop_absent(std::complex<float>* data, bool* flag);
  void drop_not_finite(std::complex<float>* data, bool* flag);

  const Plan& plan_;
  const SubbandPlan& subband_;
  subband::RowReader<std::complex<float>> visibilities_;
  subband::RowReader<std::int8_t> flags_;
  subband::RowReader<float> samples_;
  std::vector<std::size_t> order_;  // baselines, by their row in the file
  PhasorTable phasors_;
  Findings findings_;
};

}  // namespace contimg::convert
