# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a telescope on the Earth sees ICRS directions, by matrices of python3-erfa.

The route is bias-precession-nutation-rotation (c2t06a), Earth ephemeris (epv00), light bending
(ldsun) and aberration (ab): neither the converter's code nor ERFA's astrometry functions.
"""
import erfa
import numpy as np

LIGHT = 299792458.0
EARTH_RATE = 7.292115855306589e-5  # rad/s, d(ERA)/dt
AU_PER_DAY = erfa.DAU / erfa.DAYSEC
LIGHT_AU_PER_DAY = LIGHT / AU_PER_DAY


def unit(vector):
    return vector / np.linalg.norm(vector)


class EarthFrame:
    """One instant at one site. Directions are unit vectors, ICRS or (as seen) in ITRF axes."""

    def __init__(self, day, fraction, earth, site_m, polar_motion=True):
        """At the UTC Julian date `day` + `fraction`; a double alone holds 0.6 mas of rotation."""
        tt = fraction + (earth["tai_utc_s"] + 32.184) / erfa.DAYSEC
        ut1 = fraction + earth["ut1_utc_s"] / erfa.DAYSEC
        pole = (earth["polar_x_rad"], earth["polar_y_rad"]) if polar_motion else (0.0, 0.0)
        self.to_itrf = erfa.c2t06a(day, tt, day, ut1, *pole)
        heliocentric, barycentric = erfa.epv00(day, tt)
        site_velocity = np.cross([0, 0, EARTH_RATE], site_m) / LIGHT
        self.velocity = barycentric["v"] / LIGHT_AU_PER_DAY + self.to_itrf.T @ site_velocity
        self.sun_distance = np.linalg.norm(heliocentric["p"])
        self.sun_to_observer = heliocentric["p"] / self.sun_distance
        self.contraction = np.sqrt(1 - self.velocity @ self.velocity)

    def seen(self, icrs):
        """ICRS unit vector -> apparent unit vector in ITRF axes."""
        bent = erfa.ldsun(icrs, self.sun_to_observer, self.sun_distance)
        shifted = erfa.ab(bent, self.velocity, self.sun_distance, self.contraction)
        return self.to_itrf @ unit(shifted)

    def place_seen_at(self, itrf):
        """The inverse of seen(), by iteration."""
        wanted = self.to_itrf.T @ itrf
        icrs = wanted
        for _ in range(10):
            icrs = unit(icrs + wanted - self.to_itrf.T @ self.seen(icrs))
        return icrs

    def uvw_axes(self, icrs):
        """Rows u, v, w: w to the apparent place, v to apparent ICRS north (half a degree about)."""
        ra, dec = erfa.c2s(icrs)
        step = np.pi / 360
        w = self.seen(icrs)
        north = self.seen(erfa.s2c(ra, dec + step)) - self.seen(erfa.s2c(ra, dec - step))
        v = unit(north - (north @ w) * w)
        return np.stack([np.cross(v, w), v, w])


def meridian(truth):
    """The ITRF direction with hour angle 0 at the declination pointed at."""
    return erfa.s2c(truth["site"]["longitude_rad"], truth["pointing_dec_rad"])


def frames(truth, polar_motion=True):
    """One EarthFrame an integration."""
    return [EarthFrame(np.floor(jd), jd % 1, earth, np.array(truth["site"]["itrf_m"]), polar_motion)
            for jd, earth in zip(truth["time_jd"], truth["earth_orientation"])]


def middle_frame(truth, polar_motion=True):
    """The instant half-way between the first and the last integration."""
    first, last = truth["earth_orientation"][0], truth["earth_orientation"][-1]
    earth = {key: (first[key] + last[key]) / 2 for key in first}
    day = np.floor(truth["time_jd"][0])
    fraction = (truth["time_jd"][0] - day + (truth["time_jd"][-1] - day)) / 2
    return EarthFrame(day, fraction, earth, np.array(truth["site"]["itrf_m"]), polar_motion)
