// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of sources and their light curves, as JSON and CSV: /api/v1/sources.
#include "status/actions.h"
#include "status/route.h"
#include "status/service.h"
#include "status/sources.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

const Field kSource = {"id", Type::text, "Its id, or one of its names.", true, 1, 100};

SourceQuestion question_of(const Json& values) {
  SourceQuestion question;
  question.after = values.value("after", 0);
  question.limit = values["limit"];
  question.min_points = values.value("min_points", 0);
  question.radius_arcsec = values.value("radius_arcsec", question.radius_arcsec);
  const bool ra = values.contains("ra_deg"), dec = values.contains("dec_deg");
  if (ra != dec)
    throw Refused(400, "expected ra_deg and dec_deg together", ra ? "dec_deg" : "ra_deg");
  if (ra) {
    question.ra_deg = values["ra_deg"].get<double>();
    question.dec_deg = values["dec_deg"].get<double>();
  }
  return question;
}

Answer as_csv(std::string table, const std::string& name) {
  Answer answer{200, "text/csv; charset=utf-8", std::move(table)};
  answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  return answer;
}

template <typename Tell>
Handler told_of_curves(const Tell& tell) {
  return [tell](const Asked& asked) {
    auto curves = asked.service.curves().lend();
    return as_json(tell(*curves, asked.values));
  };
}

// Light curves know paths; images have ids in the queue.
void add_image_ids(const Asked& asked, Json& source) {
  auto reader = asked.service.queue().lend();
  Statement& find = reader->prepared("SELECT id FROM images WHERE path = ?1");
  for (Json& image : source["contributing_images"]) {
    find.bind(1, image["path"].get<std::string>());
    image["image_id"] = find.step() ? Json(find.integer(0)) : Json();
    find.reset();
  }
  const Json& images = source["contributing_images"];
  source["latest_image_id"] = images.empty() ? Json() : images.front()["image_id"];
}

Answer show_source(const Asked& asked) {
  Json source;
  {
    auto curves = asked.service.curves().lend();
    source = source_detail(*curves, asked.values["id"]);
  }
  add_image_ids(asked, source);
  return as_json(source);
}

Answer export_sources(const Asked& asked) {
  auto curves = asked.service.curves().lend();
  return as_csv(source_table(*curves, question_of(asked.values)), "sources.csv");
}

double from_of(const Json& values) { return values.value("start_date", 0.0); }
double until_of(const Json& values) { return values.value("end_date", kFarFuture_unix_s); }

Answer show_curve(const Asked& asked) {
  auto curves = asked.service.curves().lend();
  return {200, "application/json",
          light_curve(*curves, asked.values["id"], from_of(asked.values), until_of(asked.values))};
}

Answer export_curve(const Asked& asked) {
  auto curves = asked.service.curves().lend();
  return as_csv(
      light_curve_table(*curves, asked.values["id"], from_of(asked.values), until_of(asked.values)),
      "lightcurve.csv");
}

std::vector<Field> list_fields(double most, int standard) {
  return {
      {"after", Type::integer, "Begin after this id.", false, 0, 9e15},
      {"limit", Type::integer, "At most so many.", false, 1, most, {}, standard},
      {"min_points", Type::integer, "Only with so many usable points.", false, 0, 1e6},
      {"ra_deg", Type::number, "Near here, with dec_deg; nearest first.", false, 0, 360},
      {"dec_deg", Type::number, "And here.", false, -90, 90},
      {"radius_arcsec", Type::number, "How near.", false, 0.001, 36000},
  };
}

}  // namespace

std::vector<Route> source_routes() {
  const std::vector<Field> dates = {
      {"start_date", Type::time, "Points from here on."},
      {"end_date", Type::time, "And before this."},
  };
  const std::vector<Field> limit = {
      {"limit", Type::integer, "At most so many.", false, 1, 1000, {}, 100}};
  const Field groups = {"group_ids", Type::groups, "Of the groups.", true};
  return {
      {"GET",
       "/api/v1/sources",
       Need::read,
       "Sources, by id or near a place.",
       {},
       list_fields(1000, 100),
       {},
       told_of_curves([](lightcurve::Curves& curves, const Json& values) {
         return source_list(curves, question_of(values));
       }),
       2},
      {"GET",
       "/api/v1/sources/export",
       Need::read,
       "The same as CSV.",
       {},
       list_fields(10000, 10000),
       {},
       export_sources,
       5,
       "text/csv"},
      {"GET",
       "/api/v1/sources/variables",
       Need::read,
       "Candidates, the most significant first.",
       {},
       limit,
       {},
       told_of_curves([](lightcurve::Curves& curves, const Json& values) {
         return variables(curves, values["limit"]);
       }),
       5},
      {"POST",
       "/api/v1/sources/measure",
       Need::write,
       "Measure groups again.",
       {},
       {},
       {groups},
       [](const Asked& asked) { return ask_stage(asked, "measure"); }},
      {"GET",
       "/api/v1/sources/{id}",
       Need::read,
       "A source, and the images it is in.",
       {kSource},
       {},
       {},
       show_source},
      {"GET",
       "/api/v1/sources/{id}/lightcurve",
       Need::read,
       "Its points, in order of time.",
       {kSource},
       dates,
       {},
       show_curve,
       2},
      {"GET",
       "/api/v1/sources/{id}/lightcurve.csv",
       Need::read,
       "The same as CSV.",
       {kSource},
       dates,
       {},
       export_curve,
       0,
       "text/csv"},
      {"GET",
       "/api/v1/sources/{id}/variability",
       Need::read,
       "Figures of its light curve.",
       {kSource},
       {},
       {},
       told_of_curves([](lightcurve::Curves& curves, const Json& values) {
         return variability(curves, values["id"]);
       })},
  };
}

}  // namespace contimg::status
