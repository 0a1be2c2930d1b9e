// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// What an operator can set of [injection], a part of Settings (base/settings.h).
/// docs/injection.md says what each does.
struct InjectionSettings {
  int injection_every = 0;     ///< Known sources go into every so many-th tile; 0: into none.
  int injection_sources = 50;  ///< In a tile.
  double injection_min_snr = 3, injection_max_snr = 30;  ///< Apparent flux density over local rms.
  int injection_seed = 1;                                ///< With the group's id: where they lie.
  // When a night's are told of.
  double injection_min_completeness = 0.9;  ///< Of those with an SNR of 8 or more.
  double injection_max_bias = 0.02;         ///< Of their flux densities, as a share.
  int injection_min_sources = 30;           ///< With fewer of them a night is not judged.
};

}  // namespace contimg
