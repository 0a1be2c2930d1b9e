// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/route.h"

#include <algorithm>
#include <iterator>

namespace contimg::status {
namespace {

using Parts = std::vector<std::string>;

Parts split(const std::string& path) {
  Parts parts;
  std::size_t begin = 1;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool in_braces(const std::string& part) { return part.size() > 2 && part.front() == '{'; }
bool takes_rest(const std::string& part) {
  return in_braces(part) && part.size() > 5 && part.compare(part.size() - 4, 4, "...}") == 0;
}

/// How well a path fits: "0" for each part written out, "1" for one in braces, "2" for the rest; the
/// smallest wins. Empty: not at all.
std::string fit(const Parts& pattern, const Parts& given,
                std::vector<std::pair<std::string, std::string>>& taken) {
  std::string rank;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= given.size()) return "";
    const std::string& part = pattern[i];
    if (takes_rest(part)) {
      std::string rest;
      for (std::size_t j = i; j < given.size(); ++j) rest += (j > i ? "/" : "") + given[j];
      if (rest.empty()) return "";
      taken.emplace_back(part.substr(1, part.size() - 5), rest);
      return rank + '2';
    }
    if (in_braces(part)) {
      if (given[i].empty()) return "";
      taken.emplace_back(part.substr(1, part.size() - 2), given[i]);
      rank += '1';
    } else {
      if (part != given[i]) return "";
      rank += '0';
    }
  }
  return pattern.size() == given.size() ? rank : "";
}

}  // namespace

Match find_route(const std::vector<Route>& routes, const std::string& method,
                 const std::string& path) {
  if (path.empty() || path[0] != '/') throw Refused(404, "there is nothing under this path");
  const Parts given = split(path);
  Match best;
  std::string best_rank, allowed;
  for (const Route& route : routes) {
    Match match{&route, {}};
    const std::string rank = fit(split(route.path), given, match.parts);
    if (rank.empty()) continue;
    const bool fits = route.method == method || (method == "HEAD" && route.method == "GET");
    if (!fits) {
      if (allowed.find(route.method) == std::string::npos)
        allowed += (allowed.empty() ? "" : ", ") + route.method;
      continue;
    }
    if (best.route != nullptr && rank >= best_rank) continue;
    best = std::move(match);
    best_rank = rank;
  }
  if (best.route != nullptr) return best;
  if (!allowed.empty()) throw Refused(405, "not by this method, expected " + allowed, allowed);
  throw Refused(404, "there is nothing under this path; /openapi.json tells what there is");
}

const std::vector<Route>& routes() {
  static const std::vector<Route> all = [] {
    std::vector<Route> table;
    for (const auto part :
         {automation_routes, command_routes, conversion_routes, group_routes, calibration_routes,
          image_routes, mosaic_routes, source_routes, health_routes, why_routes, page_routes}) {
      std::vector<Route> rows = part();
      table.insert(table.end(), std::make_move_iterator(rows.begin()),
                   std::make_move_iterator(rows.end()));
    }
    return table;
  }();
  return all;
}

}  // namespace contimg::status
