// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/secret_look.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "diagnostics/redact.h"
#include "diagnostics/secret_name.h"

namespace contimg::diagnostics {
namespace {

bool alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_base64(char c) { return alnum(c) || std::strchr("+/=_-", c) != nullptr; }
bool ends_url(char c) { return space(c) || std::strchr("\"'`<>", c) != nullptr; }

std::string lines_of(const std::string& text) {
  return std::string(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), '\n');
}

// Before the name of another secret that is the last word of [begin, end): it has to stay for its value
// to be found.
std::size_t before_secret_name(const std::string& text, std::size_t begin, std::size_t end) {
  std::size_t after = end;
  while (after > begin && (space(text[after - 1]) || text[after - 1] == '=')) --after;
  std::size_t at = after;
  while (at > begin && (alnum(text[at - 1]) || std::strchr("_-.", text[at - 1]) != nullptr)) --at;
  return at < after && is_secret_name(text.substr(at, after - at)) ? at : end;
}

// From `begin` past all that is base64, line breaks (also written as \n) and PEM's headers.
std::size_t past_base64_lines(const std::string& text, std::size_t begin) {
  std::size_t at = begin;
  while (at < text.size() && (is_base64(text[at]) || space(text[at]) || text[at] == '\\')) ++at;
  return before_secret_name(text, begin, at);
}

std::size_t before_base64_lines(const std::string& text, std::size_t end) {
  std::size_t at = end;
  while (at > 0 && (is_base64(text[at - 1]) || text[at - 1] == '\n' || text[at - 1] == '\r')) --at;
  return at;
}

void put_redacted(std::string& text, std::size_t begin, std::size_t end) {
  const std::string secret = text.substr(begin, end - begin);
  if (secret.find_first_not_of(" \t\r\n\\") == std::string::npos) return;
  if (secret.find(kRedacted) != std::string::npos && secret.size() < 80) return;
  const std::string lines = lines_of(secret);
  const bool stands_alone = lines.size() >= 2;
  text.replace(begin, end - begin,
               stands_alone ? "\n" + std::string(kRedacted) + lines.substr(1) : kRedacted + lines);
}

// The decoded text of base64 without its last, incomplete group.
std::string decoded(const std::string& text) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int n_bits = 0;
  for (const char c : text) {
    const std::size_t digit = digits.find(c);
    if (digit == std::string::npos) break;
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffffff;
    n_bits += 6;
    if (n_bits < 8) continue;
    n_bits -= 8;
    bytes += static_cast<char>(bits >> n_bits & 0xff);
  }
  return bytes;
}

bool same_word(const std::string& text, std::size_t at, const char* word) {
  const std::size_t n = std::strlen(word);
  if (at + n > text.size() || (at > 0 && alnum(text[at - 1]))) return false;
  for (std::size_t i = 0; i < n; ++i)
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  return true;
}

std::size_t past_token(const std::string& text, std::size_t at) {
  while (at < text.size() && (is_base64(text[at]) || text[at] == '.' || text[at] == '~')) ++at;
  return at;
}

bool all_lower(const std::string& word) {
  return std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::islower(c) != 0 || c == '.'; });
}

// What follows Bearer or Basic at `at`; an ordinary word is none.
std::size_t end_of_credentials(const std::string& text, std::size_t at, std::size_t& begin) {
  const bool bearer = same_word(text, at, "bearer "), basic = same_word(text, at, "basic ");
  if (!bearer && !basic) return 0;
  begin = at + (bearer ? 7 : 6);
  while (begin < text.size() && text[begin] == ' ') ++begin;
  const std::size_t end = past_token(text, begin);
  const std::string word = text.substr(begin, end - begin);
  if (word == kRedacted || word.empty()) return 0;
  if (basic) return decoded(word).find(':') != std::string::npos ? end : 0;
  return all_lower(word) ? 0 : end;
}

// Tokens that tell by their beginning what they are.
std::size_t end_of_known_token(const std::string& text, std::size_t at) {
  if (at > 0 && (alnum(text[at - 1]) || text[at - 1] == '_')) return 0;
  struct Known {
    const char* begin;
    std::size_t least;
  };
  for (const Known& known :
       {Known{"eyJ", 30}, Known{"ghp_", 20}, Known{"gho_", 20}, Known{"ghs_", 20},
        Known{"github_pat_", 30}, Known{"glpat-", 20}, Known{"xoxb-", 15}, Known{"xoxp-", 15},
        Known{"xoxa-", 15}, Known{"AKIA", 20}, Known{"ASIA", 20}, Known{"sk-", 24},
        Known{"sk_live_", 20}}) {
    if (text.compare(at, std::strlen(known.begin), known.begin) != 0) continue;
    const std::size_t end = past_token(text, at);
    if (end - at >= known.least) return end;
  }
  return 0;
}

// curl -u USER:PASSWORD
std::size_t end_of_user_option(const std::string& text, std::size_t at, std::size_t& begin) {
  if (at == 0 || !space(text[at - 1])) return 0;
  for (const char* option : {"-u ", "--user ", "--user=", "--proxy-user ", "-U "}) {
    if (text.compare(at, std::strlen(option), option) != 0) continue;
    begin = at + std::strlen(option);
    char quote = 0;
    if (begin < text.size() && (text[begin] == '"' || text[begin] == '\'')) quote = text[begin++];
    std::size_t end = begin;
    while (end < text.size() && (quote != 0 ? text[end] != quote : !space(text[end]))) ++end;
    const std::string word = text.substr(begin, end - begin);
    return word.find(':') != std::string::npos ? end : 0;
  }
  return 0;
}

// After ://, up to the last @ that can belong to user and password.
std::size_t end_of_userinfo(const std::string& text, std::size_t begin) {
  std::size_t authority = begin, end = begin;
  while (end < text.size() && !ends_url(text[end])) ++end;
  while (authority < end && std::strchr("/?#", text[authority]) == nullptr) ++authority;
  std::size_t at = text.substr(begin, authority - begin).rfind('@');
  if (at != std::string::npos) {
    const bool password = text.substr(begin, at).find(':') != std::string::npos;
    return begin + (password ? text.substr(begin, end - begin).rfind('@') : at);
  }
  // A password with a slash in it: what follows the colon is no port.
  const std::size_t colon = text.substr(begin, authority - begin).rfind(':');
  if (colon == std::string::npos) return 0;
  const std::string port = text.substr(begin + colon + 1, authority - begin - colon - 1);
  if (!port.empty() && port.find_first_not_of("0123456789") == std::string::npos) return 0;
  at = text.substr(begin, end - begin).rfind('@');
  return at == std::string::npos ? 0 : begin + at;
}

// USER:PASSWORD@HOST without a scheme, from its first letter.
std::size_t end_of_login(const std::string& text, std::size_t at, std::size_t& begin) {
  if (!alnum(text[at]) ||
      (at > 0 && (alnum(text[at - 1]) || std::strchr("._%+-:/@", text[at - 1]) != nullptr)))
    return 0;
  std::size_t colon = at;
  while (colon < text.size() &&
         (alnum(text[colon]) || std::strchr("._%+-", text[colon]) != nullptr))
    ++colon;
  if (colon >= text.size() || text[colon] != ':') return 0;
  const std::string user = text.substr(at, colon - at);
  if (user == "mailto" || user == "sip" || user == "acct" || user == "xmpp") return 0;
  std::size_t end = colon + 1;
  while (end < text.size() && !ends_url(text[end]) && std::strchr("@/:,;", text[end]) == nullptr)
    ++end;
  if (end == colon + 1 || end + 1 >= text.size() || text[end] != '@' || !alnum(text[end + 1]))
    return 0;
  begin = at;
  return end;
}

std::size_t end_of_webhook(const std::string& text, std::size_t at, std::size_t& begin) {
  for (const char* place : {"hooks.slack.com/services/", "discord.com/api/webhooks/",
                            "discordapp.com/api/webhooks/", "webhook.office.com/webhookb2/"}) {
    if (text.compare(at, std::strlen(place), place) != 0) continue;
    begin = at + std::strlen(place);
    std::size_t end = begin;
    while (end < text.size() && !ends_url(text[end])) ++end;
    return end;
  }
  return 0;
}

// The end of the secret by place or look that is told of at `at`, and where it begins; 0: none.
std::size_t end_of_look(const std::string& text, std::size_t at, std::size_t& begin) {
  if (text.compare(at, 3, "://") == 0) {
    begin = at + 3;
    return end_of_userinfo(text, begin);
  }
  for (const auto& look : {end_of_credentials, end_of_user_option, end_of_webhook, end_of_login})
    if (const std::size_t end = look(text, at, begin)) return end;
  begin = at;
  return end_of_known_token(text, at);
}

}  // namespace

std::string without_pem(const std::string& given) {
  std::string text = given;
  for (std::size_t at = text.find("-----BEGIN "); at != std::string::npos;
       at = text.find("-----BEGIN ", at + 1)) {
    const std::size_t label = text.find("-----", at + 11);
    const std::string what = text.substr(at, label == std::string::npos ? 0 : label - at);
    if (what.find("PRIVATE KEY") == std::string::npos || what.find('\n') != std::string::npos)
      continue;
    const std::size_t begin = label + 5, end = text.find("-----END ", begin);
    const bool whole = end != std::string::npos && text.find("-----BEGIN ", begin) >= end;
    put_redacted(text, begin, whole ? end : past_base64_lines(text, begin));
  }
  for (std::size_t at = text.find("-----END "); at != std::string::npos;
       at = text.find("-----END ", at + 1)) {
    const std::size_t label = text.find("-----", at + 9);
    if (label == std::string::npos ||
        text.substr(at, label - at).find("PRIVATE KEY") == std::string::npos)
      continue;
    const std::size_t begin = before_base64_lines(text, at);
    const std::size_t size = text.size();
    if (begin < at && text[at - 1] == '\n' && text.compare(begin, at - begin, "\n") != 0)
      put_redacted(text, begin, at);
    at += text.size() - size;  // the text before it may have become longer or shorter
  }
  return text;
}

std::string without_known_looks(const std::string& text) {
  std::string clean;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t begin = at;
    const std::size_t end = end_of_look(text, at, begin);
    if (end <= begin) continue;
    clean.append(text, copied, begin - copied);
    clean += kRedacted + lines_of(text.substr(begin, end - begin));
    copied = end;
    at = end - 1;
  }
  return clean.append(text, copied, std::string::npos);
}

}  // namespace contimg::diagnostics
