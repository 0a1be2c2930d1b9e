// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/averaging_source.h"

#include <algorithm>

#include "base/error.h"
#include "caltable/corrected_blocks.h"
#include "caltable/recorded.h"

namespace contimg::image {
namespace {

constexpr std::size_t kRowsAtOnce = 256;

struct Block {
  std::vector<std::complex<float>> corrected;
  std::unique_ptr<bool[]> flag;
  std::vector<float> weight, weight_spectrum;
};

void for_each_corrected_row(const ms::Reader& set,
                            const std::function<void(const ms::CorrectedRows&)>& consumer) {
  const std::size_t row_size = set.n_channel() * set.n_correlation();
  const bool has_spectrum = set.has_column("WEIGHT_SPECTRUM");
  Block block;
  block.flag = std::make_unique<bool[]>(kRowsAtOnce * row_size);
  for (std::size_t row = 0; row < set.n_row(); row += kRowsAtOnce) {
    const std::size_t n_row = std::min(kRowsAtOnce, set.n_row() - row), n = n_row * row_size;
    block.corrected.resize(n);
    block.weight.resize(n_row * set.n_correlation());
    const Span<bool> flag(block.flag.get(), n);
    set.read_corrected(row, block.corrected);
    set.read_flags(row, flag);
    set.read_floats("WEIGHT", row, n_row, block.weight);
    if (has_spectrum) {
      block.weight_spectrum.resize(n);
      set.read_floats("WEIGHT_SPECTRUM", row, n_row, block.weight_spectrum);
    }
    consumer({row, n_row, block.corrected, {flag.data(), n}, block.weight, block.weight_spectrum});
  }
}

caltable::Calibration calibration_of(const ms::Reader& set, DataOrigin origin,
                                     const AveragingSettings& settings) {
  if (origin == DataOrigin::recorded_tables) return caltable::recorded_calibration(set);
  if (origin == DataOrigin::uncalibrated) return caltable::Calibration({}, set.description());
  return caltable::Calibration(caltable::read_caltables(settings.gaintables), set.description());
}

}  // namespace

DataOrigin choose_origin(const ms::Reader& set, const AveragingSettings& settings) {
  if (!settings.gaintables.empty()) return DataOrigin::named_tables;
  const caltable::Recorded record = caltable::recorded(set);
  const bool marked = record.known && !record.calibrated;
  if (!marked && record.in_memory) return DataOrigin::recorded_tables;
  if (!marked && set.has_column("CORRECTED_DATA")) return DataOrigin::corrected_column;
  if (settings.allow_uncalibrated) return DataOrigin::uncalibrated;
  throw DataError(
      set.path() + ": " +
      (marked ? "marked as not calibrated" + (record.why.empty() ? "" : " (" + record.why + ")")
              : "has no CORRECTED_DATA and no record of a calibration") +
      ", expected a calibrated set; run calibrate-ms, name tables with --gaintable, or allow " +
      "uncalibrated data");
}

std::vector<std::string> tables_of(const ms::Reader& set, DataOrigin origin,
                                   const AveragingSettings& settings) {
  if (origin == DataOrigin::named_tables) return settings.gaintables;
  if (origin == DataOrigin::uncalibrated) return {};
  return caltable::recorded(set).tables;
}

void for_each_block(const ms::Reader& set, DataOrigin origin, const AveragingSettings& settings,
                    const std::function<void(const ms::CorrectedRows&)>& consumer) {
  if (origin == DataOrigin::corrected_column) {
    for_each_corrected_row(set, consumer);
    return;
  }
  caltable::for_each_corrected_block(set.path(), set, calibration_of(set, origin, settings),
                                     {settings.n_thread, kRowsAtOnce}, consumer);
}

}  // namespace contimg::image
