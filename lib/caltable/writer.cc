// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/writer.h"

#include <casacore/casa/Arrays/Matrix.h>
#include <casacore/measures/Measures/MEpoch.h>
#include <casacore/measures/TableMeasures/TableMeasDesc.h>
#include <casacore/measures/TableMeasures/TableMeasRefDesc.h>
#include <casacore/measures/TableMeasures/TableMeasValueDesc.h>
#include <casacore/measures/TableMeasures/TableQuantumDesc.h>
#include <casacore/ms/MeasurementSets/MSColumns.h>
#include <casacore/tables/Tables/ArrColDesc.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScaColDesc.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/SetupNewTab.h>
#include <casacore/tables/Tables/TableInfo.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>

#include "caltable/check.h"
#include "ms/casacore_error.h"
#include "ms/subtables.h"

namespace contimg::caltable {
namespace {

using casacore::ArrayColumn;
using casacore::ArrayColumnDesc;
using casacore::ColumnDesc;
using casacore::IPosition;
using casacore::ScalarColumn;
using casacore::ScalarColumnDesc;
using casacore::Table;
using casacore::TableDesc;

void add_time_keywords(TableDesc& layout) {
  const casacore::TableMeasValueDesc value(layout, "TIME");
  const casacore::TableMeasRefDesc reference(casacore::MEpoch::UTC);
  casacore::TableMeasDesc<casacore::MEpoch>(value, reference).write(layout);
  casacore::TableQuantumDesc(layout, "TIME", casacore::Unit("s")).write(layout);
  casacore::TableQuantumDesc(layout, "INTERVAL", casacore::Unit("s")).write(layout);
}

TableDesc main_layout(const CalTable& table) {
  TableDesc layout(vis_cal(table.kind), "1.0", TableDesc::Scratch);
  layout.comment() = "New calibration table";
  layout.addColumn(ScalarColumnDesc<double>("TIME", ColumnDesc::Direct));
  for (const char* name : {"FIELD_ID", "SPECTRAL_WINDOW_ID", "ANTENNA1", "ANTENNA2"})
    layout.addColumn(ScalarColumnDesc<int>(name, ColumnDesc::Direct));
  layout.addColumn(ScalarColumnDesc<double>("INTERVAL", ColumnDesc::Direct));
  for (const char* name : {"SCAN_NUMBER", "OBSERVATION_ID"})
    layout.addColumn(ScalarColumnDesc<int>(name, ColumnDesc::Direct));
  if (table.kind == Kind::delay)
    layout.addColumn(ArrayColumnDesc<float>("FPARAM"));
  else
    layout.addColumn(ArrayColumnDesc<casacore::Complex>("CPARAM"));
  layout.addColumn(ArrayColumnDesc<float>("PARAMERR"));
  layout.addColumn(ArrayColumnDesc<bool>("FLAG"));
  layout.addColumn(ArrayColumnDesc<float>("SNR"));
  layout.addColumn(ArrayColumnDesc<float>("WEIGHT"));
  add_time_keywords(layout);
  return layout;
}

void add_keywords(Table& main, const CalTable& table) {
  const ms::CorrelationTypes& types = table.description.correlations;
  casacore::TableRecord& keywords = main.rwKeywordSet();
  keywords.define("ParType", table.kind == Kind::delay ? "Float" : "Complex");
  keywords.define("MSName", table.ms_name);
  keywords.define("VisCal", vis_cal(table.kind));
  keywords.define("PolBasis", types.empty() ? "unknown" : types.front() < 9 ? "circ" : "lin");
  for (const auto& [name, text] : table.description.keywords) keywords.define(name, text);
  main.tableInfo().setType(casacore::TableInfo::type(casacore::TableInfo::ME_CALIBRATION));
  main.tableInfo().setSubType(vis_cal(table.kind));
}

template <typename Subtable>
void add_subtable(Table& main, const char* name, const ms::Description& description,
                  void (*fill)(Subtable&, const ms::Description&)) {
  casacore::SetupNewTable setup(main.tableName() + "/" + name, Subtable::requiredTableDesc(),
                                Table::New);
  Subtable subtable(setup);
  fill(subtable, description);
  main.rwKeywordSet().defineTable(name, subtable);
}

void add_subtables(Table& main, const ms::Description& description) {
  add_subtable<casacore::MSObservation>(main, "OBSERVATION", description, ms::fill_observation);
  add_subtable<casacore::MSAntenna>(main, "ANTENNA", description, ms::fill_antennas);
  add_subtable<casacore::MSField>(main, "FIELD", description, ms::fill_fields);
  add_subtable<casacore::MSSpectralWindow>(main, "SPECTRAL_WINDOW", description,
                                           ms::fill_spectral_windows);
  add_subtable<casacore::MSHistory>(main, "HISTORY", description, ms::fill_history);
}

void put_reference_frequencies(const Table& main, const std::vector<double>& reference_hz) {
  casacore::MSSpectralWindow windows(main.keywordSet().asTable("SPECTRAL_WINDOW"));
  windows.reopenRW();
  ScalarColumn<double> column(windows, "REF_FREQUENCY");
  for (std::size_t i = 0; i < reference_hz.size(); ++i) column.put(i, reference_hz[i]);
}

// A cell is [channel, receptor]; casacore's shape is (receptor, channel), the same order in memory.
template <typename T, typename U>
void put_cell(Table& main, const char* name, casacore::rownr_t row, std::size_t n_channel,
              const std::vector<U>& values, std::size_t antenna) {
  casacore::Array<T> cell(IPosition(2, kReceptors, n_channel));
  const auto first = values.begin() + antenna * n_channel * kReceptors;
  std::transform(first, first + n_channel * kReceptors, cell.begin(),
                 [](const U& value) { return static_cast<T>(value); });
  ArrayColumn<T>(main, name).put(row, cell);
}

std::vector<float> weights(const std::vector<float>& error, const std::vector<std::uint8_t>& bad) {
  std::vector<float> weight(error.size(), 0.0F);
  for (std::size_t i = 0; i < error.size(); ++i)
    if (!bad[i] && error[i] > 0) weight[i] = 1 / (error[i] * error[i]);
  return weight;
}

void put_solutions(Table& main, const Solutions& s, std::size_t n_antenna,
                   casacore::rownr_t first_row) {
  const std::vector<float> weight = weights(s.error, s.flagged);
  for (std::size_t antenna = 0; antenna < n_antenna; ++antenna) {
    const casacore::rownr_t row = first_row + antenna;
    ScalarColumn<double>(main, "TIME").put(row, s.time_mjd_s);
    ScalarColumn<double>(main, "INTERVAL").put(row, s.interval_s);
    ScalarColumn<int>(main, "FIELD_ID").put(row, s.field);
    ScalarColumn<int>(main, "SPECTRAL_WINDOW_ID").put(row, s.spectral_window);
    ScalarColumn<int>(main, "ANTENNA1").put(row, static_cast<int>(antenna));
    ScalarColumn<int>(main, "ANTENNA2").put(row, s.refant);
    ScalarColumn<int>(main, "SCAN_NUMBER").put(row, s.scan);
    ScalarColumn<int>(main, "OBSERVATION_ID").put(row, s.observation);
    if (s.gain.empty())
      put_cell<float>(main, "FPARAM", row, s.n_channel, s.delay_ns, antenna);
    else
      put_cell<casacore::Complex>(main, "CPARAM", row, s.n_channel, s.gain, antenna);
    put_cell<float>(main, "PARAMERR", row, s.n_channel, s.error, antenna);
    put_cell<bool>(main, "FLAG", row, s.n_channel, s.flagged, antenna);
    put_cell<float>(main, "SNR", row, s.n_channel, s.snr, antenna);
    put_cell<float>(main, "WEIGHT", row, s.n_channel, weight, antenna);
  }
}

std::vector<const Solutions*> in_order(const CalTable& table) {
  std::vector<const Solutions*> sorted;
  for (const Solutions& s : table.solutions) sorted.push_back(&s);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Solutions* a, const Solutions* b) {
    return std::make_pair(a->spectral_window, a->time_mjd_s) <
           std::make_pair(b->spectral_window, b->time_mjd_s);
  });
  return sorted;
}

void write_at(const std::string& path, const CalTable& table) {
  const std::size_t n_antenna = table.description.antennas.size();
  casacore::SetupNewTable setup(path, main_layout(table), Table::New);
  Table main(setup, table.solutions.size() * n_antenna);
  add_keywords(main, table);
  add_subtables(main, table.description);
  put_reference_frequencies(main, table.reference_frequency_hz);
  casacore::rownr_t row = 0;
  for (const Solutions* solutions : in_order(table)) {
    put_solutions(main, *solutions, n_antenna, row);
    row += n_antenna;
  }
  main.flush(true, true);
}

}  // namespace

void write_caltable(const std::string& path, const CalTable& table, const PartialOwner& owner,
                    bool overwrite) {
  check(path, table);
  AtomicOutput output(path, owner, overwrite);
  ms::with_errors_of_making(output.path(), [&] { write_at(output.path(), table); });
  output.commit();
}

}  // namespace contimg::caltable
