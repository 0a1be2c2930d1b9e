// SPDX-License-Identifier: GPL-3.0-or-later
#include "measure/source_table.h"

#include <cmath>
#include <cstdio>

#include "astro/constants.h"
#include "base/atomic_output.h"
#include "base/escaped_text.h"
#include "fits/table.h"

namespace contimg::measure {
namespace {

using astro::kArcsec;
using astro::kDegree;

std::string jansky(double value) { return csv_number(value, "%.6g"); }

// What a reader of the table wants to know about the image.
std::vector<std::pair<std::string, std::string>> facts_of(const Epoch& epoch) {
  return {{"group_id", epoch.group_id},
          {"image", epoch.image_path},
          {"mid_mjd", csv_number(epoch.mid_mjd, "%.8f")},
          {"frequency_hz", csv_number(epoch.frequency_hz, "%.1f")},
          {"beam_arcsec", csv_number(epoch.major_rad / kArcsec, "%.3f") + " " +
                              csv_number(epoch.minor_rad / kArcsec, "%.3f")},
          {"rms_jy", jansky(epoch.rms_jy)},
          {"verdict", epoch.verdict},
          {"calibration_set", epoch.calibration_set},
          {"tier", epoch.tier},
          {"science", epoch.science ? "yes" : "no"},
          {"catalogue", epoch.catalogue},
          {"flux_scale", jansky(epoch.tie.slope)},
          {"flux_scale_error", jansky(epoch.tie.slope_error)}};
}

}  // namespace

const std::vector<Column>& columns() {
  static const std::vector<Column> kColumns = {
      {"name", "", "name in the catalogue, or by the place where it was found", true},
      {"kind", "", "forced: at a catalogue's place; blind: found in the image", true},
      {"ra_deg", "deg", "right ascension, ICRS"},
      {"dec_deg", "deg", "declination, ICRS"},
      {"ra_error_arcsec", "arcsec", "error of ra times cos dec"},
      {"dec_error_arcsec", "arcsec", "error of dec"},
      {"flux_jy", "Jy", "peak flux density, primary beam and smearing corrected"},
      {"flux_error_jy", "Jy", "its error, noise and calibration"},
      {"noise_error_jy", "Jy", "its error from noise alone"},
      {"limit_jy", "Jy", "upper limit (3 sigma) where it is not detected"},
      {"snr", "", "flux density over its error from noise"},
      {"local_rms_jy", "Jy", "noise of the image there, per beam, not beam corrected"},
      {"pb", "", "primary beam that was corrected for"},
      {"smearing", "", "what smearing leaves of a peak; corrected for"},
      {"integrated_jy", "Jy", "integrated flux density of the fitted Gaussian"},
      {"major_arcsec", "arcsec", "fitted full width at half maximum, major axis"},
      {"minor_arcsec", "arcsec", "the same, minor axis"},
      {"pa_deg", "deg", "its position angle, north through east"},
      {"catalogue_flux_jy", "Jy", "the catalogue's flux density at this frequency"},
      {"offset_east_arcsec", "arcsec", "measured minus catalogue, east"},
      {"offset_north_arcsec", "arcsec", "measured minus catalogue, north"},
      {"flags", "", "why to take care, words", true},
      {"reason", "", "why there is a limit, or nothing; empty: detected", true}};
  return kColumns;
}

std::vector<std::string> values_of(const Measurement& m) {
  return {m.name,
          m.kind == Kind::forced ? "forced" : "blind",
          csv_number(m.position.ra_rad / kDegree, "%.7f"),
          csv_number(m.position.dec_rad / kDegree, "%.7f"),
          csv_number(m.ra_error_rad / kArcsec, "%.3f"),
          csv_number(m.dec_error_rad / kArcsec, "%.3f"),
          jansky(m.flux_jy),
          jansky(m.error_jy),
          jansky(m.noise_jy),
          jansky(m.limit_jy),
          csv_number(m.snr, "%.3f"),
          jansky(m.local_rms_jy),
          csv_number(m.beam_response, "%.5f"),
          csv_number(m.smearing, "%.5f"),
          jansky(m.integrated_jy),
          csv_number(m.major_rad / kArcsec, "%.3f"),
          csv_number(m.minor_rad / kArcsec, "%.3f"),
          csv_number(m.position_angle_rad / kDegree, "%.2f"),
          jansky(m.catalogue_flux_jy),
          csv_number(m.offset_east_rad / kArcsec, "%.3f"),
          csv_number(m.offset_north_rad / kArcsec, "%.3f"),
          flag_names(m.flags),
          m.reason};
}

void write_csv(const std::string& path, const Tile& tile) {
  std::string text;
  for (const Column& column : columns()) text += (text.empty() ? "" : ",") + column.name;
  text += '\n';
  for (const Measurement& source : tile.sources) {
    std::string row;
    for (const std::string& value : values_of(source)) row += csv_field(value) + ',';
    row.back() = '\n';
    text += row;
  }
  write_text_file(path, text);
}

void write_votable(const std::string& path, const Tile& tile) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
      "<RESOURCE type=\"results\">\n"
      "<COOSYS ID=\"icrs\" system=\"ICRS\"/>\n<TABLE name=\"sources\">\n";
  for (const auto& [name, value] : facts_of(tile.epoch))
    text += "<PARAM name=\"" + name + "\" datatype=\"char\" arraysize=\"*\" value=\"" +
            xml_text(value) + "\"/>\n";
  for (const Column& column : columns()) {
    text += "<FIELD name=\"" + column.name + "\" ";
    text += column.is_text ? "datatype=\"char\" arraysize=\"*\"" : "datatype=\"double\"";
    if (!column.unit.empty()) text += " unit=\"" + column.unit + "\"";
    if (column.name == "ra_deg") text += " ucd=\"pos.eq.ra;meta.main\" ref=\"icrs\"";
    if (column.name == "dec_deg") text += " ucd=\"pos.eq.dec;meta.main\" ref=\"icrs\"";
    text += "><DESCRIPTION>" + xml_text(column.description) + "</DESCRIPTION></FIELD>\n";
  }
  text += "<DATA><TABLEDATA>\n";
  for (const Measurement& source : tile.sources) {
    text += "<TR>";
    for (const std::string& value : values_of(source)) text += "<TD>" + xml_text(value) + "</TD>";
    text += "</TR>\n";
  }
  text += "</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";
  write_text_file(path, text);
}

void write_fits_table(const std::string& path, const Tile& tile) {
  fits::Table table;
  table.name = "SOURCES";
  table.facts = facts_of(tile.epoch);
  for (const Column& column : columns())
    table.columns.push_back({column.name, column.unit, column.is_text, {}, {}});
  for (const Measurement& source : tile.sources) {
    const std::vector<std::string> values = values_of(source);
    for (std::size_t i = 0; i < values.size(); ++i) {
      fits::Column& column = table.columns[i];
      if (column.is_text)
        column.texts.push_back(values[i]);
      else
        column.numbers.push_back(values[i].empty() ? kUnknown : std::stod(values[i]));
    }
  }
  fits::write_table(path, table);
}

void write_regions(const std::string& path, const Tile& tile) {
  std::string text = "# Region file format: DS9 version 4.1\nglobal color=green width=1\nicrs\n";
  for (const Measurement& m : tile.sources) {
    const std::string place = csv_number(m.position.ra_rad / kDegree, "%.7f") + "," +
                              csv_number(m.position.dec_rad / kDegree, "%.7f");
    if (m.kind == Kind::blind)
      // DS9's angle runs from the first axis, which points west, so that north is 90 degrees.
      text += "ellipse(" + place + "," + csv_number(m.minor_rad / kArcsec, "%.3f") + "\"," +
              csv_number(m.major_rad / kArcsec, "%.3f") + "\"," +
              csv_number(m.position_angle_rad / kDegree, "%.2f") + ") # color=cyan text={" +
              m.name + "}\n";
    else
      text += "circle(" + place + "," + csv_number(tile.epoch.major_rad / kArcsec, "%.3f") +
              "\") # " + (m.detected() ? "" : "color=yellow dash=1 ") + "text={" + m.name + "}\n";
  }
  write_text_file(path, text);
}

}  // namespace contimg::measure
