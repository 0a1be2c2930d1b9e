// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzz targets have in common.
#include "harness.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <system_error>

// AddressSanitizer's hook, where it is linked to, and the counters of coverage.
extern "C" __attribute__((weak)) void __asan_set_error_report_callback(
    void (*callback)(const char*));
#ifdef CONTIMG_FUZZ
// Of all that is instrumented; this file is not (CMakeLists.txt).
extern "C" char __start___sancov_cntrs, __stop___sancov_cntrs;
#endif

namespace contimg::fuzz {
namespace {

constexpr int kCpuSeconds = 20, kLibraryCode = 86;

struct Shared {
  bool in_library;
  char where[256];
};

Shared* shared = nullptr;
const char* library_name = "";

std::string file_of(const void* address) {
  Dl_info info = {};
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return "";
  const char* slash = std::strrchr(info.dli_fname, '/');
  return slash != nullptr ? slash + 1 : info.dli_fname;
}

bool is_libc(const std::string& file) {
  return file.rfind("libc.", 0) == 0 || file.rfind("libc-", 0) == 0;
}
bool is_runtime(const std::string& file) { return file.rfind("libstdc++", 0) == 0; }

// Whose code called into such a library: the first above its frames on this stack; empty: nobody's.
std::string caller_of(bool (*is_of_library)(const std::string& file)) {
  std::array<void*, 64> frames = {};
  const int n = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  bool below = false;
  for (int i = 0; i < n; ++i) {
    std::string file = file_of(frames[static_cast<std::size_t>(i)]);
    const bool inside = is_of_library(file);
    if (below && !inside) return file;
    below = below || inside;
  }
  return "";
}

// Runs in the child when it gets a deadly signal: not safe in general, but the child ends here.
void on_signal(int signal, siginfo_t*, void* context) {
  const auto* state = static_cast<const ucontext_t*>(context);
  const auto address = static_cast<std::uintptr_t>(state->uc_mcontext.gregs[REG_RIP]);
  const std::string file =
      signal == SIGABRT ? caller_of(is_libc) : file_of(reinterpret_cast<const void*>(address));
  // The C library is entered from the library's own code only, as far as the input goes.
  shared->in_library = file.find(library_name) != std::string::npos || is_libc(file);
  std::snprintf(shared->where, sizeof shared->where, "signal %d in %s", signal, file.c_str());
  ::_exit(kLibraryCode);
}

// A library that rethrows where nothing was thrown; any exception that nobody caught is ours.
[[noreturn]] void on_terminate() {
  if (std::current_exception() != nullptr) std::abort();
  const std::string file = caller_of(is_runtime);
  if (file.empty()) std::abort();
  shared->in_library = file.find(library_name) != std::string::npos;
  std::snprintf(shared->where, sizeof shared->where, "std::terminate in %s", file.c_str());
  ::_exit(kLibraryCode);
}

// A frame of the sanitizer's or the C library's, entered from the code that is sought.
bool is_between(const std::string& frame) {
  for (const char* part : {"interceptor", "/libc.so", "asan", " in operator new", " in malloc ",
                           " in calloc ", " in realloc "})
    if (frame.find(part) != std::string::npos) return true;
  return false;
}

// A report of AddressSanitizer: whose code is on top of its first stack?
void on_report(const char* report) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    const bool is_frame = line.rfind("    #", 0) == 0;
    if (!is_frame || is_between(line)) continue;
    shared->in_library = line.find(library_name) != std::string::npos;
    std::snprintf(shared->where, sizeof shared->where, "report at %s", line.c_str());
    if (shared->in_library) ::_exit(kLibraryCode);  // before libFuzzer takes it for a finding
    return;
  }
}

void take_signals() {
  if (__asan_set_error_report_callback != nullptr) __asan_set_error_report_callback(on_report);
  struct sigaction action = {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGXCPU, SIGABRT})
    ::sigaction(signal, &action, nullptr);
  std::set_terminate(on_terminate);
  const rlimit limit = {kCpuSeconds, kCpuSeconds + 5};
  ::setrlimit(RLIMIT_CPU, &limit);
}

void note_crash(const std::uint8_t* data, std::size_t size) {
  const char* where = std::getenv("FUZZ_LIBRARY_CRASHES");
  std::fprintf(stderr, "fuzz: the library's own crash: %s\n", shared->where);
  if (where == nullptr) return;
  std::size_t hash = 1469598103934665603ULL;
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ data[i]) * 1099511628211ULL;
  std::ofstream(std::string(where) + "/crash-" + std::to_string(hash), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
}

// libFuzzer's counters of coverage; none where the seeds are only replayed.
struct Counters {
  char* begin = nullptr;
  std::size_t size = 0;
};

Counters counters() {
#ifdef CONTIMG_FUZZ
  return {&__start___sancov_cntrs,
          static_cast<std::size_t>(&__stop___sancov_cntrs - &__start___sancov_cntrs)};
#else
  return {};
#endif
}

struct Folder {
  std::string path = (std::filesystem::temp_directory_path() / "contimg-fuzz-XXXXXX").string();
  const pid_t owner = ::getpid();
  Folder() {
    if (::mkdtemp(path.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), path);
  }
  ~Folder() {
    std::error_code ignored;
    if (::getpid() == owner) std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

std::uint64_t Bytes::integer() {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | byte();
  return value;
}

std::size_t Bytes::below(std::size_t n) {
  const std::size_t value = n <= 256 ? byte() : std::size_t{byte()} << 8 | byte();
  return value % n;
}

std::string Bytes::text(std::size_t n) {
  n = std::min(n, size_ - at_);
  const std::string result(reinterpret_cast<const char*>(data_) + at_, n);
  at_ += n;
  return result;
}

double Bytes::number() {
  constexpr double kHuge = std::numeric_limits<double>::infinity();
  static const std::array<double, 14> special = {0,           -0.0,   1,     -1,     1e-310,
                                                 1e308,       -1e308, kHuge, -kHuge, std::nan(""),
                                                 2461066.435, 1.4e9,  90,    0.5};
  const std::size_t choice = below(special.size() + 1);
  if (choice < special.size()) return special[choice];
  const std::uint64_t bits = integer();
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

const std::string& folder() {
  static const Folder folder;
  return folder.path;
}

std::string write_file(const std::string& name, const std::string& bytes) {
  const std::string path = folder() + "/" + name;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void require(bool holds, const std::string& promise) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: not kept: %s\n", printable(promise).c_str());
  std::abort();
}

bool accepts(const std::string& path, const std::function<void()>& reader) {
  const auto judge = [&path](const Error& error) {
    const std::string text = error.what();
    require(text.find(path) != std::string::npos, "an error names the file: " + text);
    require(printable(text) == text, "an error is printable: " + text);
    require(text.size() < 20000, "an error is short");
    return false;
  };
  try {
    reader();
    return true;
  } catch (const DataError& error) {
    return judge(error);
  } catch (const UsageError& error) {
    return judge(error);
  } catch (const TemporaryError& error) {
    require(false, std::string("bad input is no reason to try again: ") + error.what());
  }
  return false;
}

bool isolated(const std::string& library, const std::uint8_t* data, std::size_t size,
              const std::function<void()>& work) {
  const Counters own = counters();
  if (shared == nullptr)
    shared = static_cast<Shared*>(::mmap(nullptr, sizeof(Shared) + own.size, PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  *shared = {};
  library_name = library.c_str();
  char* childs = reinterpret_cast<char*>(shared + 1);
  const pid_t child = ::fork();
  if (child < 0) return true;
  if (child == 0) {
    take_signals();
    work();
    if (own.size > 0) std::memcpy(childs, own.begin, own.size);
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    if (own.size > 0) std::memcpy(own.begin, childs, own.size);
    return true;
  }
  require(shared->in_library, std::string("no crash but in ") + library + ": " + shared->where +
                                  " (status " + std::to_string(status) + ")");
  note_crash(data, size);
  return false;
}

}  // namespace contimg::fuzz
