// SPDX-License-Identifier: GPL-3.0-or-later
// The section of a night's report about injected sources: share found, flux densities, nights before, faults.
#include "astro/epoch.h"
#include "base/clock.h"
#include "base/escaped_text.h"
#include "injection/recovery.h"
#include "report/is_there.h"
#include "report/night_parts.h"
#include "report/page_sections.h"
#include "report/page_table.h"
#include "report/svg.h"
#include "report/words.h"

namespace contimg::report {
namespace {

using injection::Bin;
using injection::Recovery;

constexpr double kNightsShown = 14;

Json bin_json(const Bin& bin) {
  return {{"from_snr", bin.from_snr},
          {"to_snr", finite_json(bin.to_snr)},
          {"n", bin.n},
          {"n_found", bin.n_found},
          {"completeness", finite_json(bin.completeness.value)},
          {"completeness_low", bin.completeness.low},
          {"completeness_high", bin.completeness.high},
          {"expected", finite_json(bin.expected)},
          {"n_measured", bin.n_measured},
          {"flux_ratio", finite_json(bin.flux_ratio)},
          {"flux_ratio_error", finite_json(bin.flux_ratio_error)},
          {"pull_mean", finite_json(bin.pull_mean)},
          {"pull_rms", finite_json(bin.pull_rms)}};
}

Json night_json(const Recovery& night) {
  Json json = bin_json(night.bright);
  json["night"] = night.night;
  json["n_tile"] = night.n_tile;
  json["n_source"] = night.n_source;
  return json;
}

std::string with_error(double value, double error) {
  return std::isfinite(value) ? fixed(value, 3) + " +- " + fixed(error, 3) : "-";
}

std::string range(const Json& row) {
  return fixed(number(row, "from_snr"), 0) + " to " + fixed(number(row, "to_snr"), 0);
}

std::string found(const Json& row) { return row["n_found"].dump() + " of " + row["n"].dump(); }

Category completeness_of(const std::string& name, const Json& row) {
  return {name,
          number(row, "completeness"),
          number(row, "completeness_low"),
          number(row, "completeness_high"),
          number(row, "expected"),
          name + ": " + found(row) + " found, " + percent(number(row, "completeness"))};
}

Category ratio_of(const std::string& name, const Json& row) {
  const double ratio = number(row, "flux_ratio"), error = number(row, "flux_ratio_error");
  return {name,          ratio,     ratio - error,
          ratio + error, kNotKnown, name + ": " + with_error(ratio, error)};
}

template <typename Name>
std::string charts(const Json& rows, const std::string& over, Name name) {
  CategoryChart completeness{"Share found, over " + over, {}, 0, 1.05, "dashed: expected"};
  CategoryChart ratio{"Measured over true flux density, median, over " + over, {}, 0.8, 1.2, ""};
  for (const Json& row : rows) {
    completeness.categories.push_back(completeness_of(name(row), row));
    ratio.categories.push_back(ratio_of(name(row), row));
  }
  return category_svg(completeness) + category_svg(ratio);
}

std::string trend(const Json& nights) {
  if (nights.size() < 2) return "";
  const auto name = [](const Json& row) { return word(row, "night").substr(5); };
  return "<h3>Sources of 8 sigma and more, night after night</h3>\n" +
         charts(nights, "nights", name) +
         html_table(nights, {text_column("Night", "night", "w"),
                             number_column("Tiles", "n_tile", [](double n) { return fixed(n, 0); }),
                             {"Found", found, "n"},
                             number_column("Share", "completeness", percent),
                             {"Measured over true",
                              [](const Json& r) {
                                return with_error(number(r, "flux_ratio"),
                                                  number(r, "flux_ratio_error"));
                              },
                              "n"}});
}

}  // namespace

Json injection_json(const Settings& settings, const Night& night) {
  auto db = injection::open_injected(settings.measurement_db);
  if (!db) return nullptr;
  const auto mjd = [](double unix_s) { return astro::mjd_s_from_unix_s(unix_s) / kDay_s; };
  const double begin = mjd(night.begin_unix_s), end = mjd(night.end_unix_s);
  const Recovery here = injection::recovery_between(*db, begin, end, night.date);
  const Recovery before = injection::recovery_before(*db, begin);
  Json json = {{"n_tile", here.n_tile}, {"n_source", here.n_source}};
  json["bright"] = bin_json(here.bright);
  json["bins"] = Json::array();
  for (const Bin& bin : here.bins) json["bins"].push_back(bin_json(bin));
  json["nights"] = Json::array();
  for (const Recovery& one : injection::recovery_of_nights(*db, end - kNightsShown, end))
    json["nights"].push_back(night_json(one));
  json["faults"] = Json::array();
  const auto faults = injection::faults_of(here, before, injection::recovery_limits(settings));
  for (const injection::Fault& fault : faults)
    json["faults"].push_back(
        {{"kind", fault.kind}, {"subject", fault.subject}, {"text", fault.text}});
  return json;
}

std::string injection_section(const Json& report) {
  const Json& injected = report["injection"];
  if (injected.is_null()) return "";
  if (injected["n_source"] == 0)
    return html_section("Injected sources", paragraph("None of the night's tiles was given any.") +
                                                trend(injected["nights"]));
  const Json& bright = injected["bright"];
  std::string html =
      paragraph(counted(injected["n_source"].get<int>(), "known source") + " in " +
                counted(injected["n_tile"].get<int>(), "tile") +
                ". Of those with 8 sigma and more " + found(bright) + " were found, " +
                percent(number(bright, "completeness")) + "; their flux densities are " +
                with_error(number(bright, "flux_ratio"), number(bright, "flux_ratio_error")) +
                " of the true ones.");
  for (const Json& fault : injected["faults"]) html += paragraph(word(fault, "text"));
  html += charts(injected["bins"], "signal to noise", range);
  html += html_table(
      injected["bins"],
      {{"Signal to noise", range, "w"},
       {"Found", found, "n"},
       number_column("Share", "completeness", percent),
       number_column("Expected", "expected", percent),
       {"Measured over true",
        [](const Json& r) {
          return with_error(number(r, "flux_ratio"), number(r, "flux_ratio_error"));
        },
        "n"},
       number_column("Mean pull", "pull_mean", [](double x) { return fixed(x, 2); }),
       number_column("Scatter of pulls", "pull_rms", [](double x) { return fixed(x, 2); })});
  return html_section("Injected sources", html + trend(injected["nights"]));
}

}  // namespace contimg::report
