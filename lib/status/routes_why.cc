// SPDX-License-Identifier: GPL-3.0-or-later
// Routes that say why a group, mosaic or flux density is as it is, and how long disks last.
#include "metrics/disk_forecast.h"
#include "report/why.h"
#include "status/route.h"
#include "status/service.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

constexpr double kGrowthWindow_s = 86400;

bool is_known(Reader& reader, const char* sql, const std::string& name) {
  Statement& row = reader.prepared(sql);
  const bool found = row.bind(1, name).step();
  row.reset();
  return found;
}

// What is asked about is found in the queue first: a word of a client never becomes a path.
Answer show_why(const Asked& asked) {
  const std::string subject = asked.values["subject"];
  const std::string source = asked.values.value("source", "");
  {
    auto reader = asked.service.queue().lend();
    const bool group = is_known(*reader, "SELECT 1 FROM ingest_queue WHERE group_id = ?1", subject);
    const bool mosaic =
        source.empty() && is_known(*reader, "SELECT 1 FROM mosaics WHERE name = ?1", subject);
    if (!group && !mosaic)
      throw Refused(404, subject + ": no group or mosaic of this name is known", "subject");
  }
  report::WhyRequest request;
  request.json = true;
  (source.empty() ? request.subject : request.epoch) = subject;
  request.source = source;
  try {
    return {200, "application/json", report::why(asked.service.settings(), request)};
  } catch (const DataError& error) {
    throw Refused(404, error.what(), source.empty() ? "subject" : "source");
  }
}

Answer show_disks(const Asked& asked) {
  const Settings settings = asked.service.settings();
  const double now = asked.service.now_unix_s();
  auto reader = asked.service.queue().lend();
  const metrics::Growth growth =
      metrics::measured_growth(reader->database(), settings, now, kGrowthWindow_s);
  Json disks = Json::array();
  for (const metrics::Disk& disk : metrics::disk_forecast(settings, growth))
    disks.push_back({{"roles", disk.roles},
                     {"free_byte", finite(disk.free_byte)},
                     {"floor_byte", finite(disk.floor_byte)},
                     {"rate_byte_per_s", finite(disk.rate_byte_per_s)},
                     {"floor_in_s", disk.floor_in_s ? Json(*disk.floor_in_s) : Json()}});
  return as_json({{"measured_from", utc_text(growth.begin_unix_s)},
                  {"measured_until", utc_text(growth.end_unix_s)},
                  {"disks", disks}});
}

}  // namespace

std::vector<Route> why_routes() {
  const std::vector<Field> subject = {
      {"subject", Type::group, "A group's id or a mosaic's name.", true}};
  const std::vector<Field> source = {
      {"source", Type::text, "Its flux density in the group: a name, or #N."}};
  return {
      {"GET",
       "/api/v1/why/{subject}",
       Need::read,
       "Why a group or a mosaic is as it is.",
       subject,
       source,
       {},
       show_why,
       5},
      {"GET",
       "/api/v1/disks",
       Need::read,
       "How long each filesystem lasts at its growth of the last day.",
       {},
       {},
       {},
       show_disks,
       10},
  };
}

}  // namespace contimg::status
