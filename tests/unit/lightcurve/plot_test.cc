// SPDX-License-Identifier: GPL-3.0-or-later
#include "lightcurve/plot.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "made_curve.h"
#include "scratch.h"

namespace contimg::lightcurve {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// The words of an SVG, one a line, by an XML parser; fails when it is none.
std::string words_of(const std::string& path) {
  const Outcome outcome = made::python(
      "import xml.etree.ElementTree as e\n"
      "r = e.parse('" +
      path +
      "').getroot(); assert r.tag.endswith('svg'), r.tag\n"
      "assert r.get('viewBox').split()[:2] == ['0', '0']\n"
      "print('\\n'.join(''.join(t.itertext()).strip() for t in "
      "r.iter('{http://www.w3.org/2000/svg}text')))");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error_tail;
  return outcome.output_tail;
}

void expect_png(const std::string& path, int width, int height) {
  const std::string bytes = made::content(path);
  ASSERT_GT(bytes.size(), 10000u);
  EXPECT_EQ(bytes.substr(1, 3), "PNG");
  const auto number = [&](std::size_t at) {
    return (static_cast<unsigned char>(bytes[at]) << 8) + static_cast<unsigned char>(bytes[at + 1]);
  };
  EXPECT_EQ(number(18), width);
  EXPECT_EQ(number(22), height);
}

TEST(PlotCurve, SaysNamePlaceFiguresAndHowManyOfEachKind) {
  const LightCurve curve = made::curve(120);
  const std::string path = scratch("curve.svg");
  plot_curve(path, curve);
  const std::string words = words_of(path);
  for (const char* part : {"J2255+1530", "22:55:03.20 +15:30:12.0 ICRS", "catalogue source 17",
                           "points", "leave-one-out", "weighted mean", "ese 7.3", "upper limit (9)",
                           "no measurement (7)", "flagged, not used (", "not normalised (",
                           "beyond the axis (", "MJD (UTC)", "2026-02-", "flux density (mJy)"})
    EXPECT_NE(words.find(part), std::string::npos) << part << " in\n" << words;
}

TEST(PlotCurve, DrawsEveryPoint) {
  // Filled circles are uses of gnuplot's symbol, the same number for each point; and the key's.
  std::vector<std::size_t> n_circle;
  for (const std::size_t n : {4u, 5u, 6u}) {
    LightCurve curve = made::curve(n);
    curve.candidates.clear();
    plot_curve(scratch("points.svg"), curve);
    n_circle.push_back(count(made::content(scratch("points.svg")), "xlink:href='#gpPt6'"));
  }
  EXPECT_GT(n_circle[1], n_circle[0]);
  EXPECT_EQ(n_circle[2] - n_circle[1], n_circle[1] - n_circle[0]);
}

TEST(PlotCurve, IsAPngToo) {
  const std::string path = scratch("curve.png");
  plot_curve(path, made::curve(120));
  expect_png(path, 1200, 660);
}

TEST(PlotCurve, DrawsWhatThereIs) {
  const std::string path = scratch("odd.svg");
  LightCurve curve = made::curve(1);
  plot_curve(path, curve);
  EXPECT_NE(words_of(path).find("1 points"), std::string::npos);
  curve.points.clear();
  curve.figures = {};
  curve.candidates.clear();
  plot_curve(path, curve);
  EXPECT_NE(words_of(path).find("no measurement"), std::string::npos);
  // Limits alone, before the source was known.
  CurvePoint limit;
  limit.mjd = 61065;
  limit.kind = "before";
  limit.limit_jy = 0.01;
  curve.points = {limit, limit};
  curve.points[1].mjd += 3;
  plot_curve(path, curve);
  EXPECT_NE(words_of(path).find("limit before it was known (2)"), std::string::npos);
  // Ten years.
  plot_curve(path, made::curve(13000, 0.28));
  EXPECT_NE(words_of(path).find("2030-01-01"), std::string::npos);
  // Brighter than a mJy's axis serves.
  plot_curve(path, made::curve(30, 1, 14));
  EXPECT_NE(words_of(path).find("flux density (Jy)"), std::string::npos);
}

TEST(PlotCurve, RawIsSaidAndMarksNothingAsUnnormalised) {
  LightCurve curve = made::curve(30);
  curve.raw = true;
  const std::string path = scratch("raw.svg");
  plot_curve(path, curve);
  const std::string words = words_of(path);
  EXPECT_NE(words.find("before normalisation"), std::string::npos);
  EXPECT_NE(words.find("raw flux density (mJy)"), std::string::npos);
  EXPECT_EQ(words.find("not normalised"), std::string::npos);
}

TEST(PlotField, NamesCandidatesAndThresholds) {
  std::vector<FieldRow> rows;
  std::mt19937_64 random(52);
  std::uniform_real_distribution<double> uniform;
  for (int i = 0; i < 300; ++i) {
    FieldRow row;
    row.source = made::source();
    row.source.name = "S" + std::to_string(i);
    row.figures.n = 33;
    row.figures.v = 0.01 + 0.1 * uniform(random);
    row.figures.eta = 0.5 + uniform(random);
    row.candidate = i % 50 == 7;
    if (row.candidate) {
      row.figures.v *= 5;
      row.figures.eta *= 9;
      row.figures.chi2_sigma = 20;
    }
    rows.push_back(row);
  }
  rows.emplace_back();
  const std::string path = scratch("field.svg");
  plot_field(path, rows, 5, 0.05);
  const std::string words = words_of(path);
  for (const char* part :
       {"301 sources, 6 candidates", "S7\n", "S257", "V 0.05", "5 σ for 33 points", "steady (294)",
        "candidate (6)", "1 sources without"})
    EXPECT_NE(words.find(part), std::string::npos) << part << " in\n" << words;
  EXPECT_EQ(words.find("S8\n"), std::string::npos);
  plot_field(scratch("field.png"), rows, 5, 0.05);
  expect_png(scratch("field.png"), 1100, 800);
  plot_field(path, {}, 5, 0.05);
  EXPECT_NE(words_of(path).find("0 sources, 0 candidates"), std::string::npos);
}

TEST(PlotName, IsAPngOrAnSvg) {
  EXPECT_NO_THROW(check_plot_name("a.png"));
  EXPECT_NO_THROW(check_plot_name("a.svg"));
  EXPECT_THROW(check_plot_name("a.pdf"), UsageError);
  EXPECT_THROW(check_plot_name(".png"), UsageError);
}

}  // namespace
}  // namespace contimg::lightcurve
