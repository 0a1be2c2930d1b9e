// SPDX-License-Identifier: GPL-3.0-or-later
// A plan of removals as text: a line for each candidate, what is kept for ever, the sums.
#include <cstdio>
#include <map>

#include "retention/clean_up.h"

namespace contimg::retention {
namespace {

std::string in_units(double byte) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  while (byte >= 1000 && unit < 4) {
    byte /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %s", byte, kUnits[unit]);
  return text;
}

std::string line(const Candidate& c) {
  char head[80];
  std::snprintf(head, sizeof head, "%-5s  %-7s  %8s  %7.1f d  ", c.goes ? "goes" : "stays",
                kind_name(c.kind), in_units(static_cast<double>(c.size_byte)).c_str(),
                c.age_s / 86400);
  return head + c.path + "  (" + c.why + ")\n";
}

}  // namespace

std::string as_table(const Plan& plan, bool applied) {
  std::string text;
  std::size_t n_going = 0, n_staying = 0;
  double byte = 0;
  for (const Candidate& c : plan.candidates) {
    text += line(c);
    ++(c.goes ? n_going : n_staying);
    byte += c.goes ? static_cast<double>(c.size_byte) : 0;
  }
  for (const KeptForEver& kept : plan.kept)
    text +=
        std::string("kept for ever: ") + kind_name(kept.kind) + " (" + kept.setting + " is 0)\n";
  text += std::to_string(n_going) + (applied ? " removed, " : " would go, ") + in_units(byte) +
          "; " + std::to_string(n_staying) + " old enough stay\n";
  if (!applied && n_going > 0) text += "nothing was removed; --apply does it\n";
  return text;
}

}  // namespace contimg::retention
