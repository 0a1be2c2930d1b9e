// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/writer.h"

#include <casacore/casa/Arrays/Array.h>
#include <casacore/casa/Arrays/Cube.h>
#include <casacore/measures/Measures/Muvw.h>
#include <casacore/ms/MeasurementSets/MSMainColumns.h>
#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/DataMan/StandardStMan.h>
#include <casacore/tables/DataMan/TiledColumnStMan.h>
#include <casacore/tables/Tables/ArrColDesc.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/SetupNewTab.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>
#include <cmath>

#include "ms/casacore_error.h"
#include "ms/subtables.h"
#include "ms/tiles.h"

namespace contimg::ms {
namespace {

using casacore::ArrayColumn;
using casacore::IPosition;
using casacore::Slicer;
using casacore::TableDesc;
using casacore::TiledColumnStMan;

// casacore's arrays do not know const; what is put is not changed.
template <typename T>
casacore::Array<T> borrowed(const IPosition& shape, const T* values) {
  return casacore::Array<T>(shape, const_cast<T*>(values), casacore::SHARE);
}

template <typename T>
casacore::Vector<T> borrowed(const std::vector<T>& values) {
  return borrowed(IPosition(1, values.size()), values.data());
}

template <typename T>
void set_fixed_shape(TableDesc& layout, casacore::MS::PredefinedColumns column,
                     const IPosition& shape) {
  const std::string name = casacore::MS::columnName(column);
  const std::string unit_less_comment = casacore::MS::columnStandardComment(column);
  if (layout.isColumn(name)) layout.removeColumn(name);
  layout.addColumn(casacore::ArrayColumnDesc<T>(
      name, unit_less_comment, shape,
      casacore::ColumnDesc::Direct | casacore::ColumnDesc::FixedShape));
}

TableDesc main_layout(std::size_t n_correlation, std::size_t n_channel) {
  using casacore::MS;
  TableDesc layout = MS::requiredTableDesc();
  const IPosition matrix(2, n_correlation, n_channel);
  const IPosition vector(1, n_correlation);
  MS::addColumnToDesc(layout, MS::DATA, 2);
  set_fixed_shape<casacore::Complex>(layout, MS::DATA, matrix);
  set_fixed_shape<bool>(layout, MS::FLAG, matrix);
  set_fixed_shape<float>(layout, MS::WEIGHT, vector);
  set_fixed_shape<float>(layout, MS::SIGMA, vector);
  return layout;
}

// Only storage managers whose files change in place: a set that was flushed once can be gone on
// with after a crash, whatever part of a later block had reached the disk.
void bind_columns(casacore::SetupNewTable& setup, std::size_t n_correlation,
                  std::size_t n_channel) {
  const std::size_t cells = n_correlation * n_channel;
  setup.bindAll(casacore::StandardStMan("standard", 65536));
  const auto tiled = [&](const char* column, const IPosition& tile) {
    setup.bindColumn(column, TiledColumnStMan(std::string("tiled") + column, tile));
  };
  tiled("DATA", IPosition(3, n_correlation, n_channel, tile_rows(cells * 8)));
  tiled("FLAG", IPosition(3, n_correlation, n_channel, 8 * tile_rows(cells * 8)));
  tiled("WEIGHT", IPosition(2, n_correlation, 16384));
  tiled("SIGMA", IPosition(2, n_correlation, 16384));
  tiled("UVW", IPosition(2, 3, 8192));
}

void put_row_keys(casacore::MeasurementSet& set, const RowKeys& keys) {
  casacore::MSMainColumns columns(set);
  const std::size_t n_row = keys.time_mjd_s.size();
  const casacore::Vector<int> zeros(n_row, 0);
  columns.time().putColumn(borrowed(keys.time_mjd_s));
  columns.timeCentroid().putColumn(borrowed(keys.time_mjd_s));
  columns.interval().putColumn(borrowed(keys.integration_time_s));
  columns.exposure().putColumn(borrowed(keys.integration_time_s));
  columns.antenna1().putColumn(borrowed(keys.antenna1));
  columns.antenna2().putColumn(borrowed(keys.antenna2));
  columns.dataDescId().putColumn(borrowed(keys.data_description));
  columns.fieldId().putColumn(borrowed(keys.field));
  columns.scanNumber().putColumn(borrowed(keys.scan));
  columns.uvw().putColumn(borrowed(IPosition(2, 3, n_row), keys.uvw_m.data()));
  for (auto* column : {&columns.feed1(), &columns.feed2(), &columns.arrayId(),
                       &columns.observationId(), &columns.processorId(), &columns.stateId()})
    column->putColumn(zeros);
  columns.flagRow().putColumn(casacore::Vector<bool>(n_row, false));
}

}  // namespace

class Writer::Implementation {
 public:
  explicit Implementation(const casacore::MeasurementSet& opened)
      : set(opened),
        path(set.tableName()),
        data(set, "DATA"),
        flag(set, "FLAG"),
        weight(set, "WEIGHT"),
        sigma(set, "SIGMA"),
        flag_row(set, "FLAG_ROW") {
    const IPosition shape = data.shapeColumn();
    n_correlation = shape[0];
    n_channel = shape[1];
    if (set.tableDesc().isColumn("WEIGHT_SPECTRUM")) weight_spectrum.attach(set, "WEIGHT_SPECTRUM");
  }

  void put(const RowBlock& block);
  void add_weight_spectrum();
  void fill_weight_spectrum(std::size_t first_row, std::size_t n_row, const float* weights);

  casacore::MeasurementSet set;
  std::string path;
  ArrayColumn<casacore::Complex> data;
  ArrayColumn<bool> flag;
  ArrayColumn<float> weight, sigma, weight_spectrum;
  casacore::ScalarColumn<bool> flag_row;
  std::size_t n_correlation = 0, n_channel = 0;
  std::vector<float> sigma_buffer, spectrum_buffer;
};

void Writer::Implementation::put(const RowBlock& block) {
  require_room(path, block.data.size() * (sizeof(casacore::Complex) + 1));
  const Slicer rows(IPosition(1, block.first_row), IPosition(1, block.n_row));
  const IPosition cube(3, n_correlation, n_channel, block.n_row);
  const IPosition plane(2, n_correlation, block.n_row);
  data.putColumnRange(rows, borrowed(cube, block.data.data()));
  flag.putColumnRange(rows, borrowed(cube, block.flag.data()));
  weight.putColumnRange(rows, borrowed(plane, block.weight.data()));
  sigma_buffer.resize(block.weight.size());
  std::transform(block.weight.begin(), block.weight.end(), sigma_buffer.begin(),
                 [](float w) { return w > 0 ? 1 / std::sqrt(w) : -1.0f; });
  sigma.putColumnRange(rows, borrowed(plane, sigma_buffer.data()));
  flag_row.putColumnRange(rows, borrowed(IPosition(1, block.n_row), block.flag_row.data()));
  if (!weight_spectrum.isNull())
    fill_weight_spectrum(block.first_row, block.n_row, block.weight.data());
}

void Writer::Implementation::add_weight_spectrum() {
  const IPosition shape(2, n_correlation, n_channel);
  const std::size_t rows = tile_rows(n_correlation * n_channel * sizeof(float));
  set.addColumn(
      casacore::ArrayColumnDesc<float>(
          "WEIGHT_SPECTRUM", "Weight for each channel", shape,
          casacore::ColumnDesc::Direct | casacore::ColumnDesc::FixedShape),
      TiledColumnStMan("tiledWEIGHT_SPECTRUM", IPosition(3, n_correlation, n_channel, rows)));
  weight_spectrum.attach(set, "WEIGHT_SPECTRUM");
  constexpr std::size_t kRows = 4096;
  for (std::size_t row = 0; row < set.nrow(); row += kRows) {
    const std::size_t n = std::min<std::size_t>(kRows, set.nrow() - row);
    const casacore::Array<float> weights =
        weight.getColumnRange(Slicer(IPosition(1, row), IPosition(1, n)));
    fill_weight_spectrum(row, n, weights.data());
  }
}

void Writer::Implementation::fill_weight_spectrum(std::size_t first_row, std::size_t n_row,
                                                  const float* weights) {
  spectrum_buffer.resize(n_row * n_channel * n_correlation);
  float* to = spectrum_buffer.data();
  for (std::size_t row = 0; row < n_row; ++row)
    for (std::size_t channel = 0; channel < n_channel; ++channel, to += n_correlation)
      std::copy_n(weights + row * n_correlation, n_correlation, to);
  weight_spectrum.putColumnRange(
      Slicer(IPosition(1, first_row), IPosition(1, n_row)),
      borrowed(IPosition(3, n_correlation, n_channel, n_row), spectrum_buffer.data()));
}

Writer::Writer(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Writer::~Writer() = default;
Writer::Writer(Writer&&) noexcept = default;

Writer Writer::create(const std::string& path, const Description& description,
                      const RowKeys& keys) {
  require_room(path, 200 * keys.time_mjd_s.size());
  return with_errors_of_making(path, [&] {
    const std::size_t n_correlation = description.correlations.size();
    const std::size_t n_channel = description.spectral_windows.at(0).frequency_hz.size();
    casacore::SetupNewTable setup(path, main_layout(n_correlation, n_channel),
                                  casacore::Table::New);
    bind_columns(setup, n_correlation, n_channel);
    casacore::MeasurementSet set(setup);
    // u and v lie along ICRS east and north of the phase centre; the standard has no closer word.
    casacore::MSMainColumns(set).setUVWRef(casacore::Muvw::J2000);
    set.addRow(keys.time_mjd_s.size());
    set.createDefaultSubtables(casacore::Table::New);
    fill_subtables(set, description);
    for (const auto& [name, value] : description.keywords) set.rwKeywordSet().define(name, value);
    put_row_keys(set, keys);
    set.flush();
    return Writer(std::make_unique<Implementation>(set));
  });
}

Writer Writer::reopen(const std::string& path) {
  return with_casacore_errors(path, [&] {
    return Writer(
        std::make_unique<Implementation>(casacore::MeasurementSet(path, casacore::Table::Update)));
  });
}

void Writer::put(const RowBlock& block) {
  with_casacore_errors(implementation_->path, [&] { implementation_->put(block); });
}

void Writer::put_weight_spectrum(const RowBlock& block, Span<const float> weight_spectrum) {
  Implementation& self = *implementation_;
  require_room(self.path, block.data.size() * sizeof(float));
  with_casacore_errors(self.path, [&] {
    if (self.weight_spectrum.isNull()) self.add_weight_spectrum();
    self.weight_spectrum.putColumnRange(
        Slicer(IPosition(1, block.first_row), IPosition(1, block.n_row)),
        borrowed(IPosition(3, self.n_correlation, self.n_channel, block.n_row),
                 weight_spectrum.data()));
  });
}

void Writer::flush() {
  require_room(implementation_->path, 0);
  with_casacore_errors(implementation_->path, [&] { implementation_->set.flush(true); });
}

}  // namespace contimg::ms
