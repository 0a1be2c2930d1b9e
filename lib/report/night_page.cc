// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/night_page.h"

#include "base/escaped_text.h"
#include "report/page_sections.h"
#include "report/page_style.h"
#include "report/page_table.h"
#include "report/words.h"

namespace contimg::report {
namespace {

std::string head(const Json& report) {
  const std::string title = "Night of " + word(report, "night");
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
         xml_text(title + ": " + word(report["verdict"], "word")) + "</title>\n<style>" +
         kPageStyle + "</style></head>\n<body>\n<h1>" + xml_text(title) + "</h1>\n" +
         paragraph(utc(number(report, "begin_unix_s")) + " to " +
                       utc(number(report, "end_unix_s")) +
                       (report["ended"] == true ? "" : ", not over yet") + "; as of " +
                       utc(number(report, "made_at")),
                   "soft");
}

std::string figures(const Json& report) {
  const Json& coverage = report["coverage"];
  const Json& images = report["images"];
  std::string good = images["verdicts"]["PASS"].dump() + " of " + images["n"].dump();
  int n_failed = 0;
  for (const Json& one : report["failures"]) n_failed += one["n"].get<int>();
  return html_figures(
      {{coverage["n_groups"].dump(), "groups observed"},
       {std::to_string(n_failed), "groups failed"},
       {good, "images passed without a warning"},
       {flux(number(images, "median_noise_jy")), "noise per beam, median"},
       {duration(number(report["keep_up"]["image"], "p50_s")), "last subband to image, median"},
       {duration(number(coverage, "observed_s")), "of sky time"}});
}

}  // namespace

std::string base64(const std::string& bytes) {
  const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k < bytes.size() + 1 ? digits[bits >> (18U - 6U * k) & 63U] : '=';
  }
  return text;
}

std::string night_page(const Json& report, const std::vector<Thumbnail>& thumbnails) {
  return head(report) + verdict_section(report) + figures(report) + coverage_section(report) +
         failures_section(report) + missing_section(report) + keep_up_section(report) +
         calibration_section(report) + images_section(report, thumbnails) +
         mosaics_section(report) + variables_section(report) + injection_section(report) +
         notices_section(report) + disk_section(report) + versions_section(report) + "<footer>" +
         xml_text("Made by report-night from " + word(report, "queue_db") +
                  ". The same figures: report-night --json --night " + word(report, "night") +
                  ".") +
         "</footer>\n</body></html>\n";
}

}  // namespace contimg::report
