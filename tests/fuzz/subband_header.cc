// SPDX-License-Identifier: GPL-3.0-or-later
// Subband files that HDF5 finds in order but whose contents are not (lib/subband): the input says what
// becomes of the datasets of a right file: taken out, of another type or shape, linked, stored elsewhere,
// never written, filled with strange numbers.
#include <algorithm>
#include <array>

#include "harness.h"
#include "header_check.h"
#include "subband/made_file.h"

using namespace contimg;

namespace {

const std::vector<std::string> kNames = {"Header/latitude",
                                         "Header/longitude",
                                         "Header/altitude",
                                         "Header/telescope_name",
                                         "Header/object_name",
                                         "Header/phase_type",
                                         "Header/phase_center_app_dec",
                                         "Header/Nants_data",
                                         "Header/Nants_telescope",
                                         "Header/Nbls",
                                         "Header/Nblts",
                                         "Header/Ntimes",
                                         "Header/Nfreqs",
                                         "Header/Npols",
                                         "Header/Nspws",
                                         "Header/channel_width",
                                         "Header/freq_array",
                                         "Header/time_array",
                                         "Header/integration_time",
                                         "Header/ant_1_array",
                                         "Header/ant_2_array",
                                         "Header/uvw_array",
                                         "Header/antenna_numbers",
                                         "Header/antenna_positions",
                                         "Header/antenna_diameters",
                                         "Header/antenna_names",
                                         "Header/polarization_array",
                                         "Data/visdata",
                                         "Data/flags",
                                         "Data/nsamples",
                                         "Header/history",
                                         "Header/version",
                                         "Header/telescope_frame",
                                         "Header/phase_center_ra",
                                         "Header/phase_center_dec",
                                         "Header/phase_center_epoch",
                                         "Header/phase_center_frame",
                                         "Header/phase_center_catalog",
                                         "Header",
                                         "Data"};

// What elements may be. Some are no numbers, some are strings that end nowhere.
hdf5::Handle type_of(fuzz::Bytes& bytes) {
  const auto copy = [](hid_t type) { return hdf5::Handle(H5Tcopy(type)); };
  switch (bytes.below(14)) {
    case 0:
      return copy(H5T_IEEE_F64LE);
    case 1:
      return copy(H5T_STD_I64LE);
    case 2:
      return copy(H5T_IEEE_F32BE);
    case 3:
      return copy(H5T_STD_U8LE);
    case 4:
      return copy(H5T_STD_U64BE);
    case 5:
      return hdf5::boolean_type();
    case 6:
      return hdf5::complex64_type();
    case 7: {
      hdf5::Handle type(H5Tcreate(H5T_COMPOUND, 2 * sizeof(double)));
      H5Tinsert(type.get(), "r", 0, H5T_NATIVE_DOUBLE);
      H5Tinsert(type.get(), "i", sizeof(double), H5T_NATIVE_DOUBLE);
      return type;
    }
    case 8:
      return hdf5::fixed_string_type(1 + bytes.below(40));
    case 9: {
      hdf5::Handle type = copy(H5T_C_S1);
      H5Tset_size(type.get(), H5T_VARIABLE);
      return type;
    }
    case 10: {
      const std::array<hsize_t, 1> size = {1 + bytes.below(5)};
      return hdf5::Handle(H5Tarray_create2(H5T_IEEE_F64LE, 1, size.data()));
    }
    case 11:
      return hdf5::Handle(H5Tcreate(H5T_OPAQUE, 1 + bytes.below(30)));
    case 12:
      return copy(H5T_STD_B8LE);
    default:
      return hdf5::Handle(H5Tvlen_create(H5T_IEEE_F64LE));
  }
}

hdf5::Shape shape_of(fuzz::Bytes& bytes) {
  static const std::vector<hsize_t> sizes = {0,
                                             1,
                                             2,
                                             3,
                                             4,
                                             5,
                                             7,
                                             8,
                                             15,
                                             60,
                                             61,
                                             1000,
                                             1 << 20,
                                             hsize_t{1} << 32,
                                             hsize_t{1} << 40,
                                             (hsize_t{1} << 62) + 1};
  hdf5::Shape shape(bytes.below(5));
  for (hsize_t& size : shape) size = bytes.pick(sizes);
  return shape;
}

// Written only where that is little: what was never written is read as zeros.
void write_values(fuzz::Bytes& bytes, const hdf5::Handle& dataset, const hdf5::Handle& type,
                  const hdf5::Shape& shape) {
  std::size_t n = 1;
  for (const hsize_t size : shape) n = size > 4096 || n > 4096 ? 4097 : n * size;
  const H5T_class_t kind = H5Tget_class(type.get());
  if (n > 4096) return;
  if (kind == H5T_INTEGER || kind == H5T_FLOAT) {
    std::vector<double> values(n, bytes.number());
    for (std::size_t i = bytes.below(8); i-- > 0 && n > 0;) values[bytes.below(n)] = bytes.number();
    H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  } else if (H5Tis_variable_str(type.get()) > 0) {
    const std::string text = bytes.text(20);
    const std::vector<const char*> values(n, bytes.below(4) == 0 ? nullptr : text.c_str());
    H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  } else if (kind != H5T_VLEN) {
    const std::vector<char> values(n * H5Tget_size(type.get()) + 1,
                                   static_cast<char>(bytes.byte()));
    H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
}

hdf5::Handle storage_of(fuzz::Bytes& bytes, const hdf5::Shape& shape) {
  hdf5::Handle list(H5Pcreate(H5P_DATASET_CREATE));
  const std::size_t how = bytes.below(8);
  if (how == 1)
    H5Pset_external(list.get(), (fuzz::folder() + "/elsewhere").c_str(), 0, H5F_UNLIMITED);
  if (how < 2 || shape.empty()) return list;
  hdf5::Shape chunk(shape.size());
  for (hsize_t& size : chunk) size = 1 + bytes.below(16);
  H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data());
  if (how == 3) H5Pset_deflate(list.get(), 1);
  if (how == 4) H5Pset_shuffle(list.get());
  if (how == 5) H5Pset_fletcher32(list.get());
  if (how == 6) H5Pset_filter(list.get(), 32000, H5Z_FLAG_OPTIONAL, 0, nullptr);
  return list;
}

void replace(fuzz::Bytes& bytes, hid_t file, const std::string& name) {
  const hdf5::Handle type = type_of(bytes);
  const hdf5::Shape shape = shape_of(bytes);
  const hdf5::Handle space(
      shape.empty() ? H5Screate(H5S_SCALAR)
                    : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  const hdf5::Handle list = storage_of(bytes, shape);
  const hdf5::Handle dataset(H5Dcreate2(file, name.c_str(), type.get(), space.get(), H5P_DEFAULT,
                                        list.get(), H5P_DEFAULT));
  if (dataset.get() >= 0) write_values(bytes, dataset, type, shape);
}

// The right type and shape, other numbers.
void overwrite(fuzz::Bytes& bytes, hid_t file, const std::string& name) {
  const hdf5::Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
  if (dataset.get() < 0) return;
  const hdf5::Handle type(H5Dget_type(dataset.get())), space(H5Dget_space(dataset.get()));
  // Not the number of points, which may have overflowed.
  hdf5::Shape shape(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space.get()))));
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  write_values(bytes, dataset, type, shape);
}

void change(fuzz::Bytes& bytes, hid_t file) {
  const std::string name = bytes.pick(kNames);
  const std::size_t how = bytes.below(8);
  if (how == 0) return overwrite(bytes, file, name);
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  if (how < 4) return replace(bytes, file, name);
  const std::string other = "/" + bytes.pick(kNames);
  if (how == 4) H5Lcreate_soft(other.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  if (how == 5)
    H5Lcreate_external("other.hdf5", other.c_str(), file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  if (how == 6) hdf5::Handle(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

const std::string& right_file() {
  static const std::string bytes = [] {
    made::File made;
    made.n_antenna = 3;
    made.n_time = 2;
    made.n_channel = 4;
    const std::string path = fuzz::folder() + "/other.hdf5";
    made.write(path);
    fuzz::write_file("elsewhere", "what a subband file must not show");
    return fuzz::read_file(path);
  }();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const std::string path = fuzz::write_file("subband.hdf5", right_file());
  hdf5::initialise_library();
  {
    const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    for (int i = 0; i < 6 && !bytes.empty(); ++i) change(bytes, file.get());
    H5Eclear2(H5E_DEFAULT);
  }
  fuzz::read_subband(path);
  return 0;
}
