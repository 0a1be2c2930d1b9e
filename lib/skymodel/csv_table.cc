// SPDX-License-Identifier: GPL-3.0-or-later
// A table of sources read from CSV: quotes, and the separator that its title line has most of.
#include <algorithm>
#include <fstream>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "skymodel/text_table.h"

namespace contimg::skymodel {
namespace {

void split(const std::string& line, char separator, std::vector<std::string>& fields) {
  fields.assign(1, "");
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];  // a doubled quote stands for one
    else if (c == '"' && (quoted || trimmed(fields.back()).empty()))
      quoted = !quoted;
    else if (c == separator && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  for (std::string& field : fields) field = trimmed(field);
}

class CsvTable : public TextTable {
 public:
  explicit CsvTable(const std::string& path) : path_(path), file_(path) {
    std::string line;
    if (!file_) throw DataError(path + ": cannot be read, expected a table of sources");
    if (!next_line(line)) throw DataError(path + ": empty, expected a title line and sources");
    if (line.find('\0') != std::string::npos)
      throw DataError(path + ": not text, expected CSV, FITS or VOTable");
    std::size_t most = 0;
    for (const char candidate : {',', ';', '\t', '|'}) {
      const auto n = static_cast<std::size_t>(std::count(line.begin(), line.end(), candidate));
      if (n > most) separator_ = candidate;
      most = std::max(most, n);
    }
    std::vector<std::string> titles;
    split(line, separator_, titles);
    for (const std::string& title : titles) columns_.push_back({title, ""});
  }

  const std::vector<TextColumn>& columns() const override { return columns_; }
  void select(const std::vector<std::size_t>&) override {}

  bool next(std::vector<std::string>& fields) override {
    std::string line;
    if (!next_line(line)) return false;
    split(line, separator_, fields);
    return true;
  }

  std::string place() const override { return "line " + std::to_string(n_line_); }

 private:
  bool next_line(std::string& line) {
    while (std::getline(file_, line)) {
      ++n_line_;
      if (n_line_ == 1 && line.compare(0, 3, "\xef\xbb\xbf") == 0) line.erase(0, 3);
      if (!trimmed(line).empty() && line[0] != '#') return true;
    }
    require_sound(file_, path_);
    return false;
  }

  std::string path_;
  std::ifstream file_;
  std::size_t n_line_ = 0;
  char separator_ = ',';
  std::vector<TextColumn> columns_;
};

}  // namespace

std::unique_ptr<TextTable> open_csv_table(const std::string& path) {
  return std::make_unique<CsvTable>(path);
}

}  // namespace contimg::skymodel
