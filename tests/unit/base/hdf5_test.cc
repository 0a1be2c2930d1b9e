// SPDX-License-Identifier: GPL-3.0-or-later
// Expected values: what was written here; h5py reads and writes the same files in
// tests/witness/uvh5_variants.py.
#include "base/hdf5.h"

#include <gtest/gtest.h>

#include <boost/filesystem.hpp>
#include <complex>
#include <fstream>

#include "base/error.h"

namespace contimg::hdf5 {
namespace {

namespace fs = boost::filesystem;

class Hdf5 : public testing::Test {
 protected:
  Hdf5() : path_((fs::temp_directory_path() / fs::unique_path("contimg-%%%%%%%%.hdf5")).string()) {}
  ~Hdf5() override { fs::remove(path_); }

  template <typename Work>
  void expect_refusal(const std::string& words, Work&& work) {
    try {
      work();
      FAIL() << "not refused, expected: " << words;
    } catch (const DataError& error) {
      const std::string text = error.what();
      EXPECT_EQ(text.find(path_), 0u) << text;
      EXPECT_NE(text.find(words), std::string::npos) << text;
    }
  }

  const std::string path_;
};

TEST_F(Hdf5, KeepsScalarsAndTexts) {
  {
    const File file = File::create(path_);
    file.create_group("a");
    file.create_group("a/b");
    file.write_scalar("a/real", 2.5);
    file.write_scalar("a/integer", std::int64_t{1} << 40);
    file.write_fixed_string("a/fixed", "drift");
    file.write_variable_string("a/variable", "grün");
  }
  const File file = File::open(path_);
  EXPECT_EQ(file.real("a/real"), 2.5);
  EXPECT_EQ(file.real("a/integer"), 1099511627776.0);
  EXPECT_EQ(file.integer("a/integer"), 1099511627776);
  EXPECT_EQ(file.text("a/fixed"), "drift");
  EXPECT_EQ(file.text("a/variable"), "grün");
  EXPECT_TRUE(file.has("a/b"));
  EXPECT_FALSE(file.has("a/c/d"));
  EXPECT_EQ(file.members("a"),
            (std::vector<std::string>{"b", "fixed", "integer", "real", "variable"}));
  EXPECT_TRUE(file.members("nothing").empty());
}

TEST_F(Hdf5, ReadsBoxesAndChunks) {
  std::vector<float> values(6 * 4);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  {
    const File file = File::create(path_);
    file.write_array("x", values, {6, 4}, {2, 4});
    file.create_dataset("empty", native_type<float>(), {6, 4}, {2, 4});
  }
  const File file = File::open(path_);
  const Dataset x = file.dataset("x");
  EXPECT_EQ(x.shape(), (Shape{6, 4}));
  EXPECT_EQ(x.chunk_shape(), (Shape{2, 4}));
  EXPECT_EQ(x.kind(), Kind::real);
  EXPECT_EQ(x.element_size(), 4u);
  EXPECT_FALSE(x.has_filters());
  EXPECT_EQ(x.read_all<double>()[23], 23.0);
  std::vector<float> box(4);
  x.read(native_type<float>(), {1, 2}, {2, 2}, box.data());
  EXPECT_EQ(box, (std::vector<float>{6, 7, 10, 11}));
  std::vector<float> chunk(8);
  EXPECT_TRUE(x.has_chunk({4, 0}));
  EXPECT_TRUE(x.read_chunk({4, 0}, chunk.data(), 32));
  EXPECT_EQ(chunk.front(), 16.0f);
  EXPECT_EQ(chunk.back(), 23.0f);

  const Dataset empty = file.dataset("empty");
  EXPECT_FALSE(empty.has_chunk({0, 0}));
  EXPECT_FALSE(empty.read_chunk({0, 0}, chunk.data(), 32));
  EXPECT_FALSE(empty.chunk({0, 0}));
}

TEST_F(Hdf5, TellsKindsApart) {
  const File file = File::create(path_);
  const Handle complex = complex64_type(), boolean = boolean_type(), text = fixed_string_type(3);
  EXPECT_EQ(file.create_dataset("c", complex.get(), {2}).kind(), Kind::complex);
  EXPECT_EQ(file.create_dataset("b", boolean.get(), {2}).kind(), Kind::boolean);
  EXPECT_EQ(file.create_dataset("t", text.get(), {2}).kind(), Kind::text);
  EXPECT_EQ(file.create_dataset("i", native_type<std::int32_t>(), {2}).kind(), Kind::integer);
  EXPECT_EQ(file.create_dataset("z", complex.get(), {2}).element_size(), 8u);
}

TEST_F(Hdf5, NamesFileAndDatasetInErrors) {
  expect_refusal("", [&] { File::open(path_); });
  std::ofstream(path_) << "no HDF5 at all";
  expect_refusal("", [&] { File::open(path_); });
  fs::remove(path_);
  {
    const File file = File::create(path_);
    file.write_fixed_string("word", "x");
    file.write_array("pair", std::vector<double>{1, 2}, {2});
  }
  const File file = File::open(path_);
  expect_refusal("nothing", [&] { file.dataset("nothing"); });
  expect_refusal("word", [&] { file.dataset("word").read_all<double>(); });
  expect_refusal("pair", [&] { file.real("pair"); });
  expect_refusal("pair", [&] { file.text("pair"); });
  double value = 0;
  expect_refusal("pair",
                 [&] { file.dataset("pair").read(native_type<double>(), {2}, {1}, &value); });
}

TEST_F(Hdf5, MakesNoRoomForWhatTheFileCannotHold) {
  {
    const File file = File::create(path_);
    const Handle text = fixed_string_type(8);
    for (const Shape& shape :
         {Shape{hsize_t{1} << 40}, Shape{hsize_t{1} << 40, hsize_t{1} << 40}}) {
      const std::string rank = std::to_string(shape.size());
      file.create_dataset("numbers" + rank, native_type<double>(), shape, Shape(shape.size(), 8));
      file.create_dataset("texts" + rank, text.get(), shape, Shape(shape.size(), 8));
    }
  }
  const File file = File::open(path_);
  for (const char* rank : {"1", "2"}) {
    const std::string numbers = std::string("numbers") + rank, texts = std::string("texts") + rank;
    expect_refusal(numbers + ": claims", [&] { file.dataset(numbers).read_all<double>(); });
    expect_refusal(numbers + ": claims", [&] { file.real(numbers); });
    expect_refusal(texts + ": claims", [&] { file.text(texts); });
  }
}

TEST_F(Hdf5, ReadsNothingFromOtherFiles) {
  const std::string other = path_ + ".other";
  File::create(other).write_scalar("number", 1.0);
  File::create(path_).write_scalar("here", 2.0);
  {
    const Handle raw(H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    H5Lcreate_external(other.c_str(), "/number", raw.get(), "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft("/here", raw.get(), "soft", H5P_DEFAULT, H5P_DEFAULT);
    const Handle list(H5Pcreate(H5P_DATASET_CREATE));
    H5Pset_external(list.get(), other.c_str(), 0, H5F_UNLIMITED);
    const hsize_t size = 4;
    const Handle space(H5Screate_simple(1, &size, nullptr));
    const Handle stored(H5Dcreate2(raw.get(), "stored", H5T_NATIVE_DOUBLE, space.get(), H5P_DEFAULT,
                                   list.get(), H5P_DEFAULT));
  }
  const File file = File::open(path_);
  expect_refusal("link: its values lie in another file", [&] { file.real("link"); });
  expect_refusal("stored: its values lie in another file", [&] { file.dataset("stored"); });
  EXPECT_EQ(file.real("soft"), 2);
  fs::remove(other);
}

}  // namespace
}  // namespace contimg::hdf5
