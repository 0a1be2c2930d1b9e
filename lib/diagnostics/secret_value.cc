// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/secret_value.h"

#include <algorithm>
#include <cctype>

#include "diagnostics/redact.h"

namespace contimg::diagnostics {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::size_t past_blanks(const std::string& text, std::size_t from) {
  while (from < text.size() && is_blank(text[from])) ++from;
  return from;
}

std::size_t line_begin(const std::string& text, std::size_t at) {
  return at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
}

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t past_name(const std::string& text, std::size_t at) {
  while (at < text.size() && (is_of_name(text[at]) || text[at] == '-' || text[at] == '.')) ++at;
  return at;
}

std::size_t past_sign(const std::string& text, std::size_t at) {
  at = past_blanks(text, at);
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return 0;
  if (text.compare(at, 3, "://") == 0 || text.compare(at, 2, "::") == 0) return 0;
  std::size_t end = at + 1;
  while (end < text.size() && (text[end] == '=' || (text[at] == '=' && text[end] == '>'))) ++end;
  return end;
}

namespace {

constexpr std::size_t kLongestString = 16384;  // over several lines; else a quote stands alone

std::size_t line_end(const std::string& text, std::size_t from) {
  return std::min(text.find('\n', from), text.size());
}

// The quote at `at`, with the backslashes before it: \" in JSON within JSON. Empty: there is none.
std::string quote_at(const std::string& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] == '\\') ++end;
  if (end == text.size() || (text[end] != '"' && text[end] != '\'' && text[end] != '`')) return "";
  const std::string three(3, text[end]);
  if (end == at && text.compare(at, 3, three) == 0) return three;
  return text.substr(at, end - at + 1);
}

// The next `quote` that no further backslash escapes.
std::size_t closing(const std::string& text, std::size_t from, const std::string& quote) {
  for (std::size_t at = text.find(quote, from); at != std::string::npos;
       at = text.find(quote, at + 1)) {
    std::size_t slashes = 0;
    while (at - slashes > from && text[at - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return at;
  }
  return std::string::npos;
}

// A string's inside; shells go on after its quote: 'it'\''s'.
Extent quoted(const std::string& text, std::size_t begin, const std::string& quote) {
  const std::size_t inside = begin + quote.size();
  const std::size_t close = closing(text, inside, quote);
  if (quote.size() == 3 && quote[0] == quote[1])
    return {inside, close == std::string::npos ? text.size() : close};
  if (close == std::string::npos || close - inside > kLongestString)
    return {inside, line_end(text, inside)};
  std::size_t end = close;
  for (std::size_t after = close + quote.size(); quote.size() == 1 && after < text.size();) {
    const char c = text[after];
    if (c == '\\' && after + 1 < text.size() && text[after + 1] != '\n') {
      after += 2;
    } else if (c == '\'' || c == '"') {
      const std::size_t closed = closing(text, after + 1, std::string(1, c));
      if (closed == std::string::npos || closed > line_end(text, after)) break;
      end = closed;
      after = closed + 1;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      ++after;
    } else {
      break;
    }
    end = std::max(end, std::min(after, text.size()) - (c == '\'' || c == '"' ? 1 : 0));
  }
  return {inside, end};
}

// A list or table with all that is in it.
Extent bracketed(const std::string& text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const std::string quote = quote_at(text, at);
    if (!quote.empty()) {
      const std::size_t close = closing(text, at + quote.size(), quote);
      if (close == std::string::npos) return {begin, line_end(text, at)};
      at = close + quote.size() - 1;
    } else if (text[at] == '[' || text[at] == '{') {
      ++depth;
    } else if ((text[at] == ']' || text[at] == '}') && --depth == 0) {
      return {begin, at + 1};
    }
  }
  return {begin, line_end(text, begin)};
}

std::size_t indent_of(const std::string& text, std::size_t begin) {
  return past_blanks(text, begin) - begin;
}

// The lines after the one that holds `at` that are indented more than `indent`.
Extent lines_below(const std::string& text, std::size_t at, std::size_t indent) {
  const std::size_t begin = std::min(line_end(text, at) + 1, text.size());
  std::size_t end = begin;
  while (end < text.size()) {
    const bool empty = past_blanks(text, end) >= line_end(text, end);
    if (!empty && indent_of(text, end) <= indent) break;
    end = std::min(line_end(text, end) + 1, text.size());
  }
  while (end > begin && (text[end - 1] == '\n' || is_blank(text[end - 1]))) --end;
  return {std::min(begin + indent_of(text, begin), end), end};
}

// True when the word or string at `at`, on a line below the name's, is a name with a value of its own.
bool is_next_name(const std::string& text, std::size_t at, const Surroundings& around) {
  if (at - line_begin(text, at) > around.indent) return false;
  const std::string quote = quote_at(text, at);
  std::size_t end = past_name(text, at);
  if (!quote.empty()) {
    end = closing(text, at + quote.size(), quote);
    if (end == std::string::npos) return false;
    end += quote.size();
  }
  const std::size_t value = past_sign(text, end);
  return value != 0 && past_blanks(text, value) < line_end(text, value);
}

bool ends_bare(const std::string& text, std::size_t at, const Surroundings& around) {
  const char c = text[at];
  if (c == '\n') return true;
  if (!around.quote.empty()) return text.compare(at, around.quote.size(), around.quote) == 0;
  if (around.of_json) return c == ',' || c == '}' || c == ']' || is_blank(c);
  if (around.of_url && (c == '&' || c == '#')) return true;
  if (around.to_end_of_line) return false;
  return is_blank(c) || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>';
}

}  // namespace

bool says_nothing(const std::string& value) {
  std::string word;
  for (const char c : value)
    if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != '"' && c != '\'' && c != '\\')
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  word = word.substr(0, word.find_last_not_of(",;") + 1);
  for (const char* nothing :
       {"", "null", "true", "false", "none", "nil", "{}", "[]", "-", "redacted"})
    if (word == nothing) return true;
  return false;
}

Extent value_at(const std::string& text, std::size_t begin, const Surroundings& around) {
  std::size_t at = past_blanks(text, begin);
  if (at >= text.size()) return {at, at};
  // JSON may go on in the next line.
  if (around.of_json && text[at] == '\n') {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
    if (is_next_name(text, at, around)) return {at, at};
  }
  const std::string quote = quote_at(text, at);
  if (!quote.empty() && quote != around.quote) return quoted(text, at, quote);
  if (at < text.size() && (text[at] == '[' || text[at] == '{')) return bracketed(text, at);
  const std::size_t line = line_end(text, at);
  const bool block = at == line || text[at] == '|' || (text[at] == '>' && line - at <= 3);
  if (around.may_go_below && block) return lines_below(text, at, around.indent);
  std::size_t end = at;
  while (end < text.size() && !ends_bare(text, end, around)) ++end;
  while (end > at && is_blank(text[end - 1])) --end;
  return {at, end};
}

}  // namespace contimg::diagnostics
