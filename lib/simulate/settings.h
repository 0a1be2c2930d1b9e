// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "astro/constants.h"
#include "simulate/faults.h"

namespace contimg::simulate {

/// Average of 96 correlator frames of 0.134217728 s; what time steps are made of.
inline constexpr double kIntegrationTimeS = 96 * 0.134217728;
/// The same as stored in the files, after a float32 multiplication in the correlator.
inline constexpr double kStoredIntegrationTimeS = 12.884902000427246;
/// From one group's first integration to the next one's: 24 integrations.
inline constexpr double kGroupCadenceS = 24 * kIntegrationTimeS;
inline constexpr double kSubbandWidthHz = 11718750.0;
/// Upper edge of sb00.
inline constexpr double kBandTopHz = 1498643188.4765625 + 122070.3125;
inline constexpr std::size_t kSubbandCount = 16;
inline constexpr double kDishDiameterM = 4.65;

/// What is to be observed.
struct ObservationSettings {
  std::optional<double> start_mjd_s;       ///< Stamp of the first group; whole seconds.
  std::optional<double> pointing_dec_rad;  ///< Apparent declination of the meridian point.
  std::size_t n_group = 1;
  std::size_t n_antenna = 96;
  bool outriggers = true;      ///< Without them no baseline is longer than 600 m.
  std::size_t n_channel = 48;  ///< Per subband; they share its 11.71875 MHz.
  std::size_t n_integration = 24;
  std::size_t n_subband = kSubbandCount;
  std::string earth_orientation_path;  ///< Empty: the built-in table.
};

/// What shines.
struct SkySettings {
  std::string csv_path;      ///< A list of sources; docs/formats/sky-csv.md.
  std::string calibrator;    ///< A primary calibrator's name.
  std::size_t n_random = 0;  ///< Random sources about each group's centre.
  double random_radius_rad = 1.5 * astro::kDegree;
  double flux_min_jy = 0.01;
  double flux_max_jy = 3.0;
};

/// How the instrument disturbs it. Everything zero: visibilities in Jy times the scale.
struct InstrumentSettings {
  double sefd_jy = 5800;                         ///< Of one antenna and polarisation; 0: no noise.
  double efficiency = 1;                         ///< Of the correlator.
  double gain_error = 0.1;                       ///< Rms of log amplitude.
  double phase_error_rad = 30 * astro::kDegree;  ///< Rms.
  double delay_error_s = 3e-9;                   ///< Rms.
  double bandpass_error = 0.05;  ///< Amplitude of ripples, and rms of steps between subbands.
  double drift = 0;              ///< Rms of slow changes of log amplitude and phase over hours.
  double scale = 1;              ///< Correlator units per Jy.
  bool channel_averaging =
      false;  ///< Smear over the channel width as the correlator's averaging does.
  std::vector<std::string>
      interference;            ///< narrow, broad, intermittent, structured; with options.
  double phase_drift_rad = 0;  ///< Rms of slow changes of phase alone, over hours.
  std::optional<double> drift_reference_mjd_s =
      {};  ///< Where drifts begin to count; else the start.
};

enum class LateFiles {
  write,  ///< After all other files of the run (and the delay asked for).
  hold,   ///< Leave them out.
  only,   ///< Write nothing else: what an earlier run with the same seed held back.
};

struct Settings {
  ObservationSettings observation;
  SkySettings sky;
  InstrumentSettings instrument;
  std::vector<Fault> faults;
  std::optional<std::uint64_t> fault_mix;  ///< Seed of a mixture of every kind of fault.
  LateFiles late = LateFiles::write;
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> noise_seed;  ///< Of the noise alone; else `seed`.
  double pace = 0;                          ///< 1: real time; 10: ten times faster; 0: no waiting.
  std::string output_dir = ".";
  std::size_t n_thread = 0;  ///< 0: one per processor.
  bool overwrite = false;
  std::string command_line;  ///< For the truth's provenance.
};

}  // namespace contimg::simulate
