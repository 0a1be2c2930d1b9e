// SPDX-License-Identifier: GPL-3.0-or-later
// Sections of a night's report that come from its groups: coverage, latencies, troubles, subbands, images.
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "metrics/keep_up.h"
#include "report/night_parts.h"
#include "report/remedy.h"
#include "report/words.h"

namespace contimg::report {
namespace {

constexpr std::size_t kWorst = 10, kExample = 300, kCommands = 5;

Json optional_json(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// The one of the middle, nearest rank: the percentiles beside it are made so too.
Json middle(std::vector<double> values) {
  values.erase(
      std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }),
      values.end());
  return optional_json(metrics::percentile(std::move(values), 0.5));
}

Json latency_figures(const std::vector<double>& latencies_s, double allowed_s) {
  const auto late = std::count_if(latencies_s.begin(), latencies_s.end(),
                                  [&](double s) { return s > allowed_s; });
  return {{"n", latencies_s.size()},
          {"p50_s", optional_json(metrics::percentile(latencies_s, 0.5))},
          {"p90_s", optional_json(metrics::percentile(latencies_s, 0.9))},
          {"p99_s", optional_json(metrics::percentile(latencies_s, 0.99))},
          {"max_s", optional_json(metrics::percentile(latencies_s, 1))},
          {"n_late", late}};
}

int rank(const std::string& verdict) {
  return verdict == "FAIL" ? 0 : verdict == "UNKNOWN" ? 1 : verdict == "WARN" ? 2 : 3;
}

Json image_row(const NightGroup& group) {
  return {{"group", group.group_id},
          {"verdict", group.verdict},
          {"noise_jy", finite_json(group.noise_jy)},
          {"theoretical_rms_jy", finite_json(group.theoretical_jy)},
          {"flux_ratio", finite_json(group.flux_ratio)},
          {"astrometry_arcsec", finite_json(group.astrometry_arcsec)},
          {"flagged_share", finite_json(group.flagged_share)},
          {"reasons", group.reasons},
          {"path", group.image_path}};
}

std::string without_id(const std::string& reason, const std::string& group_id) {
  const std::string prefix = group_id + ": ";
  return reason.rfind(prefix, 0) == 0 ? reason.substr(prefix.size()) : reason;
}

std::vector<int> numbers_in(const std::string& list) {
  std::vector<int> numbers;
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, ',');)
    if (!one.empty() && one.find_first_not_of("0123456789") == std::string::npos)
      numbers.push_back(std::stoi(one));
  return numbers;
}

}  // namespace

Json coverage_json(const Coverage& coverage) {
  Json json;
  int n_groups = 0;
  json["n_slots"] = coverage.n_slots;
  json["slots_by_state"] = Json::object();
  for (const auto& [state, n] : coverage.n) json["slots_by_state"][slot_name(state)] = n;
  json["gaps"] = Json::array();
  json["slots"] = Json::array();
  for (const Slot& slot : coverage.slots) {
    n_groups += slot.group_id.empty() ? 0 : 1;
    json["slots"].push_back({{"state", slot_name(slot.state)},
                             {"begin_unix_s", slot.begin_unix_s},
                             {"end_unix_s", slot.end_unix_s},
                             {"n", slot.n},
                             {"group", slot.group_id},
                             {"why", shortened(slot.why, kExample)}});
    if (slot.state == SlotState::missing) json["gaps"].push_back(json["slots"].back());
  }
  json["n_groups"] = n_groups;
  json["observed_s"] = coverage.observed_s;
  json["from_unix_s"] = finite_json(coverage.first_unix_s);
  json["until_unix_s"] = finite_json(coverage.last_unix_s);
  return json;
}

Json latency_json(const std::vector<NightGroup>& groups, double allowed_s) {
  std::vector<double> image_s, finished_s;
  Json points = Json::array();
  int n_unfinished = 0;
  for (const NightGroup& group : groups) {
    n_unfinished += !group.failed() && !group.next_stage.empty() ? 1 : 0;
    const double to_image_s = group.imaged_unix_s - group.arrived_unix_s;
    const double to_end_s = group.finished_unix_s - group.arrived_unix_s;
    if (std::isfinite(to_image_s)) image_s.push_back(to_image_s);
    if (!std::isfinite(to_end_s)) continue;
    finished_s.push_back(to_end_s);
    points.push_back({{"group", group.group_id},
                      {"at_unix_s", group.begin_unix_s},
                      {"latency_s", to_end_s},
                      {"late", to_end_s > allowed_s}});
  }
  return {{"allowed_s", allowed_s},
          {"image", latency_figures(image_s, allowed_s)},
          {"finished", latency_figures(finished_s, allowed_s)},
          {"n_unfinished", n_unfinished},
          {"points", points}};
}

Json troubles_json(const std::vector<NightGroup>& groups, const std::string& state) {
  std::map<std::pair<std::string, std::string>, Json> kinds;
  for (const NightGroup& group : groups) {
    const bool mine = state == "failed" ? group.failed() : group.trouble_state == state;
    if (!mine || (state != "failed" && group.failed())) continue;
    const std::string kind = kind_of_reason(group.trouble_reason, group.group_id);
    Json& row = kinds[{group.trouble_stage, kind}];
    const Remedy remedy = remedy_for(group.trouble_stage, group.trouble_reason, group.group_id);
    if (row.is_null())
      row = {{"kind", kind},
             {"stage", group.trouble_stage},
             {"n", 0},
             {"example", shortened(without_id(group.trouble_reason, group.group_id), kExample)},
             {"advice", remedy.advice},
             {"groups", Json::array()},
             {"commands", Json::array()}};
    row["n"] = row["n"].get<int>() + 1;
    row["groups"].push_back(group.group_id);
    if (row["commands"].size() < kCommands) row["commands"].push_back(remedy.command);
  }
  Json list = Json::array();
  for (auto& [key, row] : kinds) list.push_back(std::move(row));
  std::stable_sort(list.begin(), list.end(), [](const Json& a, const Json& b) {
    return a["n"].get<int>() > b["n"].get<int>();
  });
  return list;
}

Json missing_json(const std::vector<NightGroup>& groups) {
  std::map<int, int> by_subband;
  Json list = Json::array();
  for (const NightGroup& group : groups) {
    if (group.missing.empty()) continue;
    list.push_back({{"group", group.group_id}, {"missing", group.missing}});
    for (const int subband : numbers_in(group.missing)) ++by_subband[subband];
  }
  Json counts = Json::array();
  for (const auto& [subband, n] : by_subband)
    counts.push_back({{"subband", subband}, {"n_groups", n}});
  return {{"n_groups", list.size()}, {"by_subband", counts}, {"groups", list}};
}

bool is_worse(const NightGroup* a, const NightGroup* b) {
  if (rank(a->verdict) != rank(b->verdict)) return rank(a->verdict) < rank(b->verdict);
  return a->noise_jy > b->noise_jy;
}

namespace {

Json median_of(const std::vector<const NightGroup*>& images, double NightGroup::*figure) {
  std::vector<double> values;
  for (const NightGroup* group : images) values.push_back(group->*figure);
  return middle(std::move(values));
}

Json chart_point(const NightGroup& group) {
  return {{"group", group.group_id},
          {"at_unix_s", group.begin_unix_s},
          {"noise_jy", finite_json(group.noise_jy)},
          {"theoretical_rms_jy", finite_json(group.theoretical_jy)},
          {"verdict", group.verdict}};
}

}  // namespace

Json images_json(const std::vector<NightGroup>& groups) {
  Json verdicts = {{"PASS", 0}, {"WARN", 0}, {"FAIL", 0}, {"UNKNOWN", 0}};
  std::vector<const NightGroup*> images;
  Json points = Json::array(), worst = Json::array();
  int n_quicklook = 0, n_uncalibrated = 0;
  for (const NightGroup& group : groups) {
    if (!group.imaged()) continue;
    images.push_back(&group);
    verdicts[group.verdict] = verdicts.value(group.verdict, 0) + 1;
    n_quicklook += group.tier == "science" ? 0 : 1;
    n_uncalibrated += group.calibration_set.empty() ? 1 : 0;
    points.push_back(chart_point(group));
  }
  std::stable_sort(images.begin(), images.end(), is_worse);
  for (const NightGroup* group : images)
    if (worst.size() < kWorst && group->verdict != "PASS") worst.push_back(image_row(*group));
  return {{"n", images.size()},
          {"verdicts", verdicts},
          {"n_quicklook", n_quicklook},
          {"n_uncalibrated", n_uncalibrated},
          {"median_noise_jy", median_of(images, &NightGroup::noise_jy)},
          {"median_theoretical_rms_jy", median_of(images, &NightGroup::theoretical_jy)},
          {"median_flux_ratio", median_of(images, &NightGroup::flux_ratio)},
          {"median_astrometry_arcsec", median_of(images, &NightGroup::astrometry_arcsec)},
          {"median_flagged_share", median_of(images, &NightGroup::flagged_share)},
          {"worst", worst},
          {"points", points}};
}

}  // namespace contimg::report
