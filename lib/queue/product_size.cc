// SPDX-License-Identifier: GPL-3.0-or-later
#include "queue/product_size.h"

#include <sys/stat.h>

#include <boost/filesystem.hpp>

namespace contimg::queue {

namespace fs = boost::filesystem;

std::int64_t size_on_disk(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return 0;
  if (!S_ISDIR(status.st_mode)) return status.st_size;
  std::int64_t sum = 0;
  boost::system::error_code error;
  for (fs::directory_iterator i(path, error), end; !error && i != end; i.increment(error))
    sum += size_on_disk(i->path().string());
  return sum;
}

Outcome with_sizes(const Outcome& outcome) {
  Outcome result = outcome;
  for (Product& product : result.products)
    if (product.size_byte <= 0) product.size_byte = size_on_disk(product.path);
  return result;
}

}  // namespace contimg::queue
