// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace contimg::variability {

/// A number known of the sum of one unknown of a source and one of an epoch.
struct Link {
  std::size_t source = 0, epoch = 0;
  double value = 0, weight = 0;
};

struct NetworkSolution {
  std::vector<double> source, epoch;  ///< Unknowns without links are 0.
};

/// The least squares of sum weight (value - source - epoch)^2.
///
/// Notes: the epochs are eliminated and the sources solved for by conjugate gradients, so that a long
/// chain of epochs that share few sources (a drifting strip) needs as many steps as it is long, not
/// its square as taking turns would. In each connected set the sources may all rise by what the epochs
/// fall: the solution is the one nearest to 0.
NetworkSolution solve_network(std::size_t n_source, std::size_t n_epoch,
                              const std::vector<Link>& links);

}  // namespace contimg::variability
