// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/why.h"

#include <cctype>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "queue/queue.h"
#include "registry/registry.h"
#include "report/explain_flux.h"
#include "report/explain_group.h"
#include "report/explain_mosaic.h"
#include "report/subject.h"
#include "report/words.h"

namespace contimg::report {
namespace {

void require_one_question(const WhyRequest& request) {
  const bool flux = !request.source.empty() || !request.epoch.empty();
  if (request.subject.empty() != flux)
    throw UsageError(
        flux ? "both a subject and a source were named, expected one of them"
             : "nothing was named, expected a group, a mosaic, a path, or --source with "
               "--epoch");
  if (flux && (request.source.empty() || request.epoch.empty()))
    throw UsageError("--source and --epoch belong together, expected both");
}

std::string title(const std::string& key) {
  const std::map<std::string, std::string> titles = {
      {"compared_with", "What changed since the last good one"},
      {"step", "Step under pressure"},
      {"inputs", "Inputs"},
      {"calibration", "Calibration, and why this one"},
      {"stages", "Stages: versions, times, commands"},
      {"attempts", "Attempts"},
      {"quality", "Quality, figures against limits"},
      {"products", "Products, and where they are"},
      {"flux", "Flux density"}};
  const auto found = titles.find(key);
  if (found != titles.end()) return found->second;
  std::string words = key;
  words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
  return words;
}

bool is_empty(const Json& part) {
  return part.is_null() || (part.is_structured() && part.empty()) || part == "";
}

bool is_time(const std::string& key) {
  const auto ends = [&](const std::string& ending) {
    return key.size() >= ending.size() &&
           key.compare(key.size() - ending.size(), ending.size(), ending) == 0;
  };
  return key == "at" || ends("_at") || ends("_unix_s") || key == "not_before";
}

// For people: five digits of a number, the beginning of a long reason in a table.
Json legible(const Json& value, const std::string& key, bool in_table) {
  constexpr std::size_t kCell = 160;
  if (value.is_number_float() && !is_time(key)) {
    char text[32];
    std::snprintf(text, sizeof text, "%.5g", value.get<double>());
    return text;
  }
  if (value.is_string() && in_table && key != "path")
    return shortened(value.get<std::string>(), kCell);
  if (!value.is_structured()) return value;
  if (value.is_array() && value.empty()) return nullptr;
  Json result = value;
  for (auto item = result.begin(); item != result.end(); ++item)
    *item = value.is_object() ? legible(*item, item.key(), in_table)
                              : legible(*item, key, in_table || value.front().is_object());
  return result;
}

// Command lines make a table too wide to read.
Json without_commands(Json stages) {
  for (Json& stage : stages) stage.erase("command");
  return stages;
}

std::string indented(const std::string& text) {
  std::string result = text.empty() ? "" : "  ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) result += "  ";
  }
  return result;
}

std::string text_of_stages(const Json& stages) {
  std::string text = indented(queue::as_text(legible(without_commands(stages), "", true)));
  for (const Json& stage : stages)
    if (!word(stage, "command").empty())
      text += "  " + word(stage, "stage") + ": " + word(stage, "command") + "\n";
  return text;
}

std::string as_page(const Json& report) {
  std::string text = word(report["headline"], "text") + "\n";
  for (const auto& [key, part] : report.items()) {
    if (key == "headline" || is_empty(part)) continue;
    text += "\n" + title(key) + "\n";
    if (key == "stages")
      text += text_of_stages(part);
    else if (part.is_array() && part.front().is_string())
      for (const Json& line : part) text += "  " + line.get<std::string>() + "\n";
    else
      text += part.is_string() ? "  " + part.get<std::string>() + "\n"
                               : indented(queue::as_text(legible(part, key, false)));
  }
  return text;
}

Json with_flux(registry::Registry& registry, const Settings& settings, const WhyRequest& request) {
  const Subject epoch = find_subject(registry.database(), request.epoch);
  if (epoch.kind != Subject::Kind::group)
    throw UsageError(request.epoch + ": a mosaic, expected a group or a product of one");
  const Json flux = explain_flux(settings, request.source, epoch.name);
  Json report;
  report["headline"] = {{"text", word(flux, "summary")}, {"state", "measured"}};
  report["flux"] = flux;
  Json group = explain_group(registry, epoch.name);
  report["epoch"] = word(group["headline"], "text");
  group.erase("headline");
  report.update(group);
  return report;
}

}  // namespace

std::string why(const Settings& settings, const WhyRequest& request) {
  require_one_question(request);
  registry::Registry registry(queue::queue_settings(settings), registry::limits_from(settings));
  ReadTransaction moment(registry.database());
  Json report;
  if (!request.source.empty()) {
    report = with_flux(registry, settings, request);
  } else {
    const Subject subject = find_subject(registry.database(), request.subject);
    report = subject.kind == Subject::Kind::mosaic
                 ? explain_mosaic(registry.database(), subject.name)
                 : explain_group(registry, subject.name);
    report["subject"] = {{"asked", subject.asked}, {"name", subject.name}};
    if (!subject.product.empty()) report["subject"]["path"] = subject.product;
  }
  return request.json ? report.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
                      : as_page(report);
}

}  // namespace contimg::report
