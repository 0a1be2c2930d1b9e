// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/secret_name.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/text.h"

namespace contimg::diagnostics {
namespace {

bool upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// The words of a name: turn_password, X-Api-Key, accessToken, HTTPToken.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (std::isalnum(static_cast<unsigned char>(name[i])) == 0) {
      words.emplace_back();
      continue;
    }
    const bool hump = i > 0 && upper(name[i]) && lower(name[i - 1]);
    const bool last_of_capitals =
        i > 0 && i + 1 < name.size() && upper(name[i - 1]) && upper(name[i]) && lower(name[i + 1]);
    if (hump || last_of_capitals) words.emplace_back();
    words.back() += name[i];
  }
  for (std::string& word : words) word = lowered(word);
  words.erase(std::remove(words.begin(), words.end(), std::string()), words.end());
  return words;
}

bool one_of(const std::string& word, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* other) { return word == other; });
}

bool ends_with(const std::string& word, const std::string& end) {
  return word.size() >= end.size() && word.compare(word.size() - end.size(), end.size(), end) == 0;
}

bool is_secret_word(const std::string& full) {
  // A number says which: password2, key1.
  const std::string word = full.substr(0, full.find_last_not_of("0123456789") + 1);
  if (one_of(word, {"key",    "keys",       "pwd",           "pass",          "passcode",
                    "pin",    "auth",       "authorization", "authorisation", "authentication",
                    "creds",  "credential", "credentials",   "cookie",        "cookies",
                    "bearer", "jwt",        "session",       "sessionid",     "sid",
                    "csrf",   "signature",  "sig",           "otp",           "psk",
                    "salt",   "apikeys"}))
    return true;
  for (const char* part : {"password", "passwd", "passphrase", "passwort"})
    if (word.find(part) != std::string::npos) return true;
  for (const char* end :
       {"secret", "secrets", "token", "tokens", "apikey", "accesskey", "secretkey", "privatekey",
        "authkey", "sshkey", "signingkey", "encryptionkey", "masterkey", "sharedkey", "licensekey",
        "webhook", "credentials", "cookies"})
    if (ends_with(word, end)) return true;
  return word.rfind("secretkey", 0) == 0 || word.rfind("secretaccess", 0) == 0;
}

}  // namespace

bool is_secret_name(const std::string& name) {
  const std::vector<std::string> words = words_of(name);
  if (words.empty()) return false;
  // What only tells of a secret: where it is, how long, how many.
  if (words.size() > 1 &&
      one_of(words.back(), {"file", "path", "dir", "folder", "error", "errors", "count", "length",
                            "size", "type", "age", "ttl", "expires", "expiry"}))
    return false;
  // Ours: a counter that guards a claim, and SQL's words.
  const std::string whole = lowered(name);
  if (one_of(whole, {"claim_token", "primary key", "foreign key", "primary_key", "foreign_key",
                     "foreign_keys", "public_key", "publickey"}))
    return false;
  return std::any_of(words.begin(), words.end(), is_secret_word);
}

bool is_secret_header(const std::string& name) {
  return one_of(lowered(name), {"authorization", "proxy-authorization", "cookie", "set-cookie",
                                "www-authenticate", "authentication"});
}

}  // namespace contimg::diagnostics
