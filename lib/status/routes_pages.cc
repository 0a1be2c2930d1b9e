// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of the dashboard's files, which are compiled in, with their types and ETags.
#include "base/sha256.h"
#include "status/page.h"
#include "status/route.h"

namespace contimg::status {
namespace {

Handler shown(const Page& page) {
  const std::string bytes(reinterpret_cast<const char*>(page.bytes), page.size);
  const std::string mark = '"' + sha256(bytes).substr(0, 16) + '"';
  const std::string type = page_type(page.name);
  return [bytes, mark, type](const Asked& asked) {
    Answer answer{200, type, bytes};
    if (asked.request.header("if-none-match") == mark) answer = {304, type, ""};
    answer.headers = {{"ETag", mark}, {"Cache-Control", "no-cache"}};
    return answer;
  };
}

Route page_route(const std::string& path, const Page& page) {
  return {"GET", path,        Need::read, "A file of the dashboard.", {}, {},
          {},    shown(page), 0,          page_type(page.name)};
}

}  // namespace

std::string page_type(const std::string& name) {
  const std::string ending = name.substr(name.rfind('.') + 1);
  if (ending == "html") return "text/html; charset=utf-8";
  if (ending == "css") return "text/css; charset=utf-8";
  if (ending == "js") return "text/javascript; charset=utf-8";
  if (ending == "svg") return "image/svg+xml";
  if (ending == "png") return "image/png";
  return "application/octet-stream";
}

std::vector<Route> page_routes() {
  std::vector<Route> table;
  for (const Page& page : pages()) {
    const std::string name = page.name;
    table.push_back(page_route("/" + name, page));
    if (name == "index.html")
      for (const char* path : {"/", "/streaming"}) table.push_back(page_route(path, page));
  }
  return table;
}

}  // namespace contimg::status
