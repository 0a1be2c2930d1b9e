// SPDX-License-Identifier: GPL-3.0-or-later
#include "caltable/reader.h"

#include <casacore/ms/MeasurementSets/MSColumns.h>
#include <casacore/ms/MeasurementSets/MeasurementSet.h>
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/TableInfo.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/atomic_output.h"
#include "caltable/check.h"
#include "ms/casacore_error.h"
#include "ms/cells.h"

namespace contimg::caltable {
namespace {

using casacore::ArrayColumn;
using casacore::Table;

Kind kind_of(const std::string& path, const Table& main) {
  const std::string type = main.tableInfo().type();
  if (type != std::string(casacore::TableInfo::type(casacore::TableInfo::ME_CALIBRATION)) ||
      !main.keywordSet().isDefined("VisCal"))
    throw DataError(path + ": is no calibration table (its type is '" + type +
                    "'), expected type Calibration and the keyword VisCal");
  const std::string name = main.keywordSet().asString("VisCal");
  for (const Kind kind : {Kind::delay, Kind::bandpass, Kind::gain})
    if (name == vis_cal(kind)) return kind;
  throw DataError(path + ": holds '" + name + "', expected K Jones, B Jones or G Jones");
}

Table subtable(const std::string& path, const Table& main, const char* name) {
  if (!main.keywordSet().isDefined(name))
    throw DataError(path + ": has no subtable " + name +
                    ", expected a whole table; it may be half written: solve again");
  return main.keywordSet().asTable(name);
}

// CASA's gain tables have one channel that keeps its own width; the band is TOTAL_BANDWIDTH.
void describe_windows(const std::string& path, const casacore::MSSpectralWindow& table,
                      CalTable& result) {
  const casacore::MSSpWindowColumns columns(table);
  for (casacore::rownr_t i = 0; i < table.nrow(); ++i) {
    ms::SpectralWindow window{columns.name()(i),
                              ms::cell(path, "SPECTRAL_WINDOW/CHAN_FREQ", columns.chanFreq(), i),
                              ms::cell(path, "SPECTRAL_WINDOW/CHAN_WIDTH", columns.chanWidth(), i)};
    if (window.width_hz.size() == 1)
      window.width_hz[0] = std::max(window.width_hz[0], columns.totalBandwidth()(i));
    result.description.spectral_windows.push_back(std::move(window));
    result.reference_frequency_hz.push_back(columns.refFrequency()(i));
  }
}

void describe(const std::string& path, const Table& main, CalTable& result) {
  ms::Description& description = result.description;
  const casacore::MSAntenna antennas(subtable(path, main, "ANTENNA"));
  const casacore::MSAntennaColumns antenna(antennas);
  for (casacore::rownr_t i = 0; i < antennas.nrow(); ++i) {
    description.antennas.push_back({antenna.name()(i),
                                    ms::leading<3>(path, "ANTENNA/POSITION", antenna.position(), i),
                                    antenna.dishDiameter()(i)});
  }
  const casacore::MSField fields(subtable(path, main, "FIELD"));
  const casacore::MSFieldColumns field(fields);
  for (casacore::rownr_t i = 0; i < fields.nrow(); ++i) {
    const auto [ra_rad, dec_rad] = ms::leading<2>(path, "FIELD/PHASE_DIR", field.phaseDir(), i);
    description.fields.push_back({field.name()(i), {ra_rad, dec_rad}, field.time()(i)});
  }
  describe_windows(path, casacore::MSSpectralWindow(subtable(path, main, "SPECTRAL_WINDOW")),
                   result);
  const casacore::MSObservation observations(subtable(path, main, "OBSERVATION"));
  const casacore::MSObservationColumns observation(observations);
  if (observations.nrow() > 0) {
    description.telescope_name = observation.telescopeName()(0);
    const auto range = ms::leading<2>(path, "OBSERVATION/TIME_RANGE", observation.timeRange(), 0);
    description.first_time_mjd_s = range[0];
    description.last_time_mjd_s = range[1];
  }
}

// Text keywords, among which are those that say what was solved and how.
void read_keywords(const Table& main, CalTable& result) {
  const casacore::TableRecord& keywords = main.keywordSet();
  for (casacore::uInt i = 0; i < keywords.nfields(); ++i) {
    if (keywords.dataType(i) != casacore::TpString) continue;
    const std::string name = keywords.name(i), text = keywords.asString(i);
    if (name == "MSName")
      result.ms_name = text;
    else if (name == "PolBasis" && (text == "lin" || text == "circ"))
      result.description.correlations =
          text == "lin" ? ms::CorrelationTypes{9, 12} : ms::CorrelationTypes{5, 8};
    else if (name != "ParType" && name != "VisCal" && name != "PolBasis")
      result.description.keywords.emplace_back(name, text);
  }
}

/// Row numbers of one interval's antennas.
using Groups = std::map<std::tuple<int, double, int>, std::vector<casacore::rownr_t>>;

Groups group_rows(const std::string& path, const Table& main) {
  constexpr casacore::rownr_t kMostRows = 1 << 24;
  if (main.nrow() > kMostRows)
    throw DataError(path + ": says it has " + std::to_string(main.nrow()) +
                    " rows, which no calibration has; it is damaged: solve again");
  const std::vector<double> time = ms::scalar_column<double>(main, "TIME");
  const std::vector<int> window = ms::scalar_column<int>(main, "SPECTRAL_WINDOW_ID");
  const std::vector<int> field = ms::scalar_column<int>(main, "FIELD_ID");
  Groups groups;
  for (std::size_t row = 0; row < time.size(); ++row)
    groups[{window[row], time[row], field[row]}].push_back(row);
  return groups;
}

template <typename T, typename U>
void take_cell(const std::string& path, const Table& main, const char* name, casacore::rownr_t row,
               std::size_t n_channel, std::size_t antenna, std::vector<U>& values) {
  const ArrayColumn<T> cells(main, name);
  if (!cells.isDefined(row) || cells.ndim(row) != 2 ||
      cells.shape(row) != casacore::IPosition(2, kReceptors, n_channel))
    throw DataError(path + ": row " + std::to_string(row) + " of " + name +
                    " is empty or of another shape, expected 2 receptors and " +
                    std::to_string(n_channel) + " channels; it may be half written: solve again");
  const casacore::Array<T> cell = cells(row);
  std::transform(cell.begin(), cell.end(), values.begin() + antenna * n_channel * kReceptors,
                 [](const T& value) { return static_cast<U>(value); });
}

// What is the same in all rows of an interval; everything else still flagged.
Solutions keys_of(const std::string& path, const Table& main, const CalTable& table,
                  casacore::rownr_t row) {
  const auto number = [&](const char* name) {
    return casacore::ScalarColumn<int>(main, name)(row);
  };
  const auto& windows = table.description.spectral_windows;
  const int window = number("SPECTRAL_WINDOW_ID");
  if (window < 0 || static_cast<std::size_t>(window) >= windows.size())
    throw DataError(path + ": row " + std::to_string(row) +
                    " names a spectral window that the subtable does not have");
  Solutions s = flagged_solutions(table.kind, table.description.antennas.size(),
                                  windows[static_cast<std::size_t>(window)].frequency_hz.size());
  s.time_mjd_s = casacore::ScalarColumn<double>(main, "TIME")(row);
  s.interval_s = casacore::ScalarColumn<double>(main, "INTERVAL")(row);
  s.field = number("FIELD_ID");
  s.spectral_window = window;
  s.scan = number("SCAN_NUMBER");
  s.observation = number("OBSERVATION_ID");
  s.refant = number("ANTENNA2");
  return s;
}

Solutions solutions_of(const std::string& path, const Table& main, const CalTable& table,
                       const std::vector<casacore::rownr_t>& rows) {
  const std::size_t n_antenna = table.description.antennas.size();
  Solutions s = keys_of(path, main, table, rows.front());
  const std::size_t n = s.n_channel;
  std::vector<char> seen(n_antenna, 0);
  for (const casacore::rownr_t row : rows) {
    const auto antenna =
        static_cast<std::size_t>(casacore::ScalarColumn<int>(main, "ANTENNA1")(row));
    if (antenna >= n_antenna || seen[antenna]++)
      throw DataError(path + ": row " + std::to_string(row) +
                      " names an antenna twice or one that ANTENNA does not have");
    if (table.kind == Kind::delay)
      take_cell<float>(path, main, "FPARAM", row, n, antenna, s.delay_ns);
    else
      take_cell<casacore::Complex>(path, main, "CPARAM", row, n, antenna, s.gain);
    take_cell<float>(path, main, "PARAMERR", row, n, antenna, s.error);
    take_cell<float>(path, main, "SNR", row, n, antenna, s.snr);
    take_cell<bool>(path, main, "FLAG", row, n, antenna, s.flagged);
  }
  if (rows.size() != n_antenna)
    throw DataError(path + ": an interval has solutions of " + std::to_string(rows.size()) +
                    " antennas, expected all " + std::to_string(n_antenna) +
                    "; it may be half written: solve again");
  return s;
}

CalTable read(const std::string& path) {
  const Table main(path, Table::Old);
  CalTable table;
  table.kind = kind_of(path, main);
  describe(path, main, table);
  read_keywords(main, table);
  for (const auto& [key, rows] : group_rows(path, main))
    table.solutions.push_back(solutions_of(path, main, table, rows));
  check(path, table);
  return table;
}

}  // namespace

CalTable read_caltable(const std::string& path) {
  if (partial_owner(path))
    throw DataError(path + ": is a table that is being written, expected one that is complete");
  return ms::with_casacore_errors(path, [&] { return read(path); });
}

}  // namespace contimg::caltable
