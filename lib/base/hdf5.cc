// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/hdf5.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/hdf5_fault.h"

namespace contimg::hdf5 {
namespace {

Handle owned(hid_t id, const std::string& label, const char* what, const std::string& file = {}) {
  if (id < 0) fail(label, what);
  return Handle(id, file);
}

void require(herr_t code, const std::string& label, const char* what) {
  if (code < 0) fail(label, what);
}

// Of the chunk that begins at `start`; 0: it was never written.
hsize_t stored_byte(hid_t dataset, const std::string& label, const Shape& start) {
  hsize_t size_byte = 0;
  if (H5Dget_chunk_storage_size(dataset, start.data(), &size_byte) >= 0) return size_byte;
  require_sound_disk(label, complaint());
  return 0;
}

bool lies_elsewhere(hid_t dataset, hid_t file, const std::string& label) {
  H5O_info_t here = {}, there = {};
  require(H5Oget_info2(file, &here, H5O_INFO_BASIC), label, "no description of its file");
  require(H5Oget_info2(dataset, &there, H5O_INFO_BASIC), label, "no description");
  const Handle list = owned(H5Dget_create_plist(dataset), label, "no creation properties");
  return here.fileno != there.fileno || H5Pget_external_count(list.get()) > 0 ||
         H5Pget_layout(list.get()) == H5D_VIRTUAL;
}

void trim(std::string& text) {
  const auto end = text.find_last_not_of(std::string("\0 ", 2));
  text.erase(end == std::string::npos ? 0 : end + 1);
}

}  // namespace

Dataset::Dataset(Handle handle, std::string label)
    : handle_(std::move(handle)), label_(std::move(label)) {
  const Handle space = owned(H5Dget_space(handle_.get()), label_, "no dataspace");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) fail(label_, "no simple dataspace");
  shape_.resize(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.get(), shape_.data(), nullptr);
}

Shape Dataset::chunk_shape() const {
  const Handle list = owned(H5Dget_create_plist(handle_.get()), label_, "no creation properties");
  if (H5Pget_layout(list.get()) != H5D_CHUNKED) return {};
  Shape shape(shape_.size());
  H5Pget_chunk(list.get(), static_cast<int>(shape.size()), shape.data());
  return shape;
}

bool Dataset::has_filters() const {
  const Handle list = owned(H5Dget_create_plist(handle_.get()), label_, "no creation properties");
  return H5Pget_nfilters(list.get()) != 0;
}

Handle Dataset::type() const { return owned(H5Dget_type(handle_.get()), label_, "no type"); }

std::size_t Dataset::element_size() const {
  const Handle stored = type();
  return H5Tget_size(stored.get());
}

Kind Dataset::kind() const {
  const Handle stored = type();
  switch (H5Tget_class(stored.get())) {
    case H5T_INTEGER:
      return Kind::integer;
    case H5T_FLOAT:
      return Kind::real;
    case H5T_ENUM:
      return Kind::boolean;
    case H5T_BITFIELD:
      return Kind::bits;
    case H5T_STRING:
      return Kind::text;
    case H5T_COMPOUND: {
      if (H5Tget_nmembers(stored.get()) != 2 || H5Tget_member_index(stored.get(), "r") != 0 ||
          H5Tget_member_index(stored.get(), "i") != 1)
        return Kind::other;
      const Handle r(H5Tget_member_type(stored.get(), 0));
      const Handle i(H5Tget_member_type(stored.get(), 1));
      return H5Tequal(r.get(), i.get()) > 0 ? Kind::complex : Kind::other;
    }
    default:
      return Kind::other;
  }
}

void Dataset::read(hid_t memory_type, const Shape& start, const Shape& count, void* data) const {
  const Handle file_space = owned(H5Dget_space(handle_.get()), label_, "no dataspace");
  require(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                              nullptr),
          label_, "the part asked for is outside");
  const Handle memory_space = owned(
      H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), label_, "bad shape");
  require(
      H5Dread(handle_.get(), memory_type, memory_space.get(), file_space.get(), H5P_DEFAULT, data),
      label_, "cannot be read; the file is damaged or truncated");
}

void Dataset::read_everything(hid_t memory_type, void* data) const {
  require(H5Dread(handle_.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), label_,
          "cannot be read; the file is damaged, truncated, or of another type");
}

double Dataset::element(hsize_t index) const {
  if (shape_.empty()) {
    double value = 0;
    read_everything(H5T_NATIVE_DOUBLE, &value);
    return value;
  }
  if (index >= shape_.back() || size() != shape_.back())
    throw DataError(label_ + ": has no element " + std::to_string(index));
  Shape start(shape_.size(), 0);
  start.back() = index;
  double value = 0;
  read(H5T_NATIVE_DOUBLE, start, Shape(shape_.size(), 1), &value);
  return value;
}

bool Dataset::has_chunk(const Shape& start) const {
  return stored_byte(handle_.get(), label_, start) > 0;
}

std::optional<Chunk> Dataset::chunk(const Shape& start) const {
  unsigned filter_mask = 0;
  Chunk chunk{};
  require(H5Dget_chunk_info_by_coord(handle_.get(), start.data(), &filter_mask, &chunk.offset_byte,
                                     &chunk.size_byte),
          label_, "chunk index cannot be read; the file is damaged or truncated");
  if (chunk.offset_byte == HADDR_UNDEF) return std::nullopt;
  return chunk;
}

bool Dataset::read_chunk(const Shape& start, void* data, std::size_t size_byte) const {
  const hsize_t stored = stored_byte(handle_.get(), label_, start);
  if (stored == 0) return false;
  if (stored != size_byte)
    fail(label_, "has a chunk of " + std::to_string(stored) + " bytes, expected " +
                     std::to_string(size_byte));
  std::uint32_t filter_mask = 0;
  require(H5Dread_chunk(handle_.get(), H5P_DEFAULT, start.data(), &filter_mask, data), label_,
          "cannot be read; the file is damaged or truncated");
  return true;
}

std::vector<char> Dataset::fill_value() const {
  const Handle list = owned(H5Dget_create_plist(handle_.get()), label_, "no creation properties");
  const Handle stored = type();
  std::vector<char> value(H5Tget_size(stored.get()), '\0');
  require(H5Pget_fill_value(list.get(), stored.get(), value.data()), label_, "no fill value");
  return value;
}

void Dataset::write(hid_t memory_type, const void* data) const {
  require(H5Dwrite(handle_.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), label_,
          "cannot be written");
}

void Dataset::write(hid_t memory_type, const Shape& start, const Shape& count,
                    const void* data) const {
  const Handle file_space = owned(H5Dget_space(handle_.get()), label_, "no dataspace");
  require(H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                              nullptr),
          label_, "the part to be written is outside");
  const Handle memory_space = owned(
      H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), label_, "bad shape");
  require(
      H5Dwrite(handle_.get(), memory_type, memory_space.get(), file_space.get(), H5P_DEFAULT, data),
      label_, "cannot be written");
}

void Dataset::write_chunk(const Shape& start, const void* data, std::size_t size_byte) const {
  require(H5Dwrite_chunk(handle_.get(), H5P_DEFAULT, 0, start.data(), size_byte, data), label_,
          "chunk cannot be written");
}

File File::open(const std::string& path) {
  initialise_library();
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    const std::string what = path + ": " + std::strerror(errno);
    if (errno == ENOENT || errno == ENOTDIR) throw DataError(what + ", expected a UVH5 file");
    throw TemporaryError(what);
  }
  if (!S_ISREG(status.st_mode)) throw DataError(path + ": not a regular file");
  if (status.st_size == 0) throw DataError(path + ": empty (0 bytes), expected a UVH5 file");
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    throw TemporaryError(path + ": " + std::strerror(errno) + "; check its owner and mode");
  ::close(descriptor);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.get(), false, true);
  hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get());
  if (id < 0) {
    require_sound_disk(path, complaint());
    const bool is_hdf5 = H5Fis_hdf5(path.c_str()) > 0;
    fail(path, is_hdf5 ? "truncated or damaged HDF5 file; copy it again from the correlator"
                       : "not an HDF5 file");
  }
  return File(Handle(id), path);
}

File File::create(const std::string& path) {
  initialise_library();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.get(), false, true);
  hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
  if (id < 0) {
    H5Eclear2(H5E_DEFAULT);
    throw TemporaryError(path + ": cannot be created: " + std::strerror(errno));
  }
  return File(Handle(id, path), path);
}

File File::modify(const std::string& path) {
  initialise_library();
  const Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access.get(), false, true);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, access.get());
  if (id < 0) fail(path, "cannot be opened for writing");
  return File(Handle(id, path), path);
}

void File::remove(const std::string& name) const {
  require(H5Ldelete(handle_.get(), name.c_str(), H5P_DEFAULT), path_ + ": " + name,
          "cannot be removed");
}

bool File::has(const std::string& name) const {
  for (auto slash = name.find('/');; slash = name.find('/', slash + 1)) {
    const htri_t there = H5Lexists(handle_.get(), name.substr(0, slash).c_str(), H5P_DEFAULT);
    if (there < 0) require_sound_disk(path_ + ": " + name, complaint());
    if (there <= 0) return false;
    if (slash == std::string::npos) return true;
  }
}

Dataset File::dataset(const std::string& name) const {
  const std::string label = path_ + ": " + name;
  if (!has(name)) throw DataError(label + " is missing");
  Handle opened = owned(H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT), label,
                        "cannot be opened as a dataset");
  if (lies_elsewhere(opened.get(), handle_.get(), label))
    throw DataError(label + ": its values lie in another file, expected them in this one");
  return Dataset(std::move(opened), label);
}

std::vector<std::string> File::members(const std::string& group) const {
  std::vector<std::string> names;
  if (!has(group)) return names;
  const H5L_iterate_t keep = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  require(H5Literate_by_name(handle_.get(), group.c_str(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
                             keep, &names, H5P_DEFAULT),
          path_, ("cannot list " + group).c_str());
  return names;
}

double File::real(const std::string& name) const {
  const std::vector<double> values = dataset(name).read_all<double>();
  if (values.size() != 1) throw DataError(path_ + ": " + name + " is not a single number");
  return values[0];
}

std::int64_t File::integer(const std::string& name) const {
  const std::vector<std::int64_t> values = dataset(name).read_all<std::int64_t>();
  if (values.size() != 1) throw DataError(path_ + ": " + name + " is not a single number");
  return values[0];
}

std::string File::text(const std::string& name) const {
  const std::vector<std::string> values = texts(name);
  if (values.size() != 1) throw DataError(path_ + ": " + name + " is not a single string");
  return values[0];
}

std::vector<std::string> File::texts(const std::string& name) const {
  const Dataset data = dataset(name);
  const Handle type = data.type();
  if (H5Tget_class(type.get()) != H5T_STRING) throw DataError(data.label() + " is not a string");
  std::vector<std::string> values(data.readable_size());
  if (H5Tis_variable_str(type.get()) > 0) {
    const Handle space(H5Dget_space(data.get()));
    std::vector<char*> pointers(values.size(), nullptr);
    require(H5Dread(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()),
            data.label(), "cannot be read");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (pointers[i]) values[i] = pointers[i];
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, pointers.data());
  } else {
    const std::size_t length = H5Tget_size(type.get());
    std::vector<char> bytes(values.size() * length);
    require(H5Dread(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()),
            data.label(), "cannot be read");
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i].assign(bytes.data() + i * length, length);
  }
  for (std::string& value : values) trim(value);
  return values;
}

void File::create_group(const std::string& name) const {
  owned(H5Gcreate2(handle_.get(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), path_,
        "group cannot be created", path_);
}

Dataset File::create_dataset(const std::string& name, hid_t type, const Shape& shape,
                             const Shape& chunk, bool extensible) const {
  Shape largest = shape;
  if (extensible && !largest.empty()) largest[0] = H5S_UNLIMITED;
  const Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(shape.size()), shape.data(),
                                                      largest.data()));
  const Handle list(H5Pcreate(H5P_DATASET_CREATE));
  // As h5py does, so that the same content makes the same file.
  H5Pset_obj_track_times(list.get(), false);
  if (!chunk.empty()) H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data());
  const std::string label = path_ + ": " + name;
  return Dataset(owned(H5Dcreate2(handle_.get(), name.c_str(), type, space.get(), H5P_DEFAULT,
                                  list.get(), H5P_DEFAULT),
                       label, "dataset cannot be created", path_),
                 label);
}

void File::write_scalar(const std::string& name, double value) const {
  create_dataset(name, H5T_NATIVE_DOUBLE, {}).write(H5T_NATIVE_DOUBLE, &value);
}

void File::write_scalar(const std::string& name, std::int64_t value) const {
  create_dataset(name, H5T_NATIVE_INT64, {}).write(H5T_NATIVE_INT64, &value);
}

void File::write_fixed_string(const std::string& name, const std::string& value) const {
  const Handle type = fixed_string_type(value.size());
  const std::string padded = value.empty() ? std::string(1, '\0') : value;
  create_dataset(name, type.get(), {}).write(type.get(), padded.data());
}

void File::write_variable_string(const std::string& name, const std::string& value) const {
  const Handle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  const char* text = value.c_str();
  create_dataset(name, type.get(), {}).write(type.get(), &text);
}

void File::flush() const {
  require_closed(path_);
  require(H5Fflush(handle_.get(), H5F_SCOPE_GLOBAL), path_, "cannot be written");
}

void refuse(const File& file, const std::string& what) {
  throw DataError(file.path() + ": " + what);
}

}  // namespace contimg::hdf5
