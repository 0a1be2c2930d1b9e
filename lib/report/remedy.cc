// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/remedy.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace contimg::report {
namespace {

bool says(const std::string& reason, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const char* part) { return reason.find(part) != std::string::npos; });
}

// "12.5 m" is "# m"; the digits of a name, as in HDF5, stay.
std::string without_numbers(const std::string& text) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  std::string result;
  bool in_name = false;
  for (const char c : text) {
    in_name = is_letter(c) || (in_name && is_digit(c));
    const bool after_number = !result.empty() && result.back() == '#';
    if (!in_name && (is_digit(c) || (c == '.' && after_number))) {
      if (!after_number) result += '#';
      continue;
    }
    result += c;
  }
  return result;
}

bool is_path(const std::string& word) {
  return word.find('/') != std::string::npos && word.size() > 2;
}

}  // namespace

Remedy remedy_for(const std::string& stage, const std::string& reason,
                  const std::string& group_id) {
  const std::string retry = "manage-queue retry " + group_id;
  if (says(reason, {"missing subbands", "collecting", "HDF5", "truncated"}))
    return {
        "copy the absent or damaged files again from the correlator under the same names; they are "
        "taken up by themselves",
        "manage-queue validate " + group_id};
  if (stage == "calibrate" && says(reason, {"no_calibration", "no calibration"}))
    return {
        "a calibrator has to be solved, or a set that is there has to be activated; then it goes "
        "on "
        "by itself",
        "manage-caltables which " + group_id};
  if (says(reason,
           {"disk is full", "no space", "No space", "free some space", "disk floor", "room"}))
    return {
        "make room on the disk; it then goes on by itself; clean-up lists what can be spared, and "
        "with --apply removes it",
        "clean-up"};
  const bool overwrites = stage == "convert" || stage == "image";
  if (overwrites && says(reason, {"--overwrite", "exists already", "already exists"}))
    return {"the product is there already; replace it if it may be replaced",
            std::string(stage == "convert" ? "convert-group" : "image-ms") + " --group " +
                group_id + " --overwrite"};
  if (says(reason, {"not found in PATH", "cannot be started", "missing program"}))
    return {"install the program that is missing; check-config names it", retry};
  if (says(reason, {"lease", "stall", "no progress", "killed", "worker is dead"}))
    return {"the worker died or hung; its last words are in manage-queue show", retry};
  return {"look with manage-queue show " + group_id + ", remove the cause, then try again", retry};
}

std::string kind_of_reason(const std::string& reason, const std::string& group_id) {
  const std::string clause = reason.substr(0, reason.find_first_of(";\n"));
  std::istringstream words(clause);
  std::string kind, one;
  while (words >> one) {
    if (!group_id.empty() && one.rfind(group_id, 0) == 0) continue;
    if (is_path(one)) continue;
    kind += (kind.empty() ? "" : " ") + without_numbers(one);
  }
  return kind.empty() ? "no reason recorded" : kind;
}

}  // namespace contimg::report
