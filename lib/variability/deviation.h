// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace contimg::variability {

/// log10 of the two-sided chance of a deviation from the others: the larger of that by the stated
/// errors (Gauss) and that by the others' scatter (Student).
///
/// Given: the deviation over its stated error; the others' reduced chi2 and its degrees of freedom.
/// Notes: with honest errors the first is right, with errors that are wrong by a factor the second;
/// the larger is never more frequent than it says with either.
double log10_deviation(double d, double scatter, double dof);

/// The Gaussian significance of a two-sided chance when so many were looked at; at least 0.
double two_sided_sigma(double log10_p, double n_trial);

}  // namespace contimg::variability
