// SPDX-License-Identifier: GPL-3.0-or-later
#include "fits/wcs.h"

#include <wcslib/wcs.h>
#include <wcslib/wcshdr.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "astro/constants.h"
#include "base/error.h"

namespace contimg::fits {
namespace {

constexpr std::size_t kCardLength = 80;
constexpr double kFullTurn_deg = 360, kRightAngle_deg = 90;
constexpr double kNearestParallel_rad = 0.01 * astro::kDegree;
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr int kMostParameters = 2;  // PV of a conic

double in_turn_rad(double angle_deg) {
  const double turned = std::fmod(angle_deg, kFullTurn_deg);
  return (turned < 0 ? turned + kFullTurn_deg : turned) * astro::kDegree;
}

// True for a card whose value is a text without its closing quote.
bool has_open_text(const std::string& card) {
  const std::size_t quote = card.find_first_not_of(' ', 10);
  if (card.compare(8, 2, "= ") != 0 || quote == std::string::npos || card[quote] != '\'')
    return false;
  // One inside is doubled.
  std::size_t at = quote + 1;
  while ((at = card.find('\'', at)) != std::string::npos) {
    if (at + 1 >= card.size() || card[at + 1] != '\'') return false;
    at += 2;
  }
  return true;
}

// True for a card with characters that no header may have: above or below printable ASCII.
bool has_foreign_letter(const std::string& card) {
  return std::any_of(card.begin(), card.end(), [](char c) { return c < ' ' || c > '~'; });
}

// True for a card that counts more axes than a header may have (FITS 4.0, 4.4.1.1).
bool has_too_many_axes(const std::string& card) {
  constexpr long kMostAxes = 999;
  if (card.compare(0, 8, "NAXIS   ") != 0 && card.compare(0, 7, "WCSAXES") != 0) return false;
  return std::strtol(card.c_str() + 9, nullptr, 10) > kMostAxes;
}

// wcspih() reads a text on through the cards that follow to the next quote, past the end of where it
// keeps it; it writes past its axes after CRVAL and a letter beyond ASCII, and it makes a matrix of
// as many axes as it is told, 80 GB for 99999: such cards are left out.
std::string without_damaged_cards(const std::string& header) {
  std::string result;
  for (std::size_t at = 0; at + kCardLength <= header.size(); at += kCardLength) {
    const std::string card = header.substr(at, kCardLength);
    if (!has_open_text(card) && !has_foreign_letter(card) && !has_too_many_axes(card))
      result += card;
  }
  return result;
}

// What wcspih() makes of a header: as many descriptions as it has.
class Parsed {
 public:
  explicit Parsed(const std::string& text) {
    std::string header = without_damaged_cards(text);
    const int n_card = static_cast<int>(header.size() / kCardLength);
    int rejected = 0;
    status_ = wcspih(&header[0], n_card, WCSHDR_all, 0, &rejected, &n_, &first_);
  }
  ~Parsed() { wcsvfree(&n_, &first_); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  wcsprm* primary() const { return status_ == 0 && n_ > 0 ? first_ : nullptr; }

 private:
  int n_ = 0, status_ = 0;
  wcsprm* first_ = nullptr;
};

void set_text(char (&field)[72], const char* text) {
  std::strncpy(field, text, sizeof field - 1);
  field[sizeof field - 1] = '\0';
}

}  // namespace

class Wcs::Implementation {
 public:
  Implementation() {
    wcs_.flag = -1;
    if (wcsinit(1, 2, &wcs_, kMostParameters, 0, 0) != 0) throw std::bad_alloc();
  }
  Implementation(const Implementation& other) {
    wcs_.flag = -1;
    if (wcssub(1, &other.wcs_, nullptr, nullptr, &wcs_) != 0) throw std::bad_alloc();
    if (wcsset(&wcs_) != 0) throw std::logic_error("a WCS that was sound cannot be copied");
  }
  // Axes 1 and 2 of a description that may have more.
  Implementation(const wcsprm& other, const std::string& path) {
    wcs_.flag = -1;
    int n = 2, axes[] = {1, 2};
    const int status = wcssub(1, &other, &n, axes, &wcs_);
    if (status == 0 && wcsset(&wcs_) == 0) return;
    const std::string why = wcs_errmsg[status == 0 ? wcsset(&wcs_) : status];
    wcsfree(&wcs_);
    throw DataError(path + ": its celestial axes cannot be used (" + why +
                    "), expected right ascension and declination");
  }
  ~Implementation() { wcsfree(&wcs_); }
  Implementation& operator=(const Implementation&) = delete;

  // North up, east left, the centre at pixel (0, 0).
  void set_axes(const std::string& projection, const astro::Direction& centre, double pixel_rad) {
    const double crval[] = {in_turn_rad(centre.ra_rad / astro::kDegree), centre.dec_rad};
    for (int axis = 0; axis < 2; ++axis) {
      wcs_.crpix[axis] = 1;
      wcs_.crval[axis] = crval[axis] / astro::kDegree;
      wcs_.cdelt[axis] = (axis == 0 ? -pixel_rad : pixel_rad) / astro::kDegree;
      set_text(wcs_.ctype[axis], ((axis == 0 ? "RA---" : "DEC--") + projection).c_str());
      set_text(wcs_.cunit[axis], "deg");
    }
    set_text(wcs_.radesys, "ICRS");
  }
  // Makes what was changed take effect.
  void settle() {
    wcs_.flag = 0;
    if (wcsset(&wcs_) != 0) throw std::invalid_argument("a projection of no such centre");
  }

  wcsprm& wcs() const { return wcs_; }

 private:
  mutable wcsprm wcs_ = {};  // wcslib keeps its scratch values in here
};

Wcs::Wcs() = default;
Wcs::Wcs(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Wcs::~Wcs() = default;
Wcs::Wcs(Wcs&&) noexcept = default;
Wcs& Wcs::operator=(Wcs&&) noexcept = default;
Wcs::Wcs(const Wcs& other)
    : implementation_(other.implementation_
                          ? std::make_unique<Implementation>(*other.implementation_)
                          : nullptr) {}
Wcs& Wcs::operator=(const Wcs& other) {
  if (this != &other) *this = Wcs(other);
  return *this;
}

Wcs Wcs::orthographic(const astro::Direction& centre, std::size_t n_x, std::size_t n_y,
                      double pixel_rad) {
  auto made = std::make_unique<Implementation>();
  // Of an even number of pixels the one right of (above) the middle.
  made->set_axes("SIN", centre, pixel_rad);
  const std::size_t middle[] = {n_x / 2, n_y / 2};
  for (int axis = 0; axis < 2; ++axis)
    made->wcs().crpix[axis] = static_cast<double>(middle[axis]) + 1;
  made->settle();
  return Wcs(std::move(made));
}

Wcs Wcs::conic(const astro::Direction& centre, double pixel_rad) {
  auto made = std::make_unique<Implementation>();
  wcsprm& wcs = made->wcs();
  const double parallel = std::abs(centre.dec_rad) >= kNearestParallel_rad
                              ? centre.dec_rad
                              : std::copysign(kNearestParallel_rad, centre.dec_rad);
  made->set_axes("COO", {centre.ra_rad, parallel}, pixel_rad);
  wcs.npv = 2;
  wcs.pv[0] = {2, 1, parallel / astro::kDegree};
  wcs.pv[1] = {2, 2, 0};
  // The native pole is the celestial one.
  wcs.lonpole = 0;
  wcs.latpole = kRightAngle_deg;
  made->settle();
  return Wcs(std::move(made));
}

Wcs Wcs::from_header(const std::string& header, const std::string& path) {
  const Parsed parsed(header);
  wcsprm* all = parsed.primary();
  const std::string expected = ", expected right ascension and declination on axes 1 and 2";
  if (all == nullptr || all->naxis < 2) throw DataError(path + ": no celestial WCS" + expected);
  auto made = std::make_unique<Implementation>(*all, path);
  const wcsprm& wcs = made->wcs();
  if (wcs.lng != 0 || wcs.lat != 1 || std::strncmp(wcs.lngtyp, "RA", 2) != 0)
    throw DataError(path + ": its axes are '" + wcs.ctype[0] + "' and '" + wcs.ctype[1] + "'" +
                    expected);
  const std::string frame = wcs.radesys;
  const bool old = !std::isnan(wcs.equinox) && std::abs(wcs.equinox - 2000) > 1e-6;
  if ((!frame.empty() && frame != "ICRS" && frame != "FK5") || (frame != "ICRS" && old))
    throw DataError(path + ": its frame is " + (frame.empty() ? "of another equinox" : frame) +
                    ", expected ICRS (or FK5 of 2000)");
  return Wcs(std::move(made));
}

std::optional<Pixel> Wcs::pixel_of(const astro::Direction& icrs) const {
  if (!implementation_) return std::nullopt;
  const double world[] = {icrs.ra_rad / astro::kDegree, icrs.dec_rad / astro::kDegree};
  double phi = 0, theta = 0, image[2] = {}, pixel[2] = {};
  int invalid = 0;
  if (wcss2p(&implementation_->wcs(), 1, 2, world, &phi, &theta, image, pixel, &invalid) != 0)
    return std::nullopt;
  return Pixel{pixel[0] - 1, pixel[1] - 1};
}

std::optional<astro::Direction> Wcs::direction_at(const Pixel& place) const {
  if (!implementation_) return std::nullopt;
  const double pixel[] = {place.x + 1, place.y + 1};
  double phi = 0, theta = 0, image[2] = {}, world[2] = {};
  int invalid = 0;
  if (wcsp2s(&implementation_->wcs(), 1, 2, pixel, image, &phi, &theta, world, &invalid) != 0)
    return std::nullopt;
  return astro::Direction{in_turn_rad(world[0]), world[1] * astro::kDegree};
}

std::vector<Pixel> Wcs::pixels_of(const std::vector<astro::Direction>& icrs) const {
  std::vector<Pixel> result(icrs.size(), {kNothing, kNothing});
  if (!implementation_ || icrs.empty()) return result;
  const std::size_t n = icrs.size();
  std::vector<double> world(2 * n), image(2 * n), pixel(2 * n), phi(n), theta(n);
  std::vector<int> invalid(n);
  for (std::size_t i = 0; i < n; ++i) {
    world[2 * i] = icrs[i].ra_rad / astro::kDegree;
    world[2 * i + 1] = icrs[i].dec_rad / astro::kDegree;
  }
  const int status = wcss2p(&implementation_->wcs(), static_cast<int>(n), 2, world.data(),
                            phi.data(), theta.data(), image.data(), pixel.data(), invalid.data());
  if (status != 0 && status != WCSERR_BAD_WORLD) return result;
  for (std::size_t i = 0; i < n; ++i)
    if (invalid[i] == 0) result[i] = {pixel[2 * i] - 1, pixel[2 * i + 1] - 1};
  return result;
}

std::vector<astro::Direction> Wcs::directions_at(const std::vector<Pixel>& pixels) const {
  std::vector<astro::Direction> result(pixels.size(), {kNothing, kNothing});
  if (!implementation_ || pixels.empty()) return result;
  const std::size_t n = pixels.size();
  std::vector<double> pixel(2 * n), image(2 * n), world(2 * n), phi(n), theta(n);
  std::vector<int> invalid(n);
  for (std::size_t i = 0; i < n; ++i) {
    pixel[2 * i] = pixels[i].x + 1;
    pixel[2 * i + 1] = pixels[i].y + 1;
  }
  const int status = wcsp2s(&implementation_->wcs(), static_cast<int>(n), 2, pixel.data(),
                            image.data(), phi.data(), theta.data(), world.data(), invalid.data());
  if (status != 0 && status != WCSERR_BAD_PIX) return result;
  for (std::size_t i = 0; i < n; ++i)
    if (invalid[i] == 0) result[i] = {in_turn_rad(world[2 * i]), world[2 * i + 1] * astro::kDegree};
  return result;
}

Wcs Wcs::on_grid(const Pixel& first, double step) const {
  Wcs result = *this;
  if (!implementation_) return result;
  wcsprm& wcs = result.implementation_->wcs();
  const double origin[] = {first.x, first.y};
  for (int axis = 0; axis < 2; ++axis) {
    wcs.crpix[axis] = (wcs.crpix[axis] - 1 - origin[axis]) / step + 1;
    wcs.cdelt[axis] *= step;
  }
  result.implementation_->settle();
  return result;
}

astro::Direction Wcs::centre() const {
  if (!implementation_) return {};
  const wcsprm& wcs = implementation_->wcs();
  return {in_turn_rad(wcs.crval[0]), wcs.crval[1] * astro::kDegree};
}

double Wcs::pixel_rad() const {
  if (!implementation_) return 0;
  const wcsprm& wcs = implementation_->wcs();
  const double determinant = wcs.pc[0] * wcs.pc[3] - wcs.pc[1] * wcs.pc[2];
  return std::sqrt(std::abs(determinant * wcs.cdelt[0] * wcs.cdelt[1])) * astro::kDegree;
}

std::vector<Card> Wcs::cards() const {
  std::vector<Card> result;
  if (!implementation_) return result;
  const wcsprm& wcs = implementation_->wcs();
  for (int axis = 0; axis < 2; ++axis) {
    const std::string n = std::to_string(axis + 1);
    const char* name = axis == 0 ? "Right ascension" : "Declination";
    result.push_back({"CTYPE" + n, std::string(wcs.ctype[axis]), name});
    result.push_back({"CRPIX" + n, wcs.crpix[axis], "Reference pixel, counted from 1"});
    // Astronomers look for RA from 0 to 360 degrees; WSClean writes -180 to 180.
    const double value =
        axis == 0 && wcs.crval[0] < 0 ? wcs.crval[0] + kFullTurn_deg : wcs.crval[axis];
    result.push_back({"CRVAL" + n, value, std::string(name) + " there"});
    result.push_back({"CDELT" + n, wcs.cdelt[axis], "Step of a pixel"});
    result.push_back({"CUNIT" + n, std::string(wcs.cunit[axis]), ""});
  }
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      if (std::abs(wcs.pc[2 * i + j] - (i == j ? 1 : 0)) > 0)
        result.push_back({"PC" + std::to_string(i + 1) + "_" + std::to_string(j + 1),
                          wcs.pc[2 * i + j], "Rotation of axes"});
  for (int i = 0; i < wcs.npv; ++i)
    result.push_back({"PV" + std::to_string(wcs.pv[i].i) + "_" + std::to_string(wcs.pv[i].m),
                      wcs.pv[i].value, "Parameter of the projection"});
  result.push_back({"LONPOLE", wcs.cel.ref[2], "Native longitude of the celestial pole"});
  result.push_back({"LATPOLE", wcs.cel.ref[3], "Native latitude of the celestial pole"});
  result.push_back({"RADESYS", std::string("ICRS"), ""});
  result.push_back({"EQUINOX", 2000.0, "For readers that do not know RADESYS"});
  return result;
}

}  // namespace contimg::fits
