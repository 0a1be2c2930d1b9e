// SPDX-License-Identifier: GPL-3.0-or-later
// Copies DATA of a Measurement Set to a new column with casacore, 4096 rows at a time, and prints
// the seconds that took: what applying a calibration is measured by. The column is removed after.

#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/DataMan/TiledColumnStMan.h>
#include <casacore/tables/Tables/ArrColDesc.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

int main(int argc, char** argv) {
  using namespace casacore;
  if (argc != 2 && argc != 3) return std::fprintf(stderr, "usage: copy-column MS [--undo]\n"), 2;
  constexpr rownr_t kRows = 4096;
  MeasurementSet set(argv[1], Table::Update);
  if (argc == 3) {
    set.removeColumn("CORRECTED_DATA");
    set.rwKeywordSet().removeField("CONTIMG_CALIBRATION_APPLIED");
    std::filesystem::remove_all(argv[1] + std::string("/FLAG_VERSIONS"));
    return 0;
  }
  const auto begin = std::chrono::steady_clock::now();
  {
    const ArrayColumn<Complex> data(set, "DATA");
    const IPosition cell = data.shape(0);
    set.addColumn(ArrayColumnDesc<Complex>("COPIED_DATA", "", cell,
                                           ColumnDesc::Direct | ColumnDesc::FixedShape),
                  TiledColumnStMan("tiledCOPIED", IPosition(3, cell[0], cell[1], 16)));
    ArrayColumn<Complex> copy(set, "COPIED_DATA");
    for (rownr_t row = 0; row < set.nrow(); row += kRows) {
      const Slicer rows(IPosition(1, row), IPosition(1, std::min(kRows, set.nrow() - row)));
      copy.putColumnRange(rows, data.getColumnRange(rows));
    }
    set.flush();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  set.removeColumn("COPIED_DATA");
  std::printf("%.3f\n", seconds.count());
}
