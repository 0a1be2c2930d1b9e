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
namespace {

struct Register {
  std::mutex mutex;
  std::vector<const LastResort::Action*> actions;
  LastResort::Action report;
};

// Never destroyed: a destructor may fail while the process ends.
Register& all() {
  static Register* const only = new Register;
  return *only;
}

void run(const LastResort::Action& action, const std::string& why) {
  try {
    action(why);
  } catch (const std::exception&) {
    // There is nobody left to tell.
  }
}

[[noreturn]] void end(const std::string& why) {
  std::vector<const LastResort::Action*> actions;
  {
    const std::lock_guard<std::mutex> lock(all().mutex);
    actions = all().actions;
  }
  run(all().report, why);
  for (auto action = actions.rbegin(); action != actions.rend(); ++action) run(**action, why);
  _exit(static_cast<int>(ExitCode::try_again));
}

[[noreturn]] void on_terminate() {
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      if (is_of_the_disk(error.what())) end(error.what());
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

LastResort::LastResort(Action action) : action_(std::move(action)) {
  const std::lock_guard<std::mutex> lock(all().mutex);
  all().actions.push_back(&action_);
}

LastResort::~LastResort() {
  const std::lock_guard<std::mutex> lock(all().mutex);
  auto& actions = all().actions;
  actions.erase(std::remove(actions.begin(), actions.end(), &action_), actions.end());
}

void install_last_resort(LastResort::Action report) {
  all().report = std::move(report);
  std::set_terminate(on_terminate);
}

}  // namespace contimg
