// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "status/access.h"
#include "status/exchange.h"
#include "status/field.h"

namespace contimg::status {

class Service;

/// A request that was found to be right, as handlers get it.
struct Asked {
  Service& service;
  const Request& request;
  Json values;        ///< Of path, query and body, by the names of the fields.
  std::string asker;  ///< Who, as commands record it.
};
using Handler = std::function<Answer(const Asked& asked)>;

/// One thing that can be asked. The table of all is what the server answers by and what /openapi.json
/// describes; nothing else is answered.
struct Route {
  std::string method;
  std::string path;  ///< "/api/v1/sources/{id}"; a last part "{path...}" takes the rest.
  Need need;
  std::string summary;
  std::vector<Field> path_fields, query, body;
  Handler handler;
  double max_age_s = 0;  ///< So old may the answer be; 0: made anew for each.
  std::string type = "application/json";
  bool probe = false;  ///< Also on the port for probes.
};

/// A route that fits, and what its parts in braces are.
struct Match {
  const Route* route = nullptr;
  std::vector<std::pair<std::string, std::string>> parts;
};

/// The route of a request. A path that is written out wins over one with a part in braces, whatever
/// their order in the table.
/// Throws Refused: 404 where no route has the path, 405 where one has, by another method.
Match find_route(const std::vector<Route>& routes, const std::string& method,
                 const std::string& path);

/// Every route there is.
const std::vector<Route>& routes();

// Its parts, each beside its handlers.
std::vector<Route> automation_routes();  // as it is
std::vector<Route> command_routes();     // what is changed, and what was asked for
std::vector<Route> conversion_routes();
std::vector<Route> group_routes();
std::vector<Route> calibration_routes();
std::vector<Route> image_routes();
std::vector<Route> mosaic_routes();
std::vector<Route> source_routes();
std::vector<Route> health_routes();
std::vector<Route> why_routes();
std::vector<Route> page_routes();

/// The description in OpenAPI 3.0.
Json openapi(const std::vector<Route>& routes);

}  // namespace contimg::status
