// SPDX-License-Identifier: GPL-3.0-or-later
#include "status/route.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "status/page.h"

namespace contimg::status {
namespace {

std::string found(const std::string& method, const std::string& path) {
  try {
    return find_route(routes(), method, path).route->path;
  } catch (const Refused& refused) {
    return std::to_string(refused.status);
  }
}

TEST(Routes, APathWrittenOutWinsOverOneInBraces) {
  EXPECT_EQ(found("GET", "/api/v1/sources/export"), "/api/v1/sources/export");
  EXPECT_EQ(found("GET", "/api/v1/sources/variables"), "/api/v1/sources/variables");
  EXPECT_EQ(found("GET", "/api/v1/sources/J2255+155"), "/api/v1/sources/{id}");
  EXPECT_EQ(found("GET", "/api/v1/sources/7/lightcurve"), "/api/v1/sources/{id}/lightcurve");
  EXPECT_EQ(found("GET", "/api/v1/cal/sets"), "/api/v1/cal/sets");
  EXPECT_EQ(found("GET", "/api/v1/cal/sets/4"), "/api/v1/cal/sets/{id}");
  EXPECT_EQ(found("GET", "/api/v1/cal//data/caltables/a.K"), "/api/v1/cal/{path...}");
  EXPECT_EQ(found("GET", "/api/mosaic/list"), "/api/mosaic/list");
  EXPECT_EQ(found("DELETE", "/api/mosaic/night"), "/api/mosaic/{name}");
}

TEST(Routes, TheirOrderDoesNotMatter) {
  std::vector<Route> table = routes();
  std::reverse(table.begin(), table.end());
  for (const Route& route : routes()) {
    if (route.path.find('{') != std::string::npos) continue;
    EXPECT_EQ(find_route(table, route.method, route.path).route->path, route.path);
  }
}

TEST(Routes, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(found("GET", "/api/nothing"), "404");
  EXPECT_EQ(found("GET", ""), "404");
  EXPECT_EQ(found("GET", "/api/status/"), "404");
  EXPECT_EQ(found("POST", "/api/status"), "405");
  EXPECT_EQ(found("PUT", "/api/streaming/config"), "405");
  EXPECT_EQ(found("GET", "/api/v1/sources//lightcurve"), "404");
  EXPECT_EQ(found("HEAD", "/api/status"), "/api/status");
}

TEST(Routes, WhatChangesSomethingIsNotOpen) {
  for (const Route& route : routes()) {
    if (route.method == "GET") {
      EXPECT_EQ(route.need, Need::read) << route.path;
      EXPECT_TRUE(route.body.empty()) << route.path;
      continue;
    }
    EXPECT_EQ(route.max_age_s, 0) << route.path;
    const bool streaming = route.path.rfind("/api/streaming/", 0) == 0;
    EXPECT_EQ(route.need, streaming ? Need::legacy_write : Need::write) << route.path;
  }
}

TEST(Routes, EachIsThereOnceAndDescribesEachOfItsParts) {
  std::set<std::string> seen;
  for (const Route& route : routes()) {
    EXPECT_TRUE(seen.insert(route.method + " " + route.path).second) << route.path;
    EXPECT_FALSE(route.summary.empty()) << route.path;
    for (std::size_t at = 0; (at = route.path.find('{', at)) != std::string::npos; ++at) {
      std::string name = route.path.substr(at + 1, route.path.find('}', at) - at - 1);
      if (name.size() > 3 && name.compare(name.size() - 3, 3, "...") == 0)
        name.resize(name.size() - 3);
      const bool described = std::any_of(route.path_fields.begin(), route.path_fields.end(),
                                         [&](const Field& field) { return field.name == name; });
      EXPECT_TRUE(described) << route.path << " " << name;
    }
  }
}

TEST(OpenApi, DescribesEveryRouteAndNothingElse) {
  const Json description = openapi(routes());
  std::set<std::string> described, there;
  for (const auto& [path, methods] : description["paths"].items())
    for (const auto& entry : methods.items()) described.insert(entry.key() + " " + path);
  for (const Route& route : routes()) {
    std::string path = route.path, method = route.method;
    if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    there.insert(method + " " + path);
  }
  EXPECT_EQ(described, there);
  const Json& create = description["paths"]["/api/mosaic/create"]["post"];
  EXPECT_EQ(create["requestBody"]["content"]["application/json"]["schema"]["required"],
            Json({"name", "start_time", "end_time"}));
}

TEST(OpenApi, TheManualHasEveryRouteAndNothingElse) {
  std::ifstream page(CONTIMG_SOURCE_DIR "/docs/formats/api.md");
  std::set<std::string> written, there;
  for (std::string line; std::getline(page, line);) {
    std::istringstream words(line);
    std::string bar, method, path;
    words >> bar >> method >> bar >> path;
    // | GET | `/path` | ...
    if (method != "GET" && method != "POST" && method != "DELETE") continue;
    if (bar == "|" && path.size() > 2 && path.front() == '`')
      written.insert(method + " " + path.substr(1, path.size() - 2));
  }
  for (const Route& route : routes()) {
    if (route.summary == "A file of the dashboard.") continue;
    std::string path = route.path;
    if (const std::size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
    there.insert(route.method + " " + path);
  }
  std::vector<std::string> differing;
  std::set_symmetric_difference(written.begin(), written.end(), there.begin(), there.end(),
                                std::back_inserter(differing));
  EXPECT_EQ(differing, std::vector<std::string>());
}

TEST(Pages, AreCompiledIn) {
  std::set<std::string> names;
  for (const Page& page : pages()) {
    names.insert(page.name);
    EXPECT_GT(page.size, 0u) << page.name;
    EXPECT_NE(page_type(page.name), "application/octet-stream") << page.name;
  }
  EXPECT_EQ(names.count("index.html"), 1u);
  EXPECT_EQ(found("GET", "/"), "/");
  EXPECT_EQ(found("GET", "/streaming"), "/streaming");
  EXPECT_EQ(found("GET", "/../etc/passwd"), "404");
}

const Field kLimit = {"limit", Field::Type::integer, "", false, 1, 200, {}, 50};

int refusal(const std::function<void()>& what) {
  try {
    what();
    return 0;
  } catch (const Refused& refused) {
    return refused.status;
  }
}

TEST(Fields, AreHeldToTheirTypesAndRanges) {
  EXPECT_EQ(checked_query({kLimit}, {})["limit"], 50);
  EXPECT_EQ(checked_query({kLimit}, {{"limit", "7"}})["limit"], 7);
  for (const char* wrong :
       {"0", "201", "-1", "7x", "", "1e3", "0x10", " 7", "99999999999999999999"})
    EXPECT_EQ(refusal([&] { checked_query({kLimit}, {{"limit", wrong}}); }), 400) << wrong;
  EXPECT_EQ(refusal([] { checked_query({kLimit}, {{"limit", "1"}, {"limit", "2"}}); }), 400);
  EXPECT_EQ(refusal([] { checked_query({kLimit}, {{"other", "1"}}); }), 400);
}

TEST(Fields, TimesGroupsAndNames) {
  const Field time = {"t", Field::Type::time, ""};
  EXPECT_EQ(checked(time, "1970-01-02T00:00:00"), 86400.0);
  EXPECT_EQ(checked_text(time, "86400"), 86400.0);
  EXPECT_EQ(refusal([&] { checked(time, "tomorrow"); }), 400);
  EXPECT_EQ(refusal([&] { checked(time, -1); }), 400);
  const Field group = {"g", Field::Type::group, ""};
  EXPECT_EQ(checked(group, "2025-10-02T00:05:18"), "2025-10-02T00:05:18");
  const Field name = {"n", Field::Type::name, ""};
  for (const char* wrong : {"", "../x", ".hidden", "a/b", "a b", "a;b", "--x/", "<b>", "a\nb"}) {
    EXPECT_EQ(refusal([&] { checked(group, wrong); }), 400) << wrong;
    EXPECT_EQ(refusal([&] { checked(name, wrong); }), 400) << wrong;
  }
  EXPECT_EQ(refusal([&] { checked(name, std::string(65, 'a')); }), 400);
}

TEST(Fields, ABodyIsAnObjectOfKnownFields) {
  const std::vector<Field> fields = {kLimit, {"name", Field::Type::name, "", true}};
  EXPECT_EQ(checked_body(fields, R"({"name": "a", "limit": 3})")["limit"], 3);
  for (const char* wrong :
       {"[]", "{", "null", "7", R"({"name": 7})", R"({"name": "a", "x": 1})", R"({"limit": 3})",
        R"({"name": "a", "limit": 3.5})", R"({"name": "a", "limit": null})", "{\"name\": \"a\"} x"})
    EXPECT_EQ(refusal([&] { checked_body(fields, wrong); }), 400) << wrong;
  EXPECT_EQ(refusal([&] { checked_body(fields, std::string(60000, '[')); }), 400);
  EXPECT_EQ(refusal([&] { checked_body(fields, "{\"name\": \"\xff\xfe\"}"); }), 400);
}

}  // namespace
}  // namespace contimg::status
