// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/sha256.h"

namespace contimg::status {
namespace {

constexpr std::size_t kShortest = 20, kLargestFile = 1 << 20;

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

// Opened first, then looked at: what was checked is what is read.
std::string secret_file(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.number < 0)
    throw UsageError(path + ": cannot be read (" + std::strerror(errno) + "), expected tokens");
  struct stat about = {};
  if (::fstat(file.number, &about) != 0 || !S_ISREG(about.st_mode))
    throw UsageError(path + ": is no plain file, expected tokens");
  if ((about.st_mode & 077) != 0)
    throw UsageError(path + ": others than its owner may read it, expected mode 0600; chmod 600 '" +
                     path + "'");
  if (about.st_uid != ::geteuid() && ::geteuid() != 0)
    throw UsageError(path + ": belongs to another user, expected the one who runs this");
  std::string text;
  char block[4096];
  for (ssize_t n = 0; (n = ::read(file.number, block, sizeof block)) > 0;) {
    text.append(block, static_cast<std::size_t>(n));
    if (text.size() > kLargestFile)
      throw UsageError(path + ": is no file of tokens, it is too large");
  }
  return text;
}

std::string decoded_base64(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  unsigned bits = 0;
  int n_bit = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t value = digits.find(c);
    if (value == std::string::npos) return "";
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffff;
    n_bit += 6;
    if (n_bit < 8) continue;
    n_bit -= 8;
    result += static_cast<char>(bits >> n_bit & 0xff);
  }
  return result;
}

bool has_prefix(const std::string& text, const char* prefix) {
  return ::strncasecmp(text.c_str(), prefix, std::strlen(prefix)) == 0;
}

/// The token that a request shows; empty without one.
std::string shown_token(const Request& request, bool basic_too) {
  const std::string header = request.header("authorization");
  if (has_prefix(header, "Bearer ")) return header.substr(7);
  if (!basic_too || !has_prefix(header, "Basic ")) return "";
  const std::string pair = decoded_base64(header.substr(6));
  const std::size_t colon = pair.find(':');
  return colon == std::string::npos ? "" : pair.substr(colon + 1);
}

// Every token is compared, so that the time tells nothing of which.
const Token* known_token(const std::string& shown, const std::vector<Token>& tokens) {
  const std::string digest = sha256(shown);
  const Token* found = nullptr;
  for (const Token& token : tokens)
    if (same_secret(digest, token.digest)) found = &token;
  return found;
}

// A proxy on this machine makes everybody's requests come from loopback.
bool is_direct_and_local(const Request& request) {
  for (const char* header : {"forwarded", "x-forwarded-for", "x-real-ip", "via"})
    if (!request.header(header).empty()) return false;
  return is_loopback(request.peer) && is_local_host(request.header("host"));
}

bool origin_is_known(const Request& request, const AccessRules& rules) {
  const std::string site = request.header("sec-fetch-site");
  const std::string origin = request.header("origin");
  if (origin.empty()) return site.empty() || site == "same-origin" || site == "none";
  if (std::find(rules.allowed_origins.begin(), rules.allowed_origins.end(), origin) !=
      rules.allowed_origins.end())
    return true;
  const std::size_t host = origin.find("://");
  if (host == std::string::npos) return false;
  const std::string name = origin.substr(host + 3);
  return name == request.header("host") || (is_local_host(name) && is_direct_and_local(request));
}

}  // namespace

std::vector<Token> parse_tokens(const std::string& text, const std::string& where) {
  std::vector<Token> tokens;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream words(line);
    std::string name, scope, token, more;
    words >> name >> scope >> token;
    if (name.empty() || name[0] == '#') continue;
    const std::string at = where + ", line " + std::to_string(number) + ": ";
    if (token.empty() || words >> more)
      throw UsageError(at + "expected NAME, read or write, and a token");
    if (scope != "read" && scope != "write")
      throw UsageError(at + "the scope is not known, expected read or write");
    if (token.size() < kShortest)
      throw UsageError(at +
                       "the token is too short, expected 20 characters or more; openssl rand "
                       "-hex 20 makes one");
    tokens.push_back({name, scope == "write", sha256(token)});
  }
  return tokens;
}

std::vector<Token> load_tokens(const std::string& file, const std::string& variable) {
  std::vector<Token> tokens;
  if (!file.empty()) tokens = parse_tokens(secret_file(file), file);
  std::string lines = variable;
  std::replace(lines.begin(), lines.end(), ';', '\n');
  for (Token& token : parse_tokens(lines, "CONTIMG_TOKENS")) tokens.push_back(std::move(token));
  return tokens;
}

bool same_secret(const std::string& a, const std::string& b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  const std::string& other = a.size() == b.size() ? b : a;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(other[i]);
  return difference == 0;
}

bool is_loopback(const std::string& address) {
  const std::string plain = has_prefix(address, "::ffff:") ? address.substr(7) : address;
  return plain == "::1" || (plain.rfind("127.", 0) == 0 &&
                            plain.find_first_not_of("0123456789.") == std::string::npos);
}

bool is_local_host(const std::string& host) {
  if (host.empty()) return false;
  std::string name = host;
  if (name[0] == '[') {
    const std::size_t end = name.find(']');
    if (end == std::string::npos) return false;
    const std::string rest = name.substr(end + 1);
    if (!rest.empty() && rest[0] != ':') return false;
    name = name.substr(1, end - 1);
  } else {
    name = name.substr(0, name.find(':'));
  }
  return ::strcasecmp(name.c_str(), "localhost") == 0 || is_loopback(name);
}

std::string granted(const Request& request, Need need, const AccessRules& rules) {
  const std::string shown = shown_token(request, need == Need::read);
  if (need != Need::read && !origin_is_known(request, rules))
    throw Refused(403,
                  "the page that asks is of another origin, expected one that "
                  "serve.allowed_origins names");
  if (shown.empty() && request.header("authorization").empty() && is_direct_and_local(request)) {
    if (need == Need::read) return "loopback";
    if (need == Need::legacy_write && rules.legacy_loopback_writes) return "loopback";
  }
  const Token* token = shown.empty() ? nullptr : known_token(shown, rules.tokens);
  if (token == nullptr)
    throw Refused(401, shown.empty() ? "no token, expected the header Authorization: Bearer TOKEN"
                                     : "the token is not known, expected one of the token file");
  if (need != Need::read && !token->write)
    throw Refused(403, "the token may only read, expected one with the scope write");
  return token->name;
}

std::vector<std::pair<std::string, std::string>> cors_headers(const Request& request,
                                                              const AccessRules& rules) {
  const std::string origin = request.header("origin");
  if (origin.empty() || std::find(rules.allowed_origins.begin(), rules.allowed_origins.end(),
                                  origin) == rules.allowed_origins.end())
    return {};
  return {{"Access-Control-Allow-Origin", origin},
          {"Access-Control-Allow-Methods", "GET, POST, DELETE"},
          {"Access-Control-Allow-Headers", "Authorization, Content-Type"},
          {"Access-Control-Max-Age", "600"}};
}

}  // namespace contimg::status
