// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/reader.h"

#include <casacore/casa/Arrays/Cube.h>
#include <casacore/ms/MeasurementSets/MSColumns.h>
#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>

#include "ms/casacore_error.h"
#include "ms/cells.h"
#include "ms/change.h"
#include "ms/in_place.h"

namespace contimg::ms {
namespace {

using casacore::ArrayColumn;
using casacore::IPosition;
using casacore::Slicer;

std::unique_ptr<bool[]> booleans_of(const casacore::Array<bool>& array) {
  auto values = std::make_unique<bool[]>(array.nelements());
  std::copy(array.begin(), array.end(), values.get());
  return values;
}

void describe_fields(const casacore::MeasurementSet& set, Description& description) {
  const casacore::MSFieldColumns fields(set.field());
  for (casacore::rownr_t i = 0; i < set.field().nrow(); ++i) {
    const auto [ra_rad, dec_rad] =
        leading<2>(set.tableName(), "FIELD/PHASE_DIR", fields.phaseDir(), i);
    description.fields.push_back({fields.name()(i), {ra_rad, dec_rad}, fields.time()(i)});
  }
}

void describe_instrument(const casacore::MeasurementSet& set, Description& description) {
  const std::string& path = set.tableName();
  const casacore::MSAntennaColumns antennas(set.antenna());
  for (casacore::rownr_t i = 0; i < set.antenna().nrow(); ++i) {
    description.antennas.push_back({antennas.name()(i),
                                    leading<3>(path, "ANTENNA/POSITION", antennas.position(), i),
                                    antennas.dishDiameter()(i)});
  }
  const casacore::MSSpWindowColumns windows(set.spectralWindow());
  for (casacore::rownr_t i = 0; i < set.spectralWindow().nrow(); ++i)
    description.spectral_windows.push_back(
        {windows.name()(i), cell(path, "SPECTRAL_WINDOW/CHAN_FREQ", windows.chanFreq(), i),
         cell(path, "SPECTRAL_WINDOW/CHAN_WIDTH", windows.chanWidth(), i)});
  const casacore::MSPolarizationColumns polarization(set.polarization());
  description.correlations = cell(path, "POLARIZATION/CORR_TYPE", polarization.corrType(), 0);
}

// Dishes of one array point the same way: the rows of the first antenna tell.
void describe_pointings(const casacore::MeasurementSet& set, Description& description) {
  const casacore::MSPointing& table = set.pointing();
  if (table.nrow() == 0) return;
  const casacore::MSPointingColumns pointings(table);
  const casacore::Vector<int> antenna = pointings.antennaId().getColumn();
  const casacore::Vector<double> time = pointings.time().getColumn();
  const casacore::Vector<double> interval = pointings.interval().getColumn();
  for (casacore::rownr_t i = 0; i < table.nrow(); ++i) {
    if (antenna[i] != antenna[0]) continue;
    const auto [ra_rad, dec_rad] =
        leading<2>(set.tableName(), "POINTING/DIRECTION", pointings.direction(), i);
    description.pointings.push_back({time[i], interval[i], {ra_rad, dec_rad}});
  }
}

bool is_calibrator(const casacore::MeasurementSet& set) {
  if (set.state().nrow() == 0) return false;
  const std::string mode = casacore::MSStateColumns(set.state()).obsMode()(0);
  return mode.rfind("CALIBRATE", 0) == 0;
}

// A killed change may have left a table that cannot even be opened: its stage is asked for first.
void refuse(const std::string& path, const std::string& stage) {
  if (stage.empty()) return;
  throw DataError(path + ": the stage '" + stage +
                  "' is changing this set or was killed doing so, expected a finished one; run "
                  "that stage again");
}

}  // namespace

class Reader::Implementation {
 public:
  explicit Implementation(const std::string& path)
      : set(path, casacore::Table::Old), data(set, "DATA"), flag(set, "FLAG") {}

  // Correlations, channels. A set of another writer need not have one shape for all rows.
  IPosition cell() const {
    const IPosition fixed = data.shapeColumn();
    if (!fixed.empty() || set.nrow() == 0) return fixed.empty() ? IPosition(2, 0, 0) : fixed;
    return data.shape(0);
  }
  template <typename T>
  void read(const ArrayColumn<T>& column, std::size_t first_row, Span<T> values) const {
    const IPosition shape = cell();
    const std::size_t n_row = values.size() / static_cast<std::size_t>(shape.product());
    casacore::Array<T> array(IPosition(3, shape[0], shape[1], n_row), values.data(),
                             casacore::SHARE);
    column.getColumnRange(Slicer(IPosition(1, first_row), IPosition(1, n_row)), array);
  }

  casacore::MeasurementSet set;
  ArrayColumn<casacore::Complex> data;
  ArrayColumn<bool> flag;
};

Reader::Reader(const std::string& path, Unfinished unfinished) {
  if (unfinished == Unfinished::refuse) refuse(path, unfinished_change(path));
  with_casacore_errors(path, [&] { implementation_ = std::make_unique<Implementation>(path); });
  if (unfinished == Unfinished::refuse) refuse(path, unfinished_stage());
}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;

std::string Reader::unfinished_stage() const {
  const std::string change = unfinished_change(implementation_->set.tableName());
  return change.empty() ? keyword(kInProgressKeyword) : change;
}

std::string Reader::keyword(const char* name) const {
  const casacore::TableRecord& keywords = implementation_->set.keywordSet();
  if (!keywords.isDefined(name) || keywords.dataType(name) != casacore::TpString) return "";
  return keywords.asString(name);
}

bool Reader::has_column(const char* column) const {
  return implementation_->set.tableDesc().isColumn(column);
}

std::string Reader::path() const { return implementation_->set.tableName(); }
std::size_t Reader::n_row() const { return implementation_->set.nrow(); }
std::size_t Reader::n_channel() const { return implementation_->cell()[1]; }
std::size_t Reader::n_correlation() const { return implementation_->cell()[0]; }

Description Reader::description() const {
  const casacore::MeasurementSet& set = implementation_->set;
  return with_casacore_errors(set.tableName(), [&] {
    Description description;
    describe_instrument(set, description);
    describe_fields(set, description);
    describe_pointings(set, description);
    description.is_calibrator = is_calibrator(set);
    const casacore::MSObservationColumns observation(set.observation());
    description.telescope_name = observation.telescopeName()(0);
    const auto range =
        leading<2>(set.tableName(), "OBSERVATION/TIME_RANGE", observation.timeRange(), 0);
    description.first_time_mjd_s = range[0];
    description.last_time_mjd_s = range[1];
    return description;
  });
}

RowKeys Reader::keys() const {
  const casacore::MeasurementSet& set = implementation_->set;
  return with_casacore_errors(set.tableName(), [&] {
    RowKeys keys;
    keys.time_mjd_s = scalar_column<double>(set, "TIME");
    keys.integration_time_s = scalar_column<double>(set, "INTERVAL");
    keys.antenna1 = scalar_column<int>(set, "ANTENNA1");
    keys.antenna2 = scalar_column<int>(set, "ANTENNA2");
    keys.data_description = scalar_column<int>(set, "DATA_DESC_ID");
    keys.field = scalar_column<int>(set, "FIELD_ID");
    keys.scan = scalar_column<int>(set, "SCAN_NUMBER");
    keys.uvw_m = values_of(ArrayColumn<double>(set, "UVW").getColumn());
    return keys;
  });
}

Rows Reader::rows(std::size_t first_row, std::size_t n_row) const {
  const casacore::MeasurementSet& set = implementation_->set;
  return with_casacore_errors(set.tableName(), [&] {
    const Slicer range(IPosition(1, first_row), IPosition(1, n_row));
    Rows rows;
    rows.data = values_of(implementation_->data.getColumnRange(range));
    rows.flag = booleans_of(implementation_->flag.getColumnRange(range));
    rows.weight = values_of(ArrayColumn<float>(set, "WEIGHT").getColumnRange(range));
    rows.sigma = values_of(ArrayColumn<float>(set, "SIGMA").getColumnRange(range));
    rows.flag_row =
        booleans_of(casacore::ScalarColumn<bool>(set, "FLAG_ROW").getColumnRange(range));
    if (set.tableDesc().isColumn("WEIGHT_SPECTRUM"))
      rows.weight_spectrum =
          values_of(ArrayColumn<float>(set, "WEIGHT_SPECTRUM").getColumnRange(range));
    return rows;
  });
}

void Reader::read_data(std::size_t first_row, Span<std::complex<float>> data) const {
  with_casacore_errors(implementation_->set.tableName(),
                       [&] { implementation_->read(implementation_->data, first_row, data); });
}

void Reader::read_corrected(std::size_t first_row, Span<std::complex<float>> corrected) const {
  const casacore::MeasurementSet& set = implementation_->set;
  with_casacore_errors(set.tableName(), [&] {
    implementation_->read(ArrayColumn<casacore::Complex>(set, "CORRECTED_DATA"), first_row,
                          corrected);
  });
}

void Reader::read_model(std::size_t first_row, Span<std::complex<float>> model) const {
  const casacore::MeasurementSet& set = implementation_->set;
  with_casacore_errors(set.tableName(), [&] {
    implementation_->read(ArrayColumn<casacore::Complex>(set, "MODEL_DATA"), first_row, model);
  });
}

void Reader::read_floats(const char* column, std::size_t first_row, std::size_t n_row,
                         Span<float> values) const {
  const casacore::MeasurementSet& set = implementation_->set;
  with_casacore_errors(set.tableName(), [&] {
    const ArrayColumn<float> floats(set, column);
    const casacore::Array<float> rows =
        floats.getColumnRange(Slicer(IPosition(1, first_row), IPosition(1, n_row)));
    if (rows.nelements() != values.size())
      throw DataError(std::string(set.tableName()) + ": " + column + " has another shape than " +
                      "expected");
    std::copy(rows.begin(), rows.end(), values.begin());
  });
}

void Reader::read_flags(std::size_t first_row, Span<bool> flags) const {
  const casacore::MeasurementSet& set = implementation_->set;
  with_casacore_errors(set.tableName(), [&] {
    implementation_->read(implementation_->flag, first_row, flags);
    const std::size_t row_size = n_channel() * n_correlation(), n_row = flags.size() / row_size;
    const casacore::Vector<bool> whole =
        casacore::ScalarColumn<bool>(set, "FLAG_ROW")
            .getColumnRange(Slicer(IPosition(1, first_row), IPosition(1, n_row)));
    for (std::size_t row = 0; row < n_row; ++row)
      if (whole[row]) std::fill_n(flags.data() + row * row_size, row_size, true);
  });
}

}  // namespace contimg::ms
