// SPDX-License-Identifier: GPL-3.0-or-later
#include "plot/gnuplot.h"

#include <cmath>
#include <cstdio>

#include "base/atomic_output.h"
#include "base/error.h"
#include "base/subprocess.h"

namespace contimg::plot {
namespace {

constexpr double kTimeout_s = 120;

std::string number(double value) {
  if (!std::isfinite(value)) return "NaN";
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

void Page::add_block(const std::string& name, const std::vector<std::vector<double>>& rows) {
  script_ += "$" + name + " << END_OF_BLOCK\n";
  for (const std::vector<double>& row : rows) {
    for (const double value : row) script_ += number(value) + " ";
    script_ += "\n";
  }
  script_ += "END_OF_BLOCK\n";
}

void Page::add(const std::string& commands) { script_ += commands + "\n"; }

void Page::write_png(const std::string& path) const {
  AtomicOutput picture(path, this_process(0), true);
  const std::string script_path = picture.path() + ".gnuplot";
  write_text_file(script_path, "set terminal pngcairo size " + std::to_string(width_) + "," +
                                   std::to_string(height_) +
                                   " noenhanced font 'sans,10' background 'white'\nset output " +
                                   quoted(picture.path()) + "\n" + script_ + "unset output\n");
  Command command;
  command.program = "gnuplot";
  command.arguments = {script_path};
  command.timeout_s = kTimeout_s;
  try {
    const Outcome outcome = run_program(command);
    remove_tree(script_path);
    if (outcome.exit_code != 0)
      throw TemporaryError(path + ": gnuplot failed, " + outcome.error_tail);
  } catch (const Error&) {
    remove_tree(script_path);
    throw;
  }
  picture.commit();
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') result += '\'';
    result += letter == '\n' ? ' ' : letter;
  }
  return result + "'";
}

}  // namespace contimg::plot
