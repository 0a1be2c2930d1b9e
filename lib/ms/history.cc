// SPDX-License-Identifier: GPL-3.0-or-later
#include "ms/history.h"

#include <casacore/tables/Tables/ArrayColumn.h>
#include <casacore/tables/Tables/ScalarColumn.h>
#include <casacore/tables/Tables/Table.h>

#include "ms/casacore_error.h"

namespace contimg::ms {
namespace {

std::string joined(const casacore::Array<casacore::String>& words) {
  std::string text;
  for (const casacore::String& word : words) text += (text.empty() ? "" : " ") + std::string(word);
  return text;
}

}  // namespace

std::vector<HistoryRow> read_history(const std::string& set_path) {
  return with_casacore_errors(set_path, [&] {
    const casacore::Table table(set_path + "/HISTORY");
    const casacore::ScalarColumn<double> time(table, "TIME");
    const casacore::ScalarColumn<casacore::String> application(table, "APPLICATION");
    const casacore::ScalarColumn<casacore::String> message(table, "MESSAGE");
    const casacore::ArrayColumn<casacore::String> command(table, "CLI_COMMAND");
    std::vector<HistoryRow> rows;
    for (casacore::rownr_t row = 0; row < table.nrow(); ++row)
      rows.push_back({time(row), application(row),
                      command.isDefined(row) ? joined(command(row)) : "", message(row)});
    return rows;
  });
}

}  // namespace contimg::ms
