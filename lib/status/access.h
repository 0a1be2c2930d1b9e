// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "status/exchange.h"

namespace contimg::status {

/// Who may ask, and who may change something. docs/operations/serving.md.
struct Token {
  std::string name;    ///< Of its owner, as commands and the log record it.
  bool write = false;  ///< Every token may read.
  std::string digest;  ///< SHA-256 of the token: the token itself is not kept.
};

/// Reads tokens: a line each, "NAME SCOPE TOKEN", scope read or write, token of 20 characters or more;
/// empty lines and those that begin with # are left aside. `where` is for errors, which never show a
/// token. Throws UsageError.
std::vector<Token> parse_tokens(const std::string& text, const std::string& where);

/// The tokens of a file (empty: none) and of the variable CONTIMG_TOKENS (the same, with ; for line
/// ends). Throws UsageError when the file is not there, is no plain file, or others than its owner may
/// read it.
std::vector<Token> load_tokens(const std::string& file, const std::string& variable);

/// True when the two are the same; takes the same time wherever they differ.
bool same_secret(const std::string& a, const std::string& b);

/// True for an address of this machine's loopback.
bool is_loopback(const std::string& address);
/// True when a Host header, or the host of an origin, names this machine's loopback.
bool is_local_host(const std::string& host);

struct AccessRules {
  std::vector<Token> tokens;
  bool legacy_loopback_writes = true;
  std::vector<std::string> allowed_origins;  ///< As browsers write them: "https://host:port".
};

/// What a route needs.
enum class Need { read, write, legacy_write };  ///< legacy_write: a POST to /api/streaming/

/// Whether a request is granted.
///
///   read            from loopback with a local Host and not through a proxy: granted; else any token
///   legacy_write    the same, without a foreign Origin, while the rules have it so: granted; else as
///   write           a Bearer token with scope write; an Origin, if any, that is local or allowed
///
/// For reading, a token may also come as the password of Basic, which browsers ask for.
/// Returned: who asks: the token's name, or "loopback".
/// Throws Refused: 401 without a token or with an unknown one, 403 for one that may not, or an Origin.
std::string granted(const Request& request, Need need, const AccessRules& rules);

/// The Access-Control headers of an answer; none for an origin that is not allowed.
std::vector<std::pair<std::string, std::string>> cors_headers(const Request& request,
                                                              const AccessRules& rules);

}  // namespace contimg::status
