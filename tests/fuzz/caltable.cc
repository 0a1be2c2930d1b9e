// SPDX-License-Identifier: GPL-3.0-or-later
// Calibration tables (lib/caltable/reader). The input says what becomes of a right table: cells of other
// shapes and values, ids that do not exist, columns, rows, keywords and subtables gone, bytes of its files
// changed. casacore has faults of its own in damaged files: harness.h, isolated().
#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/Table.h>
#include <casacore/tables/Tables/TableRecord.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "caltable/reader.h"
#include "caltable/tables.h"
#include "caltable/writer.h"
#include "harness.h"

using namespace contimg;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kSubtables = {
    "", "ANTENNA", "FIELD", "SPECTRAL_WINDOW", "OBSERVATION", "HISTORY"};

const std::vector<caltable::Kind> kKinds = {caltable::Kind::delay, caltable::Kind::bandpass,
                                            caltable::Kind::gain};

// Made before the first child is, which would make them again each time.
const std::string& right_table(caltable::Kind kind) {
  static const std::map<caltable::Kind, std::string> made = [] {
    std::map<caltable::Kind, std::string> paths;
    for (const caltable::Kind each : kKinds) {
      paths[each] = fuzz::folder() + "/made-" + std::to_string(static_cast<int>(each));
      caltable::write_caltable(paths[each], caltable::known_table(each), this_process(0), true);
    }
    return paths;
  }();
  return made.at(kind);
}

template <typename T>
void put_cell(casacore::Table& table, const std::string& column, casacore::rownr_t row, T value,
              fuzz::Bytes& bytes) {
  if (table.tableDesc().columnDesc(column).isScalar())
    return casacore::ScalarColumn<T>(table, column).put(row, value);
  casacore::ArrayColumn<T> cells(table, column);
  if (bytes.below(2) == 0 && cells.isDefined(row)) {
    casacore::Array<T> cell = cells(row);
    cell = value;
    return cells.put(row, cell);
  }
  const casacore::IPosition shape(1 + bytes.below(3), static_cast<ssize_t>(bytes.below(5)));
  casacore::Array<T> cell(shape);
  cell = value;
  cells.put(row, cell);
}

void change_cell(casacore::Table& table, fuzz::Bytes& bytes) {
  const casacore::Vector<casacore::String> names = table.tableDesc().columnNames();
  if (names.empty() || table.nrow() == 0) return;
  const std::string column = names[bytes.below(names.size())];
  const casacore::rownr_t row = bytes.below(table.nrow());
  switch (table.tableDesc().columnDesc(column).dataType()) {
    case casacore::TpInt: {
      const std::vector<int> values = {0, 1, 2, 3, -1, 1000, 2147483647, -2147483647 - 1};
      return put_cell<int>(table, column, row, bytes.pick(values), bytes);
    }
    case casacore::TpDouble:
      return put_cell<double>(table, column, row, bytes.number(), bytes);
    case casacore::TpFloat:
      return put_cell<float>(table, column, row,
                             static_cast<float>(std::fmin(bytes.number(), 1e30)), bytes);
    case casacore::TpComplex: {
      const auto part = static_cast<float>(std::fmin(bytes.number(), 1e30));
      return put_cell<casacore::Complex>(table, column, row, {part, 0}, bytes);
    }
    case casacore::TpBool:
      return put_cell<bool>(table, column, row, bytes.below(2) == 1, bytes);
    case casacore::TpString:
      return put_cell<casacore::String>(table, column, row, bytes.text(bytes.below(20)), bytes);
    default:
      return;
  }
}

void change(casacore::Table& table, fuzz::Bytes& bytes) {
  const casacore::Vector<casacore::String> names = table.tableDesc().columnNames();
  casacore::TableRecord& keywords = table.rwKeywordSet();
  switch (bytes.below(8)) {
    case 0:
      if (!names.empty()) table.removeColumn(names[bytes.below(names.size())]);
      return;
    case 1:
      if (table.nrow() > 0) table.removeRow(bytes.below(table.nrow()));
      return;
    case 2:
      if (keywords.nfields() > 0)
        keywords.removeField(static_cast<int>(bytes.below(keywords.nfields())));
      return;
    case 3:
      keywords.define("VisCal", casacore::String(bytes.text(8)));
      return;
    case 4:
      table.addRow(1 + bytes.below(3));
      return;
    default:
      return change_cell(table, bytes);
  }
}

void change_table(const std::string& path, fuzz::Bytes& bytes) {
  const std::string subtable = bytes.pick(kSubtables);
  try {
    casacore::Table table(subtable.empty() ? path : path + "/" + subtable, casacore::Table::Update);
    change(table, bytes);
  } catch (const casacore::AipsError&) {
    // What casacore does not let happen.
  }
}

void change_file(const std::string& path, fuzz::Bytes& bytes) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  const std::string file = bytes.pick(files);
  const std::size_t how = bytes.below(8);
  if (how == 0) {
    fs::remove(file);
    return;
  }
  if (how == 1) {
    fs::resize_file(file, bytes.integer() % (fs::file_size(file) + 1));
    return;
  }
  std::string content = fuzz::read_file(file);
  for (std::size_t i = 0; i < how && !content.empty(); ++i)
    content[bytes.integer() % content.size()] = static_cast<char>(bytes.byte());
  fuzz::write_file(file.substr(fuzz::folder().size() + 1), content);
}

void check_table(const caltable::CalTable& table) {
  const std::size_t n_antenna = table.description.antennas.size();
  for (const caltable::Solutions& s : table.solutions) {
    const std::size_t n = n_antenna * s.n_channel * caltable::kReceptors;
    fuzz::require(s.flagged.size() == n && s.snr.size() == n && s.error.size() == n,
                  "solutions have their shape");
    fuzz::require(std::isfinite(s.time_mjd_s) && std::isfinite(s.interval_s),
                  "an interval is a time");
    fuzz::require(s.refant >= -1 && s.refant < static_cast<std::int64_t>(n_antenna),
                  "a reference antenna is in the list");
    const bool is_delay = table.kind == caltable::Kind::delay;
    fuzz::require((is_delay ? s.delay_ns.size() : s.gain.size()) == n, "solutions have values");
    for (std::size_t i = 0; i < n; ++i) {
      if (s.flagged[i]) continue;
      fuzz::require(is_delay ? std::isfinite(s.delay_ns[i])
                             : std::isfinite(std::abs(s.gain[i])) && s.gain[i] != 0.F,
                    "a solution that is not flagged is a number");
    }
  }
  for (const ms::SpectralWindow& window : table.description.spectral_windows)
    for (std::size_t i = 0; i < window.frequency_hz.size(); ++i)
      fuzz::require(std::isfinite(window.frequency_hz[i]) && window.frequency_hz[i] > 0 &&
                        window.width_hz.size() == window.frequency_hz.size(),
                    "a channel has a positive frequency and a width");
}

// What was read can be written, and is then the same.
void check_writing(const caltable::CalTable& table) {
  const std::string path = fuzz::folder() + "/again";
  caltable::write_caltable(path, table, this_process(0), true);
  const caltable::CalTable again = caltable::read_caltable(path);
  fuzz::require(again.solutions.size() == table.solutions.size(), "its intervals are the same");
  for (std::size_t i = 0; i < table.solutions.size(); ++i)
    fuzz::require(again.solutions[i].flagged == table.solutions[i].flagged &&
                      again.solutions[i].spectral_window == table.solutions[i].spectral_window,
                  "its solutions are the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  right_table(caltable::Kind::gain);
  fuzz::isolated("libcasa", data, size, [&] {
    fuzz::Bytes bytes(data, size);
    const std::string path = fuzz::folder() + "/table.K";
    fs::remove_all(path);
    fs::copy(right_table(bytes.pick(kKinds)), path, fs::copy_options::recursive);
    const std::size_t how = bytes.below(8);
    for (int i = 0; i < 4 && !bytes.empty(); ++i)
      how < 6 ? change_table(path, bytes) : change_file(path, bytes);
    caltable::CalTable table;
    if (!fuzz::accepts(path, [&] { table = caltable::read_caltable(path); })) return;
    check_table(table);
    fuzz::accepts("", [&] { check_writing(table); });
  });
  return 0;
}
