// SPDX-License-Identifier: GPL-3.0-or-later
// A table of sources read from a VOTable's TABLEDATA, the first TABLE only.
#include <expat.h>

#include <array>
#include <cstring>
#include <deque>
#include <fstream>
#include <type_traits>

#include "base/error.h"
#include "base/file_bytes.h"
#include "base/text.h"
#include "skymodel/text_table.h"

namespace contimg::skymodel {
namespace {

class Votable : public TextTable {
 public:
  explicit Votable(const std::string& path)
      : path_(path), file_(path, std::ios::binary), parser_(XML_ParserCreate(nullptr)) {
    if (!file_) throw DataError(path + ": cannot be read, expected a VOTable");
    if (!parser_) throw TemporaryError(path + ": no memory for an XML parser");
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &Votable::on_start, &Votable::on_end);
    XML_SetCharacterDataHandler(parser_.get(), &Votable::on_text);
    while (!in_data_ && !ended_) feed();
    if (columns_.empty()) throw DataError(path + ": no TABLE with FIELDs, expected a VOTable");
  }

  const std::vector<TextColumn>& columns() const override { return columns_; }
  void select(const std::vector<std::size_t>&) override {}

  bool next(std::vector<std::string>& fields) override {
    while (rows_.empty() && !ended_) feed();
    if (rows_.empty()) return false;
    fields = std::move(rows_.front());
    rows_.pop_front();
    ++row_;
    return true;
  }

  std::string place() const override { return "row " + std::to_string(row_); }

 private:
  static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
    static_cast<Votable*>(self)->start(name, attributes);
  }
  static void on_end(void* self, const XML_Char* name) { static_cast<Votable*>(self)->end(name); }
  static void on_text(void* self, const XML_Char* text, int n) {
    Votable& table = *static_cast<Votable*>(self);
    if (table.in_cell_) table.cell_.append(text, static_cast<std::size_t>(n));
  }

  // "vot:TD" and "TD" are the same.
  static std::string local(const XML_Char* name) {
    const XML_Char* colon = std::strrchr(name, ':');
    return colon ? colon + 1 : name;
  }

  static std::string attribute(const XML_Char** attributes, const char* name) {
    for (; *attributes; attributes += 2)
      if (std::strcmp(attributes[0], name) == 0) return attributes[1];
    return "";
  }

  void start(const XML_Char* qualified, const XML_Char** attributes) {
    if (ended_) return;
    const std::string name = local(qualified);
    if (name == "FIELD") {
      std::string title = attribute(attributes, "name");
      if (title.empty()) title = attribute(attributes, "ID");
      columns_.push_back({trimmed(title), trimmed(attribute(attributes, "unit"))});
    } else if (name == "TABLEDATA") {
      in_data_ = true;
    } else if (name == "BINARY" || name == "BINARY2" || name == "FITS") {
      unreadable_ = name;
    } else if (name == "TR") {
      fields_.clear();
    } else if (name == "TD") {
      in_cell_ = true;
      cell_.clear();
    }
  }

  void end(const XML_Char* qualified) {
    if (ended_) return;
    const std::string name = local(qualified);
    if (name == "TD") {
      in_cell_ = false;
      cell_ = trimmed(cell_);
      fields_.push_back(cell_ == "NaN" ? "" : cell_);
    } else if (name == "TR") {
      rows_.push_back(fields_);
    } else if (name == "TABLE") {
      ended_ = true;  // only the first table counts
    }
  }

  // Handlers may not throw through the C library: what they find is looked at here.
  void feed() {
    std::array<char, 65536> bytes;
    file_.read(bytes.data(), bytes.size());
    const auto n = static_cast<int>(file_.gcount());
    require_sound(file_, path_);
    const bool last = n < static_cast<int>(bytes.size());
    if (XML_Parse(parser_.get(), bytes.data(), n, last) == XML_STATUS_ERROR && !ended_)
      throw DataError(path_ + ": line " + std::to_string(XML_GetCurrentLineNumber(parser_.get())) +
                      ": " + XML_ErrorString(XML_GetErrorCode(parser_.get())) +
                      ", expected a VOTable");
    if (!unreadable_.empty())
      throw DataError(path_ + ": its data are " + unreadable_ +
                      ", expected TABLEDATA; write it again as that, or as FITS");
    if (last) ended_ = true;
  }

  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };

  std::string path_;
  std::ifstream file_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::vector<TextColumn> columns_;
  std::deque<std::vector<std::string>> rows_;
  std::vector<std::string> fields_;
  std::string cell_, unreadable_;
  bool in_data_ = false, in_cell_ = false, ended_ = false;
  std::size_t row_ = 0;
};

}  // namespace

std::unique_ptr<TextTable> open_votable(const std::string& path) {
  return std::make_unique<Votable>(path);
}

}  // namespace contimg::skymodel
