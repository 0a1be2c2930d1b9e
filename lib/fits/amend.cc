// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/amend.h"

#include "fits/header.h"

namespace contimg::fits {
namespace {

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

}  // namespace

void amend_header(const AtomicOutput& product, const std::vector<Card>& cards,
                  const std::vector<std::string>& history) {
  File file = File::reopen(product.path(), product.final_path());
  for (const Card& card : cards) file.write(card);
  delete_history(file);
  write_history(file, history);
  int status = 0;
  fits_update_chksum(file.raw(), &status);
  file.check(status, "its checksums cannot be written");
  file.close();
}

}  // namespace contimg::fits
