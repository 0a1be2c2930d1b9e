// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/files.h"

#include <boost/filesystem.hpp>
#include <fstream>
#include <vector>

#include "base/file_bytes.h"

namespace contimg::status {
namespace {

namespace fs = boost::filesystem;

constexpr std::uintmax_t kLargest_byte = 64 << 20;
constexpr std::streamoff kLogTail_byte = 256 << 10;

[[noreturn]] void absent() { throw Refused(404, "the file is not there"); }

/// The file that a path leads to, when that lies below the folder.
fs::path plain_file_below(const std::string& path, const std::string& folder) {
  boost::system::error_code failed;
  const fs::path file = fs::canonical(path, failed);
  if (failed || folder.empty() || !fs::is_regular_file(file, failed)) absent();
  const fs::path top = fs::canonical(folder, failed);
  if (failed) absent();
  const auto [end, ignored] = std::mismatch(top.begin(), top.end(), file.begin(), file.end());
  if (end != top.end()) absent();
  return file;
}

}  // namespace

std::string file_below(const std::string& path, const std::string& folder) {
  const fs::path file = plain_file_below(path, folder);
  boost::system::error_code failed;
  if (fs::file_size(file, failed) > kLargest_byte || failed) absent();
  const auto bytes = file_bytes(file.string());
  if (!bytes) absent();
  return *bytes;
}

Answer picture_below(const std::string& path, const std::string& folder) {
  Answer answer{200, "image/png", file_below(path, folder)};
  answer.headers.emplace_back("Cache-Control", "private, max-age=60");
  return answer;
}

std::string log_lines(const std::string& path, const std::string& folder, int most) {
  const fs::path file = plain_file_below(path, folder);
  std::ifstream stream(file.string(), std::ios::binary | std::ios::ate);
  if (!stream) absent();
  const std::streamoff size = stream.tellg();
  const std::streamoff from = std::max<std::streamoff>(0, size - kLogTail_byte);
  stream.seekg(from);
  std::string text(static_cast<std::size_t>(size - from), '\0');
  stream.read(text.data(), size - from);
  require_sound(stream, file.string());
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, stream.gcount())));
  std::size_t begin = text.size();
  for (int line = 0; line <= most && begin > 0; ++line) {
    const std::size_t end = begin < 2 ? std::string::npos : text.rfind('\n', begin - 2);
    if (line == most) break;
    begin = end == std::string::npos ? 0 : end + 1;
  }
  return text.substr(begin);
}

Json log_list(const std::string& folder) {
  Json list = Json::array();
  boost::system::error_code failed;
  if (folder.empty()) return list;
  for (fs::directory_iterator each(folder, failed), end; !failed && each != end;
       each.increment(failed)) {
    boost::system::error_code ignored;
    const fs::path path = each->path();
    if (path.extension() != ".log" || !fs::is_regular_file(path, ignored)) continue;
    list.push_back(
        {{"name", path.filename().string()},
         {"size_byte", fs::file_size(path, ignored)},
         {"modified", utc_text(static_cast<double>(fs::last_write_time(path, ignored)))}});
  }
  return list;
}

}  // namespace contimg::status
