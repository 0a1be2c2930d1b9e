// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/page_sections.h"

#include "base/escaped_text.h"
#include "report/page_table.h"
#include "report/svg.h"
#include "report/words.h"

namespace contimg::report {
namespace {

std::string whole(double value) { return fixed(value, 0); }
std::string one_decimal(double value) { return fixed(value, 1); }
std::string three_decimals(double value) { return fixed(value, 3); }
std::string seconds(double value) { return duration(value); }
std::string in_hours(double value) { return fixed(value, 2) + " h"; }
std::string in_arcsec(double value) { return fixed(value, 2) + "\""; }
std::string in_degrees(double value) { return fixed(value, 2) + "°"; }

std::string key_entry(const std::string& css_class, const std::string& text) {
  return "<span><svg viewBox=\"0 0 10 10\"><rect class=\"" + css_class +
         "\" width=\"10\" height=\"10\"/></svg>" + xml_text(text) + "</span>\n";
}

std::string list_of(const Json& texts) {
  std::string html;
  for (const Json& text : texts) html += "<li>" + xml_text(text.get<std::string>()) + "</li>\n";
  return html.empty() ? "" : "<ul>" + html + "</ul>\n";
}

std::string codes(const Json& commands, std::size_t n_groups) {
  std::string html;
  for (const Json& command : commands)
    html += (html.empty() ? "" : "<br/>") + std::string("<code>") +
            xml_text(command.get<std::string>()) + "</code>";
  if (n_groups > commands.size())
    html += "<br/>and so for " + std::to_string(n_groups - commands.size()) + " more";
  return html;
}

std::string troubles(const Json& list) {
  std::string html;
  for (const Json& one : list) {
    html += "<h3>" +
            xml_text(counted(one["n"].get<int>(), "group") + ", " + word(one, "stage") + ": " +
                     word(one, "kind")) +
            "</h3>\n";
    html += paragraph(
        "For example " + one["groups"].front().get<std::string>() + ": " + word(one, "example"),
        "soft");
    html += paragraph("Remedy: " + word(one, "advice") + ".");
    html += "<p>" + codes(one["commands"], one["n"].get<std::size_t>()) + "</p>\n";
  }
  return html;
}

// Names and aliases, with the beam's response towards each.
std::string calibrator_names(const Json& row) {
  std::string text;
  const Json list = parsed(word(row, "calibrators"));
  if (!list.is_array()) return text;
  for (const Json& one : list) {
    const Json named = one.is_string() ? Json{{"name", one}} : one;
    text += (text.empty() ? "" : ", ") + word(named, "name");
    if (!word(named, "alias").empty()) text += " (" + word(named, "alias") + ")";
    const double response = number(named, "primary_beam");
    if (response > 0) text += ", " + percent(response) + " of the beam";
  }
  return text;
}

std::string latency_row(const Json& latency, const std::string& what) {
  const auto shown = [&](const char* key) { return duration(number(latency, key)); };
  return paragraph(what + ": median " + shown("p50_s") + ", 90 % within " + shown("p90_s") +
                   ", 99 % within " + shown("p99_s") + ", longest " + shown("max_s") + " (" +
                   counted(latency["n"].get<int>(), "group") + ").");
}

}  // namespace

std::string verdict_section(const Json& report) {
  const Json& verdict = report["verdict"];
  std::string html = "<section class=\"verdict " + word(verdict, "word") + "\"><strong>" +
                     word(verdict, "word") + "</strong>\n";
  html +=
      verdict["reasons"].empty() ? paragraph("Nothing is wanting.") : list_of(verdict["reasons"]);
  for (const Json& note : verdict["notes"]) html += paragraph(note.get<std::string>(), "soft");
  return html + "</section>\n";
}

std::string coverage_section(const Json& report) {
  const Json& coverage = report["coverage"];
  std::string html = "<div class=\"timeline\">" +
                     timeline_svg(coverage["slots"], number(report, "begin_unix_s"),
                                  number(report, "end_unix_s")) +
                     "</div>\n<div class=\"key\">";
  for (const auto& [state, n] : coverage["slots_by_state"].items())
    html += key_entry(slot_class(state), state + ": " + counted(n.get<int>(), "slot"));
  html += "</div>\n" +
          paragraph(counted(coverage["n_groups"].get<int>(), "group") + " with " +
                    duration(number(coverage, "observed_s")) + " of sky time; the night has " +
                    counted(coverage["n_slots"].get<int>(), "slot") + " of " +
                    fixed(number(report, "slot_s"), 2) + " s.");
  const std::string gaps = html_table(
      coverage["gaps"],
      {{"From", [](const Json& r) { return utc(number(r, "begin_unix_s")); }, "w"},
       {"Until", [](const Json& r) { return utc(number(r, "end_unix_s")); }, "w"},
       {"Length",
        [](const Json& r) { return duration(number(r, "end_unix_s") - number(r, "begin_unix_s")); },
        "n"},
       number_column("Slots", "n", whole)},
      20);
  if (!gaps.empty()) html += "<h3>Gaps between groups</h3>\n" + gaps;
  return html_section("Coverage", html);
}

std::string keep_up_section(const Json& report) {
  const Json& keep_up = report["keep_up"];
  std::string html = latency_row(keep_up["image"], "From the last subband to the image") +
                     latency_row(keep_up["finished"], "To the last stage");
  html += paragraph(counted(keep_up["n_unfinished"].get<int>(), "group") +
                    " of the night are not through yet; " + duration(number(keep_up, "allowed_s")) +
                    " are allowed, and " +
                    counted(keep_up["finished"]["n_late"].get<int>(), "group") + " took longer.");
  Chart chart{"Latency, minutes",
              number(report, "begin_unix_s"),
              number(report, "end_unix_s"),
              {},
              number(keep_up, "allowed_s") / 60,
              "allowed"};
  for (const Json& point : keep_up["points"])
    chart.points.push_back({number(point, "at_unix_s"), number(point, "latency_s") / 60,
                            point["late"] == true ? "late" : "in-time",
                            word(point, "group") + ": " + duration(number(point, "latency_s"))});
  html += scatter_svg(chart);
  html += html_table(
      keep_up["stages"],
      {text_column("Stage", "stage", "w"), number_column("Times", "n", whole),
       number_column("Median", "p50_s", seconds), number_column("90 % within", "p90_s", seconds),
       number_column("Longest", "max_s", seconds),
       number_column("Most memory", "max_memory_byte", size)});
  const std::string steps =
      html_table(report["steps"],
                 {{"Since", [](const Json& r) { return utc(number(r, "since_unix_s")); }, "w"},
                  text_column("Step", "step", "w"),
                  number_column("Pressure", "pressure", one_decimal),
                  number_column("Backlog, sky time", "backlog_s", seconds),
                  text_column("Reason", "reason")});
  if (!steps.empty()) html += "<h3>Steps under pressure</h3>\n" + steps;
  return html_section("Keeping up", html);
}

std::string failures_section(const Json& report) {
  std::string html = troubles(report["failures"]);
  if (html.empty())
    html = paragraph("No group failed.");
  else
    html +=
        "<p>Every failed group at once, when the causes are gone: "
        "<code>manage-queue retry --failed</code></p>\n";
  const std::string waiting = troubles(report["waiting"]);
  if (!waiting.empty()) html += "<h2>Waiting</h2>\n" + waiting;
  return html_section("Failures", html);
}

std::string missing_section(const Json& report) {
  const Json& missing = report["missing_subbands"];
  if (missing["groups"].empty()) return "";
  std::string html = html_table(
      missing["by_subband"],
      {{"Subband",
        [](const Json& r) {
          return "sb" + std::string(r["subband"].get<int>() < 10 ? "0" : "") + r["subband"].dump();
        },
        "w"},
       number_column("Groups that lack it", "n_groups", whole)});
  html += "<h3>Groups</h3>\n" +
          html_table(missing["groups"],
                     {text_column("Group", "group", "w"), text_column("Missing", "missing")}, 20);
  return html_section("Missing subbands", html);
}

std::string calibration_section(const Json& report) {
  const Json& calibration = report["calibration"];
  std::string html = html_table(
      calibration["sets_used"],
      {text_column("Set that was used", "name", "w"), text_column("Calibrator", "calibrator", "w"),
       text_column("State now", "state", "w"), number_column("Groups", "n_groups", whole),
       number_column("Mean age", "mean_age_h", in_hours),
       number_column("Oldest", "max_age_h", in_hours)});
  if (html.empty()) html = paragraph("No group was calibrated.");
  const std::string solved =
      html_table(calibration["solved"],
                 {text_column("Solved in the night", "name", "w"),
                  text_column("Calibrator", "calibrator", "w"), text_column("State", "state", "w"),
                  number_column("Declination", "dec_deg", in_degrees),
                  number_column("Flux density", "flux_jy", flux),
                  number_column("Antennas", "n_antennas", whole),
                  number_column("Signal to noise", "median_snr", whole),
                  number_column("Flagged", "flagged_share", percent),
                  number_column("Phase scatter", "phase_scatter_deg", in_degrees),
                  text_column("Verdict", "verdict")});
  html += solved.empty() ? paragraph("No set was solved.") : "<h3>Solved</h3>\n" + solved;
  const std::string transits =
      html_table(calibration["transits"], {text_column("Group with a calibrator", "group_id", "w"),
                                           {"Calibrators", calibrator_names, "t"},
                                           text_column("State", "state", "w")});
  if (!transits.empty()) html += "<h3>Transits</h3>\n" + transits;
  return html_section("Calibration", html);
}

namespace {

std::string pictures(const std::vector<Thumbnail>& thumbnails) {
  std::string html;
  for (const Thumbnail& one : thumbnails)
    html += "<figure><img alt=\"" + xml_text(one.group_id) + "\" src=\"data:image/png;base64," +
            base64(one.png) + "\"/><figcaption>" + xml_text(one.caption) +
            "</figcaption></figure>\n";
  return html.empty() ? "" : "<h3>Some of them</h3>\n<div class=\"pictures\">" + html + "</div>\n";
}

std::string noise_chart(const Json& report) {
  Chart chart{"Noise, mJy per beam",
              number(report, "begin_unix_s"),
              number(report, "end_unix_s"),
              {},
              number(report["images"], "median_theoretical_rms_jy") * 1e3,
              "thermal noise, median"};
  if (!(*chart.line > 0)) chart.line.reset();
  for (const Json& point : report["images"]["points"])
    if (number(point, "noise_jy") > 0)
      chart.points.push_back({number(point, "at_unix_s"), number(point, "noise_jy") * 1e3,
                              "v-" + word(point, "verdict"),
                              word(point, "group") + ": " + flux(number(point, "noise_jy")) + ", " +
                                  word(point, "verdict")});
  return scatter_svg(chart);
}

}  // namespace

std::string images_section(const Json& report, const std::vector<Thumbnail>& thumbnails) {
  const Json& images = report["images"];
  if (images["n"] == 0) return html_section("Images", paragraph("There is no image."));
  std::string html = noise_chart(report) + "<div class=\"key\">";
  for (const auto& [verdict, n] : images["verdicts"].items())
    if (n.get<int>() > 0)
      html += key_entry("v-" + verdict, verdict + ": " + counted(n.get<int>(), "image"));
  html +=
      "</div>\n" + paragraph("Medians: noise " + flux(number(images, "median_noise_jy")) +
                             " per beam, flux densities over the catalogue's " +
                             fixed(number(images, "median_flux_ratio"), 3) + ", positions off by " +
                             in_arcsec(number(images, "median_astrometry_arcsec")) + ", flagged " +
                             percent(number(images, "median_flagged_share")) + ".");
  const std::string worst = html_table(
      images["worst"],
      {text_column("Group", "group", "w"), text_column("Verdict", "verdict", "w"),
       number_column("Noise", "noise_jy", flux),
       number_column("Thermal", "theoretical_rms_jy", flux),
       number_column("Flux ratio", "flux_ratio", three_decimals),
       number_column("Off by", "astrometry_arcsec", in_arcsec),
       number_column("Flagged", "flagged_share", percent), text_column("Reasons", "reasons")});
  if (!worst.empty()) html += "<h3>The worst</h3>\n" + worst;
  return html_section("Images", html + pictures(thumbnails));
}

std::string mosaics_section(const Json& report) {
  const std::string table = html_table(
      report["mosaics"],
      {text_column("Mosaic", "name", "w"), text_column("Verdict", "verdict", "w"),
       number_column("Tiles", "n_images", whole), number_column("Noise, median", "noise_jy", flux),
       number_column("Flux ratio", "flux_ratio", three_decimals),
       number_column("Off by", "astrometry_arcsec", in_arcsec), text_column("Reasons", "reasons")});
  return html_section("Mosaics", table.empty() ? paragraph("There is no mosaic.") : table);
}

std::string variables_section(const Json& report) {
  const Json& found = report["variables"];
  if (found.is_null())
    return html_section("Variables", paragraph("There is no database of light curves."));
  std::string html = paragraph(
      counted(found["n_epoch"].get<int>(), "epoch") + " with " + whole(number(found, "n_point")) +
      " points of sources, " + whole(number(found, "n_new_source")) +
      " sources seen for the first "
      "time; " +
      counted(found["n_normalised"].get<int>(), "epoch") + " normalised" +
      (found["n_normalised"] == 0 ? "."
                                  : ", gains from " + three_decimals(number(found, "min_gain")) +
                                        " to " + three_decimals(number(found, "max_gain")) + "."));
  const std::string table = html_table(
      found["candidates"],
      {text_column("Source", "name", "w"), text_column("Kind", "kind", "w"),
       number_column("Significance", "significance", one_decimal),
       number_column("Right ascension", "ra_deg", in_degrees),
       number_column("Declination", "dec_deg", in_degrees), text_column("Reason", "reason")});
  return html_section("Variables",
                      html + (table.empty() ? paragraph("No candidate was seen.") : table));
}

std::string notices_section(const Json& report) {
  const std::string table =
      html_table(report["notices"],
                 {text_column("Severity", "severity", "w"),
                  text_column("Subject", "subject"),
                  {"First", [](const Json& r) { return utc(number(r, "first_seen_at")); }, "w"},
                  {"Cleared", [](const Json& r) { return utc(number(r, "cleared_at")); }, "w"},
                  text_column("Text", "text"),
                  text_column("Remedy", "remedy")});
  return html_section("Notices", table.empty() ? paragraph("There was none.") : table);
}

std::string disk_section(const Json& report) {
  const Json& disk = report["disk"];
  std::string html = paragraph("The night's subband files have " + size(number(disk, "raw_byte")) +
                               "; its recorded products " + size(number(disk, "products_byte")) +
                               " (Measurement Sets are not counted), and " +
                               size(number(disk, "removed_byte")) + " were removed.");
  html += html_table(disk["free"],
                     {text_column("Disk of", "what", "w"),
                      number_column("Free now", "free_byte", size), text_column("Folder", "path")});
  return html_section("Disk", html);
}

std::string versions_section(const Json& report) {
  return html_section("Versions",
                      html_table(report["versions"], {text_column("Of", "what", "w"),
                                                      text_column("Version", "version", "w"),
                                                      number_column("Count", "n", whole)}));
}

}  // namespace contimg::report
