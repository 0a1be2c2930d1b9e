// SPDX-License-Identifier: GPL-3.0-or-later
#include "simulate/faults.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/error.h"
#include "base/hdf5.h"
#include "simulate/random.h"

namespace contimg::simulate {
namespace {

const std::vector<std::pair<FaultKind, std::string>>& names() {
  static const std::vector<std::pair<FaultKind, std::string>> table = {
      {FaultKind::missing, "missing"},
      {FaultKind::duplicate, "duplicate"},
      {FaultKind::truncated, "truncated"},
      {FaultKind::zero_length, "zero-length"},
      {FaultKind::bit_flip, "bit-flip"},
      {FaultKind::nan_tail, "nan-tail"},
      {FaultKind::short_file, "short"},
      {FaultKind::mislabelled, "mislabelled"},
      {FaultKind::wrong_name, "wrong-name"},
      {FaultKind::wrong_time_origin, "wrong-time-origin"},
      {FaultKind::late, "late"},
      {FaultKind::restart_gap, "restart-gap"},
      {FaultKind::growing, "growing"},
      {FaultKind::not_hdf5, "not-hdf5"},
      {FaultKind::missing_dataset, "missing-dataset"},
      {FaultKind::wrong_shape, "wrong-shape"},
      {FaultKind::wrong_type, "wrong-type"},
      {FaultKind::frequency_gap, "frequency-gap"},
      {FaultKind::antenna_count, "antenna-count"}};
  return table;
}

std::size_t parse_index(const std::string& fault, const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
    throw UsageError("--fault " + fault + ": '" + text + "' is no number");
  return std::strtoul(text.c_str(), nullptr, 10);
}

const std::vector<std::string>& options_of(FaultKind kind) {
  static const std::map<FaultKind, std::vector<std::string>> table = {
      {FaultKind::truncated, {"fraction"}},      {FaultKind::bit_flip, {"bits", "in"}},
      {FaultKind::nan_tail, {"integrations"}},   {FaultKind::short_file, {"integrations"}},
      {FaultKind::wrong_name, {"with"}},         {FaultKind::late, {"delay"}},
      {FaultKind::restart_gap, {"gap"}},         {FaultKind::growing, {"seconds"}},
      {FaultKind::missing_dataset, {"dataset"}}, {FaultKind::frequency_gap, {"mhz"}}};
  static const std::vector<std::string> none;
  const auto found = table.find(kind);
  return found == table.end() ? none : found->second;
}

void replace_file(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << content;
  if (!file.flush()) throw TemporaryError(path + ": cannot be written");
}

void truncate_file(const std::string& path, double fraction) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0 ||
      truncate(path.c_str(), static_cast<off_t>(fraction * static_cast<double>(status.st_size))) !=
          0)
    throw TemporaryError(path + ": " + std::strerror(errno));
}

void flip_bit(const std::string& path, std::uint64_t byte, unsigned bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(byte));
  const int value = file.get();
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(static_cast<char>(static_cast<unsigned>(value) ^ (1U << bit)));
  if (!file.flush()) throw TemporaryError(path + ": cannot be changed");
}

void flip_bits(const std::string& path, const Fault& fault, std::uint64_t seed) {
  Random random({seed, 0xB17F11});
  const std::string where = fault.text("in", "data");
  if (where == "signature") return flip_bit(path, 1 + random.below(3), 0);
  if (where != "data")
    throw UsageError("--fault bit-flip: in=" + where + ", expected data or signature");
  const int count = static_cast<int>(fault.number("bits", 1));
  hdf5::Chunk first{};
  std::size_t row_bytes = 0;
  {
    const hdf5::Dataset data = hdf5::File::open(path).dataset("Data/visdata");
    first = data.chunk({0, 0, 0, 0}).value();
    const hdf5::Shape chunk = data.chunk_shape();
    row_bytes = std::min(chunk[0], data.shape()[0]) * chunk[2] * chunk[3] * 8;
  }
  for (int i = 0; i < count; ++i)
    flip_bit(path, first.offset_byte + random.below(row_bytes),
             static_cast<unsigned>(random.below(8)));
}

void spoil_type(const std::string& path) {
  const hdf5::File file = hdf5::File::modify(path);
  const hdf5::Shape shape = file.dataset("Header/time_array").shape();
  file.remove("Header/time_array");
  const hdf5::Handle type = hdf5::fixed_string_type(8);
  const std::string text(8 * shape.at(0), 'x');
  file.create_dataset("Header/time_array", type.get(), shape).write(type.get(), text.data());
}

void spoil_shape(const std::string& path) {
  const hdf5::File file = hdf5::File::modify(path);
  std::vector<double> frequencies = file.dataset("Header/freq_array").read_all<double>();
  frequencies.push_back(2 * frequencies.back() - frequencies.front());
  file.remove("Header/freq_array");
  file.write_array("Header/freq_array", frequencies, {1, frequencies.size()});
}

}  // namespace

double Fault::number(const std::string& name, double otherwise) const {
  const auto option = options.find(name);
  if (option == options.end()) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(option->second.c_str(), &end);
  if (option->second.empty() || *end != '\0')
    throw UsageError("--fault " + fault_name(kind) + ": " + name + "=" + option->second +
                     ", expected a number");
  return value;
}

std::string Fault::text(const std::string& name, const std::string& otherwise) const {
  const auto option = options.find(name);
  return option == options.end() ? otherwise : option->second;
}

std::string fault_name(FaultKind kind) {
  for (const auto& [known, name] : names())
    if (known == kind) return name;
  throw std::invalid_argument("fault without a name");
}

const std::vector<FaultKind>& all_fault_kinds() {
  static const std::vector<FaultKind> kinds = [] {
    std::vector<FaultKind> list;
    for (const auto& entry : names()) list.push_back(entry.first);
    return list;
  }();
  return kinds;
}

FileOutcome fault_outcome(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::missing:
      return FileOutcome::absent;
    case FaultKind::truncated:
    case FaultKind::zero_length:
    case FaultKind::mislabelled:
    case FaultKind::wrong_time_origin:
    case FaultKind::not_hdf5:
    case FaultKind::missing_dataset:
    case FaultKind::wrong_shape:
    case FaultKind::wrong_type:
    case FaultKind::frequency_gap:
      return FileOutcome::invalid;
    case FaultKind::bit_flip:
      return fault.text("in", "data") == "data" ? FileOutcome::valid : FileOutcome::invalid;
    default:
      return FileOutcome::valid;
  }
}

Fault parse_fault(const std::string& text) {
  std::istringstream stream(text);
  std::string word;
  std::getline(stream, word, ':');
  const auto known = std::find_if(names().begin(), names().end(),
                                  [&](const auto& entry) { return entry.second == word; });
  if (known == names().end()) {
    std::string list;
    for (const auto& entry : names()) list += (list.empty() ? "" : ", ") + entry.second;
    throw UsageError("--fault " + text + ": unknown kind, expected one of " + list);
  }
  Fault fault{known->first, {}, {}, false, {}};
  while (std::getline(stream, word, ':')) {
    const auto equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    const auto& allowed = options_of(fault.kind);
    if (key == "group")
      fault.group = parse_index(text, value);
    else if (key == "subband" && value == "all")
      fault.every_subband = true;
    else if (key == "subband")
      fault.subband = parse_index(text, value);
    else if (std::find(allowed.begin(), allowed.end(), key) != allowed.end())
      fault.options[key] = value;
    else
      throw UsageError("--fault " + text + ": unknown option '" + key + "'");
  }
  return fault;
}

std::vector<Fault> mixed_faults(std::uint64_t seed, std::size_t n_group, std::size_t n_subband) {
  const std::vector<FaultKind>& kinds = all_fault_kinds();
  Random random({seed, 0xFA017});
  std::vector<Fault> faults;
  for (std::size_t group = 0, next = 0; group + 2 < n_group; group += 3, ++next) {
    Fault fault{
        kinds[next % kinds.size()], group + random.below(3), random.below(n_subband), false, {}};
    if (fault.kind == FaultKind::growing) fault.options["seconds"] = "1";
    faults.push_back(fault);
  }
  return faults;
}

void damage_file(const std::string& path, const Fault& fault, std::uint64_t seed) {
  switch (fault.kind) {
    case FaultKind::truncated:
      return truncate_file(path, fault.number("fraction", 0.6));
    case FaultKind::zero_length:
      return truncate_file(path, 0);
    case FaultKind::bit_flip:
      return flip_bits(path, fault, seed);
    case FaultKind::not_hdf5:
      return replace_file(path, "This is not an HDF5 file.\n");
    case FaultKind::missing_dataset:
      return hdf5::File::modify(path).remove(fault.text("dataset", "Header/time_array"));
    case FaultKind::wrong_shape:
      return spoil_shape(path);
    case FaultKind::wrong_type:
      return spoil_type(path);
    default:
      return;
  }
}

}  // namespace contimg::simulate
