#include "harness/network/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "harness/core/error.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + rest;
}

class Safetensors : public testing::Test {
 protected:
  /// The error of reading a file with this header and `data` bytes of data, without the name of the file.
  std::string error(const std::string& header, std::size_t data) {
    return error_of_bytes(with_length(header.size(), header + std::string(data, '\1')));
  }
  std::string error_of_bytes(const std::string& bytes) {
    const std::string file = folder_.write("x.safetensors", bytes);
    const std::string text = test::error_text<DataError>([&] { read_safetensors(file); });
    return text.starts_with(file + ": ") ? text.substr(file.size() + 2) : text;
  }
  test::TemporaryFolder folder_;
};

TEST_F(Safetensors, EveryTypeComesBackAsItWas) {
  std::map<std::string, Tensor> tensors;
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kHalf, at::kByte, at::kChar, at::kInt, at::kLong})
    tensors[c10::toString(type)] = at::arange(6, type).view({2, 3});
  tensors["scalar"] = at::ones({});
  tensors["empty"] = at::empty({0, 4});
  tensors["transposed"] = at::arange(6, at::kFloat).view({2, 3}).t();
  const std::string file = folder_ / "all.safetensors";
  write_safetensors(tensors, file);
  const std::map<std::string, Tensor> read = read_safetensors(file);
  ASSERT_EQ(read.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(read.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(read.at(name), tensor)) << name;
  }
}

TEST_F(Safetensors, MetadataIsNoTensor) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  const std::string file = folder_.write("m.safetensors", with_length(header.size(), header + "\5\6"));
  const auto tensors = read_safetensors(file);
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_TRUE(at::equal(tensors.at("a"), at::tensor({5, 6}, at::kByte)));
}

TEST_F(Safetensors, DamagedFilesAreErrorsThatNameTheTensor) {
  EXPECT_EQ(error_of_bytes("abc"), "truncated: 3 bytes, no header");
  EXPECT_EQ(error_of_bytes(with_length(100, "{}")), "truncated: header of 100 bytes, file of 10");
  EXPECT_EQ(error_of_bytes("this is no safetensors file"),
            "not a safetensors file: header of 2338328219631577204 bytes");
  EXPECT_EQ(error("{\"a\":", 0), "the header is not a JSON object");
  EXPECT_EQ(error("[]", 0), "the header is not a JSON object");
  EXPECT_EQ(error(R"({"a":{"shape":[2],"data_offsets":[0,2]}})", 2), "tensor 'a': header has no dtype");
  EXPECT_EQ(error(R"({"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}})", 2),
            "tensor 'a': dtype BF16 is not supported; known: F64, F32, F16, U8, I8, I32, I64");
  EXPECT_EQ(error(R"({"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}})", 2),
            "tensor 'a': header has no valid shape");
  EXPECT_EQ(error(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0]}})", 2),
            "tensor 'a': header has no valid data_offsets");
  EXPECT_EQ(error(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}})", 2),
            "tensor 'a': data_offsets run backwards");
  EXPECT_EQ(error(R"({"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})", 20),
            "tensor 'a': 20 bytes do not fit shape [2,3], which needs 24");
  EXPECT_EQ(error(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0),
            "tensor 'a': shape [4611686018427387904,4] is too large");
}

TEST_F(Safetensors, ATruncatedFileNamesTheFirstTensorThatIsCut) {
  const std::string file = folder_ / "cut.safetensors";
  write_safetensors({{"a", at::zeros({10})}, {"b", at::zeros({10})}}, file);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 8);
  EXPECT_EQ(test::error_text<DataError>([&] { read_safetensors(file); }),
            file + ": tensor 'b': truncated: data end at byte 80 of 72");
}

TEST_F(Safetensors, MissingFilesAndUnwritablePlacesAreErrors) {
  const std::string missing = folder_ / "none.safetensors";
  EXPECT_EQ(test::error_text<DataError>([&] { read_safetensors(missing); }),
            missing + ": cannot be opened: No such file or directory");
  const std::string nowhere = folder_ / "no/such/folder.safetensors";
  EXPECT_EQ(test::error_text<DataError>([&] {
              write_safetensors({{"a", at::zeros({1})}}, nowhere);
            }),
            nowhere + ": cannot be written: No such file or directory");
}

}  // namespace
}  // namespace assay
