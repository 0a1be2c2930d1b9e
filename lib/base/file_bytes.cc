// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/file_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace contimg {

TemporaryError unreadable(const std::string& path, int code) {
  return TemporaryError(path + ": cannot be read (" + std::strerror(code) + "); check its disk");
}

void require_sound_disk(const std::string& path) {
  if (errno == EIO) throw unreadable(path);
}

std::optional<std::string> file_bytes(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string bytes;
  std::vector<char> buffer(1 << 16);
  ssize_t n = 0;
  while ((n = ::read(file, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR))
    if (n > 0) bytes.append(buffer.data(), static_cast<std::size_t>(n));
  const int fault = n < 0 ? errno : 0;
  ::close(file);
  errno = fault;
  if (fault == EISDIR) return std::nullopt;
  if (fault != 0) throw unreadable(path, fault);
  return bytes;
}

void require_sound(const std::istream& stream, const std::string& path) {
  if (stream.bad()) throw TemporaryError(path + ": cannot be read to its end; check its disk");
}

}  // namespace contimg
