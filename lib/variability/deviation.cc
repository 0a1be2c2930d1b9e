// SPDX-License-Identifier: GPL-3.0-or-later
#include "variability/deviation.h"

#include <algorithm>
#include <cmath>

#include "variability/statistics.h"

namespace contimg::variability {

double log10_deviation(double d, double scatter, double dof) {
  const double by_errors = log10_chi2_survival(d * d, 1);
  // Others that are all alike, as made-up ones may be: nothing but the errors counts.
  if (!(scatter > 0)) return by_errors;
  return std::max(by_errors, log10_student_two_sided(d / std::sqrt(scatter), dof));
}

double two_sided_sigma(double log10_p, double n_trial) {
  return std::max(0.0,
                  gaussian_sigma(std::min(0.0, log10_p + std::log10(n_trial)) - std::log10(2.0)));
}

}  // namespace contimg::variability
