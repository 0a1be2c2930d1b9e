// SPDX-License-Identifier: GPL-3.0-or-later
// Reads DATA of a Measurement Set once with casacore, 4096 rows at a time, and prints the seconds
// that took: what solving for a calibration is measured by.

#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/Tables/ArrayColumn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  using namespace casacore;
  if (argc != 2) return std::fprintf(stderr, "usage: read-column MS\n"), 2;
  constexpr rownr_t kRows = 4096;
  const auto begin = std::chrono::steady_clock::now();
  const MeasurementSet set(argv[1]);
  const ArrayColumn<Complex> data(set, "DATA");
  float last = 0;
  for (rownr_t row = 0; row < set.nrow(); row += kRows) {
    const Slicer rows(IPosition(1, row), IPosition(1, std::min(kRows, set.nrow() - row)));
    const Array<Complex> block = data.getColumnRange(rows);
    last = block.data()[block.size() - 1].real();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  // The value is printed so that nothing of this can be left out.
  std::printf("%.3f\n", seconds.count());
  std::fprintf(stderr, "last value %g\n", last);
}
