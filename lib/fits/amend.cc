// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/amend.h"

#include <algorithm>

#include "fits/file.h"

namespace contimg::fits {
namespace {

constexpr std::size_t kHistoryLength = 72;

void delete_history(const File& file) {
  int status = 0, n_card = 0;
  fits_get_hdrspace(file.raw(), &n_card, nullptr, &status);
  for (int i = n_card; i >= 1 && status == 0; --i) {
    char card[FLEN_CARD] = "";
    fits_read_record(file.raw(), i, card, &status);
    if (std::string(card, 8) == "HISTORY ") fits_delete_record(file.raw(), i, &status);
  }
  file.check(status, "its history cannot be changed");
}

void write_history(const File& file, std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  int status = 0;
  for (std::size_t at = 0; at < line.size(); at += kHistoryLength)
    fits_write_history(file.raw(), line.substr(at, kHistoryLength).c_str(), &status);
  file.check(status, "its history cannot be written");
}

}  // namespace

void amend_header(const AtomicOutput& product, const std::vector<Card>& cards,
                  const std::vector<std::string>& history) {
  File file = File::reopen(product.path(), product.final_path());
  for (const Card& card : cards) file.write(card);
  delete_history(file);
  for (const std::string& line : history) write_history(file, line);
  int status = 0;
  fits_update_chksum(file.raw(), &status);
  file.check(status, "its checksums cannot be written");
  file.close();
}

}  // namespace contimg::fits
