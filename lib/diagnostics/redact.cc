// SPDX-License-Identifier: GPL-3.0-or-later
#include "diagnostics/redact.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "diagnostics/secret_look.h"
#include "diagnostics/secret_name.h"
#include "diagnostics/secret_value.h"

namespace contimg::diagnostics {

const char* const kRedacted = "REDACTED";

namespace {

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// A name and what is around it.
struct Name {
  std::size_t begin = 0, end = 0;
  std::string quote;      // before it, with its backslashes; empty: none
  bool closed = false;    // the same quote after it
  std::size_t after = 0;  // past that quote
};

Name name_at(const std::string& text, std::size_t begin) {
  Name name{begin, past_name(text, begin), "", false, 0};
  while (!is_of_name(text[name.end - 1])) --name.end;
  std::size_t before = begin;
  while (before > 0 && text[before - 1] == '-') --before;
  if (before > 0 && is_quote(text[before - 1])) {
    std::size_t first = before - 1;
    while (first > 0 && text[first - 1] == '\\') --first;
    name.quote = text.substr(first, before - first);
  }
  name.closed = !name.quote.empty() && text.compare(name.end, name.quote.size(), name.quote) == 0;
  name.after = name.end + (name.closed ? name.quote.size() : 0);
  // 'turn password' = ... : the quote is further before.
  if (name.quote.empty() && name.end < text.size() && is_quote(text[name.end]) &&
      past_sign(text, name.end + 1) != 0) {
    name.closed = true;
    name.after = name.end + 1;
  }
  return name;
}

// True when only blanks, a mark of a comment or list, or "export" stand before it in its line.
bool begins_line(const std::string& text, std::size_t at) {
  std::string before = text.substr(line_begin(text, at), at - line_begin(text, at));
  for (const char* word : {"export ", "setenv ", "set ", "declare -x "})
    if (const std::size_t found = before.find(word); found != std::string::npos)
      before.erase(found, std::string(word).size());
  return before.find_first_not_of(" \t#;/-'\"") == std::string::npos;
}

bool is_option(const std::string& text, const Name& name) {
  return name.begin > 0 && text[name.begin - 1] == '-' &&
         (name.begin == 1 || !is_of_name(text[name.begin - 2]));
}

// machine HOST login USER password WORD
bool is_of_netrc(const std::string& text, const Name& name) {
  const std::size_t begin = line_begin(text, name.begin);
  const std::string before = text.substr(begin, name.begin - begin);
  return text.substr(name.begin, name.end - name.begin).rfind("passw", 0) == 0 &&
         (before.find("login ") != std::string::npos ||
          before.find("machine ") != std::string::npos);
}

Surroundings around(const std::string& text, const Name& name) {
  Surroundings found;
  found.of_json = name.closed;
  if (!name.closed) found.quote = name.quote;
  const char before = name.begin > 0 ? text[name.begin - 1] : '\n';
  found.of_url = before == '?' || before == '&';
  const bool first = begins_line(text, name.begin) && !is_option(text, name);
  const std::string word = text.substr(name.begin, name.end - name.begin);
  found.to_end_of_line = !name.closed && !found.of_url && (first || is_secret_header(word));
  const std::size_t begin = line_begin(text, name.begin);
  found.indent = past_blanks(text, begin) - begin;
  found.may_go_below = first && name.quote.empty();
  return found;
}

// An option's value is the next word, or the next string of a list: ["--password", "word"].
Extent option_value(const std::string& text, const Name& name, Surroundings surroundings) {
  std::size_t at = past_blanks(text, name.after);
  if (name.closed && at < text.size() && text[at] == ',') at = past_blanks(text, at + 1);
  if (at == name.after || at >= text.size() || text[at] == '-' || text[at] == '\n') return {};
  surroundings.of_json = false;
  surroundings.to_end_of_line = false;
  return value_at(text, at, surroundings);
}

// Where the value of the name lies; nothing where it has none.
Extent value_of(const std::string& text, const Name& name) {
  const Surroundings surroundings = around(text, name);
  const char before = name.begin > 0 ? text[name.begin - 1] : '\n';
  if (before == '<' && name.end < text.size() && text[name.end] == '>')
    return {name.end + 1, std::min(text.find('<', name.end), text.size())};
  if (const std::size_t value = past_sign(text, name.after))
    return value_at(text, value, surroundings);
  if (is_option(text, name)) return option_value(text, name, surroundings);
  if (is_of_netrc(text, name)) return value_at(text, name.end, {});
  return {};
}

std::string in_its_place(const std::string& value) {
  const bool list = !value.empty() && (value[0] == '[' || value[0] == '{');
  std::string lines(static_cast<std::size_t>(std::count(value.begin(), value.end(), '\n')), '\n');
  return (list ? std::string("\"") + kRedacted + "\"" : kRedacted) + lines;
}

std::string without_named_secrets(const std::string& text) {
  std::string clean;
  std::size_t copied = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_name(text[at])) {
      ++at;
      continue;
    }
    const Name name = name_at(text, at);
    at = name.end;
    if (!is_secret_name(text.substr(name.begin, name.end - name.begin))) continue;
    const Extent value = value_of(text, name);
    if (value.begin >= value.end) continue;
    const std::string secret = text.substr(value.begin, value.end - value.begin);
    if (!says_nothing(secret)) {
      clean.append(text, copied, value.begin - copied).append(in_its_place(secret));
      copied = value.end;
    }
    at = std::max(at, value.end);
  }
  return clean.append(text, copied, std::string::npos);
}

// [credentials] : every value until the next section.
std::string without_secret_sections(const std::string& text) {
  std::string clean;
  bool secret = false;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::size_t first = past_blanks(text, begin);
    const std::string line = text.substr(first, end - first);
    const std::size_t last = line.find_last_not_of(" \t\r");
    const bool header = last != std::string::npos && line[0] == '[' && line[last] == ']' &&
                        line.find_first_of("=,:\"") == std::string::npos;
    if (header) secret = is_secret_name(line.substr(1, last - 1));
    const std::size_t sign = line.find('=');
    if (secret && !header && sign != std::string::npos && line[0] != '#') {
      Surroundings rest;
      rest.to_end_of_line = true;
      const Extent value = value_at(text, first + sign + 1, rest);
      const std::string word = text.substr(value.begin, value.end - value.begin);
      clean.append(text, begin, value.begin - begin);
      clean += says_nothing(word) ? word : in_its_place(word);
      begin = value.end;
      end = std::min(text.find('\n', begin), text.size());
    }
    clean.append(text, begin, end + 1 - begin);
    begin = end + 1;
  }
  return clean;
}

}  // namespace

// What stands in a secret's place may let a quote that was never closed end elsewhere: the text is looked
// through until nothing more is found, twice as a rule. Texts of open quotes alone take a pass for each.
std::string redact(const std::string& text) {
  constexpr int kMostPasses = 1000;
  std::string clean = text;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    std::string cleaner =
        without_known_looks(without_named_secrets(without_secret_sections(without_pem(clean))));
    if (cleaner == clean) break;
    clean = std::move(cleaner);
  }
  return clean;
}

}  // namespace contimg::diagnostics
