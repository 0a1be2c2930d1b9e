// SPDX-License-Identifier: GPL-3.0-or-later
// The table of routes as OpenAPI 3.0, for /openapi.json.
#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>

#include "base/version.h"
#include "status/route.h"

namespace contimg::status {
namespace {

// OpenAPI has no word for a last part that takes the rest.
std::string plain_path(const std::string& path) {
  const std::size_t dots = path.find("...}");
  return dots == std::string::npos ? path : path.substr(0, dots) + "}";
}

Json parameter(const Field& field, const char* where) {
  const bool required = std::string(where) == "path" || field.required;
  return {{"name", field.name},
          {"in", where},
          {"required", required},
          {"description", field.help},
          {"schema", schema_of(field)}};
}

Json body_of(const Route& route) {
  Json properties = Json::object(), required = Json::array();
  for (const Field& field : route.body) {
    properties[field.name] = schema_of(field);
    properties[field.name]["description"] = field.help;
    if (field.required) required.push_back(field.name);
  }
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  const bool any_required = !required.empty();
  if (any_required) schema["required"] = required;
  return {{"required", any_required}, {"content", {{"application/json", {{"schema", schema}}}}}};
}

Json responses_of(const Route& route) {
  Json responses = {
      {"200", {{"description", "The answer."}, {"content", {{route.type, Json::object()}}}}}};
  const Json error = {{"$ref", "#/components/responses/Refused"}};
  for (const char* status : {"400", "401", "403", "429", "503"}) responses[status] = error;
  if (!route.path_fields.empty()) responses["404"] = error;
  return responses;
}

Json operation(const Route& route) {
  Json result = {{"summary", route.summary}};
  Json parameters = Json::array();
  for (const Field& field : route.path_fields) parameters.push_back(parameter(field, "path"));
  for (const Field& field : route.query) parameters.push_back(parameter(field, "query"));
  if (!parameters.empty()) result["parameters"] = parameters;
  if (!route.body.empty()) result["requestBody"] = body_of(route);
  result["responses"] = responses_of(route);
  const Json nobody = Json::object();
  const Json bearer = {{"bearer", Json::array()}};
  result["security"] =
      route.need == Need::write ? Json::array({bearer}) : Json::array({bearer, nobody});
  return result;
}

}  // namespace

Json openapi(const std::vector<Route>& routes) {
  Json paths = Json::object();
  for (const Route& route : routes)
    paths[plain_path(route.path)][boost::algorithm::to_lower_copy(route.method)] = operation(route);
  const Json refused = {
      {"type", "object"},
      {"required", {"detail"}},
      {"properties", {{"detail", {{"type", "string"}}}, {"field", {{"type", "string"}}}}}};
  return {{"openapi", "3.0.3"},
          {"info", {{"title", "contimg"}, {"version", kVersion}}},
          {"paths", paths},
          {"components",
           {{"securitySchemes", {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}}}},
            {"responses",
             {{"Refused",
               {{"description", "Not granted, and why."},
                {"content", {{"application/json", {{"schema", refused}}}}}}}}}}}};
}

}  // namespace contimg::status
