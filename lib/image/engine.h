// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "fits/image.h"
#include "image/engine_log.h"
#include "image/grid.h"

/// WSClean, run and watched.
namespace contimg::image {

/// WSClean ended in a way that may not come again (killed, hung): worth another try, but counted.
class EngineFailure : public Error {
 public:
  using Error::Error;
};

struct EngineSettings {
  std::string program = "wsclean";
  Grid grid;
  Weighting weighting;
  int niter = 20000;
  double gain = 0.1, mgain = 0.9;
  double auto_mask = 5, auto_threshold = 1.5;  ///< In noises; 0: none.
  double threshold_jy = 0;
  double min_uv_lambda = 0;
  double max_uv_lambda = 0;  ///< 0: none.
  double accuracy = 1e-2;    ///< Of gridding; docs/tools/image-ms.md has what it means.
  int nterms = 1;            ///< Above 1 the band is cleaned in parts, and joined by a polynomial.
  std::size_t n_thread = 2;
  double memory_gb = 3;
  double timeout_s = 1800, stall_timeout_s = 300;
};

/// Hooks; both may be empty.
struct EngineObserver {
  std::function<void(double share)> progress;  ///< Of the work, foreseen: grows from 0 to 1.
  std::function<void()> check;                 ///< Called often; throws to end the work.
};

/// What WSClean made of a set.
struct EngineRun {
  std::string command_line;
  EngineLog log;
  fits::Image image, psf;
  fits::Image residual, dirty, model;  ///< Empty when niter is 0, for then nothing is cleaned.
  double cleaned_flux_jy = 0;          ///< Sum of the model.
  double seconds = 0;
};

/// WSClean's arguments: image `w` of these sets, all paths relative to the folder it runs in.
std::vector<std::string> engine_arguments(const EngineSettings& settings,
                                          const std::vector<std::string>& sets);

/// Runs WSClean in `folder` on the sets in it, and reads what it wrote.
///
/// Throws TemporaryError when there is no such program or the disk is full; DataError when it
/// refuses its input, has written no image, or one that is blank throughout; EngineFailure when it
/// was ended by a signal, the timeout or for want of progress. All with its last lines.
EngineRun run_engine(const std::string& folder, const std::vector<std::string>& sets,
                     const EngineSettings& settings, const EngineObserver& observer = {});

/// Why a clean has diverged; empty when it has not. It has where the residual's peak or its noise
/// (1.4826 MAD) is larger than the dirty image's, the residual or model is not finite, or what was
/// added to the residual (image minus residual: the model as the beam shows it) is negative by
/// more than 5 times the residual's noise and 5 % of its own peak.
std::string why_diverged(const EngineRun& run);

/// Runs WSClean, and once more with half the gain and at most 0.5 of `mgain` where the first
/// diverged, telling `note` why. Throws DataError when that diverges too.
EngineRun run_until_sound(const std::string& folder, const std::vector<std::string>& sets,
                          const EngineSettings& settings, const EngineObserver& observer,
                          const std::function<void(const std::string& why)>& note);

}  // namespace contimg::image
