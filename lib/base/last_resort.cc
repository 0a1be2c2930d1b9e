// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/last_resort.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <vector>

#include "base/exit_code.h"

namespace contimg {

// All that live, the newest last.
struct LastResorts {
  std::mutex mutex;
  std::vector<const LastResort*> living;
  LastResort::Action report;

  [[noreturn]] void end(const std::string& words);
};

namespace {

// Never destroyed: a destructor may fail while the process ends.
LastResorts& all() {
  static LastResorts* const only = new LastResorts;
  return *only;
}

void run(const LastResort::Action& action, const std::string& why) {
  try {
    action(why);
  } catch (const std::exception&) {
    // There is nobody left to tell.
  }
}

[[noreturn]] void on_terminate() {
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      if (is_of_the_disk(error.what())) all().end(error.what());
    }
  }
  std::abort();
}

}  // namespace

bool is_of_the_disk(const std::string& words) {
  for (const int code : {ENOSPC, EDQUOT, EROFS, EIO, EACCES, EMFILE, EINTR})
    if (words.find(std::strerror(code)) != std::string::npos) return true;
  // casacore's, for a write that was cut short, after which errno says nothing, and for a folder
  // of its own that it cannot take away again.
  for (const char* said : {"write error", "tracePWRITE", "Directory::remove"})
    if (words.find(said) != std::string::npos) return true;
  return false;
}

void LastResorts::end(const std::string& words) {
  std::vector<const LastResort*> now;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    now.assign(living.rbegin(), living.rend());
  }
  std::string product;
  for (const LastResort* one : now)
    if (product.empty() && one->product_) product = one->product_();
  const bool is_named = words.find(product) != std::string::npos;
  const std::string why = is_named ? words : product + ": " + words;
  run(report, why);
  for (const LastResort* one : now) run(one->action_, why);
  _exit(static_cast<int>(ExitCode::try_again));
}

LastResort::LastResort(Action action, Product product)
    : action_(std::move(action)), product_(std::move(product)) {
  const std::lock_guard<std::mutex> lock(all().mutex);
  all().living.push_back(this);
}

LastResort::~LastResort() {
  const std::lock_guard<std::mutex> lock(all().mutex);
  auto& living = all().living;
  living.erase(std::remove(living.begin(), living.end(), this), living.end());
}

void install_last_resort(LastResort::Action report) {
  all().report = std::move(report);
  std::set_terminate(on_terminate);
}

}  // namespace contimg
