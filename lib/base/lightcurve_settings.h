// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg {

/// What an operator can set of [lightcurve], a part of Settings (base/settings.h).
struct LightcurveSettings {
  double de_ruiter = 5.68;     ///< Largest de Ruiter radius of an association.
  double systematic = 0;       ///< Least share of a flux density in its error.
  double unnormalised = 0.05;  ///< The same where an epoch has no gain.
  double reference_snr = 50;   ///< Sources of the ensemble are this bright.
  int reference_epochs = 10;   ///< Epochs of a source before it can be of the first ensemble.
  int min_references = 3;      ///< Of an epoch's gain.
  int variable_epochs = 5;     ///< A source needs so many points to be a candidate.
  double variable_sigma = 5;   ///< Significance at which a source is a candidate.
  double variable_modulation = 0.05;  ///< Least V of a candidate for being variable.
};

}  // namespace contimg
