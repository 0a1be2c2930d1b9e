// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/http_head.h"

#include <strings.h>

#include <algorithm>
#include <cstring>

namespace contimg::status {
namespace {

constexpr std::size_t kMostPathByte = 2048, kMostHeaders = 64, kMostLengthDigits = 9;

bool is_token(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return plain || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

// A tab may stand in a header's value; nothing else below a space may.
bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7f;
  });
}

bool is_same(const std::string& name, const char* other) {
  return ::strcasecmp(name.c_str(), other) == 0;
}

int judge_request_line(const std::string& line, bool& is_old) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string::npos ? first : line.find(' ', first + 1);
  if (second == std::string::npos || line.find(' ', second + 1) != std::string::npos) return 400;
  const std::string method = line.substr(0, first), version = line.substr(second + 1);
  const std::string path = line.substr(first + 1, second - first - 1);
  if (!is_token(method) || path.empty() || path[0] != '/' || has_control(line)) return 400;
  if (std::any_of(path.begin(), path.end(), [](char c) { return c == '\t' || (c & 0x80) != 0; }))
    return 400;
  if (path.size() > kMostPathByte) return 414;
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return version.rfind("HTTP/", 0) == 0 ? 505 : 400;
  is_old = version == "HTTP/1.0";
  for (const char* known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    if (method == known) return 0;
  return 501;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

struct Seen {
  int n_host = 0, n_length = 0;
  std::size_t n = 0;
};

int judge_header(const std::string& line, HttpHead& head, Seen& seen) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || !is_token(line.substr(0, colon))) return 400;
  const std::string name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
  if (has_control(value)) return 400;
  if (++seen.n > kMostHeaders) return 431;
  if (is_same(name, "Transfer-Encoding")) return 411;
  if (is_same(name, "Host") && ++seen.n_host > 1) return 400;
  if (is_same(name, "Connection")) {
    if (is_same(value, "close")) head.keep_alive = false;
    if (is_same(value, "keep-alive")) head.keep_alive = true;
  }
  if (is_same(name, "Expect")) {
    if (!is_same(value, "100-continue")) return 417;
    head.expects_continue = true;
  }
  if (is_same(name, "Content-Length")) {
    if (++seen.n_length > 1 || value.empty() ||
        value.find_first_not_of("0123456789") != std::string::npos)
      return 400;
    if (value.size() > kMostLengthDigits) return 413;
    head.body_byte = std::stoul(value);
    if (head.body_byte > kMostBodyByte) return 413;
  }
  return 0;
}

const char* reason_of(int status) {
  switch (status) {
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
  }
}

}  // namespace

std::optional<std::size_t> head_end(const std::string& bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  return end + 4;
}

HttpHead judge_head(const std::string& head) {
  HttpHead result;
  const auto refused = [&](int status) {
    result.refusal = status;
    result.keep_alive = false;
    return result;
  };
  if (head.size() > kMostHeadByte) return refused(431);
  std::size_t end = head.find("\r\n");
  if (end == std::string::npos) return refused(400);
  bool is_old = false;
  if (const int status = judge_request_line(head.substr(0, end), is_old)) return refused(status);
  if (is_old) result.keep_alive = false;
  Seen seen;
  for (std::size_t begin = end + 2; begin < head.size(); begin = end + 2) {
    end = head.find("\r\n", begin);
    if (end == std::string::npos) return refused(400);
    if (end == begin) {
      if (end + 2 != head.size() || (seen.n_host == 0 && !is_old)) return refused(400);
      return result;
    }
    if (const int status = judge_header(head.substr(begin, end - begin), result, seen))
      return refused(status);
  }
  return refused(400);
}

const char* security_headers() {
  return "X-Content-Type-Options: nosniff\r\n"
         "X-Frame-Options: DENY\r\n"
         "Referrer-Policy: no-referrer\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\n"
         "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src"
         " 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors"
         " 'none'\r\n";
}

std::string plain_refusal(int status) {
  const std::string body = std::string("{\"detail\":\"") + reason_of(status) + "\"}\n";
  return "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) +
         "\r\nContent-Type: application/json\r\nConnection: close\r\n" + security_headers() +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace contimg::status
