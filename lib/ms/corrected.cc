// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/corrected.h"

#include <casacore/ms/MeasurementSets/MSHistoryColumns.h>
#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/DataMan/TiledColumnStMan.h>
#include <casacore/tables/Tables/ArrColDesc.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/TableRecord.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "astro/epoch.h"
#include "ms/casacore_error.h"
#include "ms/change.h"
#include "ms/in_place.h"
#include "ms/tiles.h"

namespace contimg::ms {
namespace {

using casacore::ArrayColumn;
using casacore::IPosition;
using casacore::Slicer;

constexpr std::size_t kBlockRows = 4096;

void require_writable(const std::string& path) {
  if (access((path + "/table.dat").c_str(), W_OK) == 0) return;
  throw TemporaryError(path + ": cannot be written, " + std::strerror(errno) +
                       "; see to its permissions");
}

// casacore's arrays do not know const; what is put is not changed.
template <typename T>
void put_rows(ArrayColumn<T>& column, const IPosition& cell, std::size_t first_row,
              std::size_t n_row, const T* values) {
  const casacore::Array<T> array(cell.concatenate(IPosition(1, n_row)), const_cast<T*>(values),
                                 casacore::SHARE);
  column.putColumnRange(Slicer(IPosition(1, first_row), IPosition(1, n_row)), array);
}

template <typename T>
void add_column(casacore::Table& set, const std::string& name, const std::string& comment,
                const IPosition& cell) {
  require_room(set.tableName(), set.nrow() * cell.product() * sizeof(T));
  const std::size_t rows = tile_rows(cell.product() * sizeof(T));
  set.addColumn(
      casacore::ArrayColumnDesc<T>(name, comment, cell,
                                   casacore::ColumnDesc::Direct | casacore::ColumnDesc::FixedShape),
      casacore::TiledColumnStMan("tiled" + name, IPosition(3, cell[0], cell[1], rows)));
}

// Sets of other writers may have the column with cells that have no shape yet.
template <typename T>
void give_shapes(ArrayColumn<T>& column, const IPosition& cell, casacore::rownr_t n_row) {
  if (!column.shapeColumn().empty()) return;
  for (casacore::rownr_t row = 0; row < n_row; ++row)
    if (!column.isDefined(row) || column.shape(row) != cell) column.setShape(row, cell);
}

void append_history(casacore::MeasurementSet& set, const AppliedRecord& record) {
  casacore::MSHistory& table = set.history();
  casacore::MSHistoryColumns columns(table);
  const double now_mjd_s = astro::mjd_s_from_unix_s(astro::now_unix_s());
  for (const std::string& line : record.history) {
    const casacore::rownr_t row = table.nrow();
    table.addRow();
    columns.time().put(row, now_mjd_s);
    columns.observationId().put(row, 0);
    columns.message().put(row, line);
    columns.priority().put(row, "INFO");
    columns.origin().put(row, record.application);
    columns.objectId().put(row, 0);
    columns.application().put(row, record.application);
    columns.cliCommand().put(row, casacore::Vector<casacore::String>(1, record.command));
    columns.appParams().put(row, casacore::Vector<casacore::String>(1, ""));
  }
  table.flush(true);
}

// A set that is being changed: begun, marked, and at the end durable and without its mark.
class MarkedSet {
 public:
  MarkedSet(const std::string& path, const std::string& stage)
      : path_(path), change_(path, stage), table(path, casacore::Table::Update) {
    table.rwKeywordSet().define(kInProgressKeyword, stage);
    table.flush(true);
  }
  void finish() {
    table.flush(true);
    fsync_tree(path_);
    table.rwKeywordSet().removeField(kInProgressKeyword);
    table.flush(true);
    change_.finish();
  }
  void record(const AppliedRecord& applied) {
    append_history(table, applied);
    table.rwKeywordSet().define(kAppliedKeyword, applied.keyword);
  }
  IPosition cell() const { return ArrayColumn<casacore::Complex>(table, "DATA").shape(0); }
  bool has(const char* column) const { return table.tableDesc().isColumn(column); }

 private:
  std::string path_;
  Change change_;

 public:
  casacore::MeasurementSet table;
};

FlagShape shape_of(const Reader& set) {
  return {set.n_row(), set.n_channel(), set.n_correlation()};
}

}  // namespace

StartingFlags::StartingFlags(const std::string& set_path, const Reader& set) : set_(set) {
  if (has_flag_version(set_path, kVersionBeforeCalibration))
    version_ =
        std::make_unique<FlagVersionReader>(set_path, kVersionBeforeCalibration, shape_of(set));
}

void StartingFlags::read(std::size_t first_row, Span<bool> flags) const {
  if (version_)
    version_->read(first_row, flags);
  else
    set_.read_flags(first_row, flags);
}

void keep_starting_flags(const std::string& set_path, const Reader& set) {
  if (has_flag_version(set_path, kVersionBeforeCalibration)) return;
  const FlagShape shape = shape_of(set);
  FlagVersionWriter version(set_path, kVersionBeforeCalibration, shape);
  const std::unique_ptr<bool[]> flags = std::make_unique<bool[]>(kBlockRows * shape.row_size());
  for (std::size_t row = 0; row < shape.n_row; row += kBlockRows) {
    const std::size_t n_row = std::min(kBlockRows, shape.n_row - row);
    const Span<bool> block(flags.get(), n_row * shape.row_size());
    set.read_flags(row, block);
    version.put({block.data(), block.size()});
  }
  version.finish();
}

void keep_sigma_spectrum(const std::string& set_path, const std::string& stage) {
  with_casacore_errors(set_path, [&] {
    const casacore::Table present(set_path);
    if (present.tableDesc().isColumn("SIGMA_SPECTRUM") ||
        !present.tableDesc().isColumn("WEIGHT_SPECTRUM"))
      return;
    require_writable(set_path);
    MarkedSet set(set_path, stage);
    const IPosition cell = set.cell();
    add_column<float>(set.table, "SIGMA_SPECTRUM", "Sigma for each channel", cell);
    const ArrayColumn<float> weight(set.table, "WEIGHT_SPECTRUM");
    ArrayColumn<float> sigma(set.table, "SIGMA_SPECTRUM");
    for (std::size_t row = 0; row < set.table.nrow(); row += kBlockRows) {
      const std::size_t n_row = std::min<std::size_t>(kBlockRows, set.table.nrow() - row);
      casacore::Array<float> values =
          weight.getColumnRange(Slicer(IPosition(1, row), IPosition(1, n_row)));
      std::transform(values.cbegin(), values.cend(), values.begin(),
                     [](float w) { return w > 0 ? 1 / std::sqrt(w) : -1.0F; });
      put_rows(sigma, cell, row, n_row, values.data());
    }
    set.finish();
  });
}

class CorrectedWriter::Implementation {
 public:
  Implementation(const std::string& path, const std::string& stage)
      : set(path, stage), cell(set.cell()) {
    if (!set.has("CORRECTED_DATA"))
      add_column<casacore::Complex>(set.table, "CORRECTED_DATA", "Calibrated visibilities", cell);
    corrected.attach(set.table, "CORRECTED_DATA");
    give_shapes(corrected, cell, set.table.nrow());
    flag.attach(set.table, "FLAG");
    flag_row.attach(set.table, "FLAG_ROW");
    weight.attach(set.table, "WEIGHT");
    if (set.has("WEIGHT_SPECTRUM")) weight_spectrum.attach(set.table, "WEIGHT_SPECTRUM");
  }

  void put(const CorrectedRows& rows) {
    put_rows(corrected, cell, rows.first_row, rows.n_row, rows.corrected.data());
    put_rows(flag, cell, rows.first_row, rows.n_row, rows.flag.data());
    put_rows(weight, IPosition(1, cell[0]), rows.first_row, rows.n_row, rows.weight.data());
    if (!weight_spectrum.isNull())
      put_rows(weight_spectrum, cell, rows.first_row, rows.n_row, rows.weight_spectrum.data());
    casacore::Vector<bool> whole(rows.n_row);
    const std::size_t row_size = cell.product();
    for (std::size_t row = 0; row < rows.n_row; ++row)
      whole[row] = std::memchr(rows.flag.data() + row * row_size, 0, row_size) == nullptr;
    flag_row.putColumnRange(Slicer(IPosition(1, rows.first_row), IPosition(1, rows.n_row)), whole);
  }

  MarkedSet set;
  IPosition cell;
  ArrayColumn<casacore::Complex> corrected;
  ArrayColumn<bool> flag;
  ArrayColumn<float> weight, weight_spectrum;
  casacore::ScalarColumn<bool> flag_row;
};

CorrectedWriter::CorrectedWriter(const std::string& set_path, const std::string& stage) {
  require_writable(set_path);
  with_casacore_errors(
      set_path, [&] { implementation_ = std::make_unique<Implementation>(set_path, stage); });
}
CorrectedWriter::~CorrectedWriter() = default;
CorrectedWriter::CorrectedWriter(CorrectedWriter&&) noexcept = default;

void CorrectedWriter::put(const CorrectedRows& rows) {
  with_casacore_errors(implementation_->set.table.tableName(), [&] { implementation_->put(rows); });
}

void CorrectedWriter::finish(const AppliedRecord& record) {
  with_casacore_errors(implementation_->set.table.tableName(), [&] {
    implementation_->set.record(record);
    implementation_->set.finish();
  });
}

void record_applied(const std::string& set_path, const std::string& stage,
                    const AppliedRecord& record) {
  require_writable(set_path);
  with_casacore_errors(set_path, [&] {
    MarkedSet set(set_path, stage);
    set.record(record);
    set.finish();
  });
}

}  // namespace contimg::ms
