// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/copy_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/stop.h"

namespace contimg {
namespace {

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : path_(path), number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (number_ < 0) fail("cannot be opened");
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::size_t read(std::vector<char>& buffer) {
    ssize_t n = -1;
    do n = ::read(number_, buffer.data(), buffer.size());
    while (n < 0 && errno == EINTR);
    if (n < 0) fail("cannot be read");
    return static_cast<std::size_t>(n);
  }
  void write(const char* data, std::size_t size) {
    while (size > 0) {
      const ssize_t n = ::write(number_, data, size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("cannot be written");
      data += n;
      size -= static_cast<std::size_t>(n);
    }
  }
  // A network disk may say only now that it was full.
  void close() {
    const int number = number_;
    number_ = -1;
    if (::close(number) != 0) fail("cannot be written");
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    const int code = errno;
    throw TemporaryError(path_ + ": " + what + ": " + std::strerror(code) +
                         (code == ENOSPC ? "; free some space" : ""));
  }

  const std::string path_;
  int number_;
};

}  // namespace

void copy_file(const std::string& from, const std::string& to) {
  constexpr std::size_t kBlock = 4 << 20;
  Descriptor source(from, O_RDONLY);
  Descriptor target(to, O_WRONLY | O_CREAT | O_TRUNC);
  std::vector<char> buffer(kBlock);
  while (const std::size_t n = source.read(buffer)) {
    check_stop();
    target.write(buffer.data(), n);
  }
  target.close();
}

}  // namespace contimg
