// SPDX-License-Identifier: GPL-3.0-or-later
// Routes of calibration sets, images and mosaics: /api/v1/cal, images, imaging, /api/mosaic.
#include "status/actions.h"
#include "status/answers.h"
#include "status/files.h"
#include "status/route.h"
#include "status/service.h"

namespace contimg::status {
namespace {

using Type = Field::Type;

const Field kId = {"id", Type::integer, "As the list has it.", true, 1, 9e15};
const Field kName = {"name", Type::name, "Of the mosaic.", true};
const Field kBefore = {"before", Type::integer, "Begin before this id.", false, 1, 9e15};

Field limit(double most, int standard) {
  return {"limit", Type::integer, "At most so many.", false, 1, most, {}, standard};
}

/// A handler that needs the queue and the values only.
template <typename Tell>
Handler told(const Tell& tell) {
  return [tell](const Asked& asked) {
    auto reader = asked.service.queue().lend();
    return as_json(tell(*reader, asked.values));
  };
}

Handler asked_stage(const std::string& stage) {
  return [stage](const Asked& asked) { return ask_stage(asked, stage); };
}

Answer show_calibration_picture(const Asked& asked) {
  auto reader = asked.service.queue().lend();
  return picture_below(calibration_picture(*reader, asked.values["id"]),
                       asked.service.settings().caltable_dir);
}

Handler image_file(const std::string& kind) {
  return [kind](const Asked& asked) {
    auto reader = asked.service.queue().lend();
    return picture_below(image_picture(*reader, asked.values["id"], kind),
                         asked.service.settings().image_dir);
  };
}

Handler mosaic_file(const std::string& kind) {
  return [kind](const Asked& asked) {
    auto reader = asked.service.queue().lend();
    return picture_below(mosaic_picture(*reader, asked.values["name"], kind),
                         asked.service.settings().mosaic_dir);
  };
}

}  // namespace

std::vector<Route> calibration_routes() {
  const Field state = {"state",
                       Type::word,
                       "Only sets in this state.",
                       false,
                       0,
                       0,
                       {"candidate", "active", "retired", "failed"}};
  const Field path = {"path", Type::text, "As the queue has it.", true, 1, 1000};
  return {
      {"GET",
       "/api/v1/cal/sets",
       Need::read,
       "Calibration sets, the latest first.",
       {},
       {state, limit(200, 50)},
       {},
       told([](Reader& reader, const Json& values) {
         return calibration_sets(reader, values.value("state", ""), values["limit"]);
       }),
       2},
      {"GET",
       "/api/v1/cal/sets/{id}",
       Need::read,
       "A set, its tables and its history.",
       {kId},
       {},
       {},
       told([](Reader& reader, const Json& values) {
         return calibration_set(reader, values["id"]);
       })},
      {"GET",
       "/api/v1/cal/sets/{id}/picture",
       Need::read,
       "Its solutions, drawn.",
       {kId},
       {},
       {},
       show_calibration_picture,
       0,
       "image/png"},
      {"GET",
       "/api/v1/cal/applied/{group_id}",
       Need::read,
       "What a group was calibrated with.",
       {kGroup},
       {},
       {},
       told([](Reader& reader, const Json& values) {
         return calibration_applied(reader, values["group_id"]);
       })},
      {"POST",
       "/api/v1/cal/apply",
       Need::write,
       "Calibrate groups again.",
       {},
       {},
       {kGroups},
       asked_stage("calibrate")},
      {"GET",
       "/api/v1/cal/{path...}",
       Need::read,
       "A calibration table by its recorded path.",
       {path},
       {},
       {},
       told([](Reader& reader, const Json& values) {
         return calibration_table(reader, values["path"]);
       })},
  };
}

std::vector<Route> image_routes() {
  const Field type = {"type", Type::word, "Only images of this kind.", false,
                      0,      0,          {"image", "image_pbcor"}};
  return {
      {"GET",
       "/api/v1/images",
       Need::read,
       "Images, the latest first.",
       {},
       {type, kBefore, limit(200, 50)},
       {},
       told([](Reader& reader, const Json& values) {
         return image_list(reader, values.value("type", ""), values.value("before", 0),
                           values["limit"]);
       }),
       2},
      {"GET",
       "/api/v1/images/{id}",
       Need::read,
       "An image, and whether it may be believed.",
       {kId},
       {},
       {},
       told([](Reader& reader, const Json& values) { return image_detail(reader, values["id"]); })},
      {"GET",
       "/api/v1/images/{id}/picture",
       Need::read,
       "The image as PNG.",
       {kId},
       {},
       {},
       image_file("image"),
       0,
       "image/png"},
      {"GET",
       "/api/v1/images/{id}/thumbnail",
       Need::read,
       "The same, 256 pixels.",
       {kId},
       {},
       {},
       image_file("thumbnail"),
       0,
       "image/png"},
      {"GET",
       "/api/v1/imaging/pending",
       Need::read,
       "Groups that wait for their image.",
       {},
       {limit(200, 50)},
       {},
       told([](Reader& reader, const Json& values) {
         return stage_pending(reader, "image", values["limit"]);
       }),
       2},
      {"GET",
       "/api/v1/imaging/status/{group_id}",
       Need::read,
       "How a group's image stands.",
       {kGroup},
       {},
       {},
       told([](Reader& reader, const Json& values) {
         return stage_status(reader, values["group_id"], "image");
       })},
      {"POST",
       "/api/v1/imaging/image",
       Need::write,
       "Make images of groups again.",
       {},
       {},
       {kGroups},
       asked_stage("image")},
  };
}

std::vector<Route> mosaic_routes() {
  const std::vector<Field> create = {
      kName,
      {"start_time", Type::time, "Tiles from here on.", true},
      {"end_time", Type::time, "And before this.", true},
      {"tier", Type::word, "Of the tiles.", false, 0, 0, {"science", "quicklook"}, "science"},
  };
  return {
      {"POST",
       "/api/mosaic/create",
       Need::write,
       "Ask for a mosaic.",
       {},
       {},
       create,
       create_mosaic},
      {"GET",
       "/api/mosaic/list",
       Need::read,
       "Mosaics, the latest first.",
       {},
       {kBefore, limit(200, 50)},
       {},
       told([](Reader& reader, const Json& values) {
         return mosaic_list(reader, values.value("before", 0), values["limit"]);
       }),
       2},
      {"GET",
       "/api/mosaic/status/{name}",
       Need::read,
       "How a mosaic stands.",
       {kName},
       {},
       {},
       told([](Reader& reader, const Json& values) {
         return mosaic_status(reader, values["name"]);
       })},
      {"GET",
       "/api/mosaic/{name}/picture",
       Need::read,
       "The mosaic as PNG.",
       {kName},
       {},
       {},
       mosaic_file("image"),
       0,
       "image/png"},
      {"GET",
       "/api/mosaic/{name}/thumbnail",
       Need::read,
       "The same, 256 pixels.",
       {kName},
       {},
       {},
       mosaic_file("thumbnail"),
       0,
       "image/png"},
      {"DELETE",
       "/api/mosaic/{name}",
       Need::write,
       "Remove a mosaic, or do not make it.",
       {kName},
       {},
       {},
       delete_mosaic},
  };
}

}  // namespace contimg::status
