#include "bench/prepared.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/crc.hpp>
#include <filesystem>
#include <fstream>

#include "harness/network/load.h"
#include "harness/network/safetensors.h"

namespace assay::bench {
namespace {

using Tensors = std::map<std::string, Tensor>;

/// The tensors of an image by the names that they have in the file.
std::vector<std::pair<std::string, Tensor*>> named_tensors(PreparedImage& image, std::size_t index) {
  std::vector<std::pair<std::string, Tensor*>> named{{"pixels", &image.pixels}, {"bases", &image.bases},
                                                     {"masks", &image.masks},   {"base_of", &image.base_of},
                                                     {"steps", &image.steps},   {"margins", &image.margins}};
  for (auto& [name, tensor] : named) name = fmt::format("image{}.{}", index, name);
  return named;
}

Tensor tensor_of(const std::vector<Square>& squares) {
  std::vector<std::int64_t> values;
  for (const auto& [top, left, size] : squares) values.insert(values.end(), {top, left, size});
  return at::tensor(values, at::kLong).view({-1, 3});
}

std::vector<Square> squares_of(const Tensor& tensor) {
  std::vector<Square> squares;
  const auto rows = tensor.accessor<std::int64_t, 2>();
  for (std::int64_t i = 0; i < rows.size(0); ++i) squares.push_back({rows[i][0], rows[i][1], rows[i][2]});
  return squares;
}

const Tensor& find(const Tensors& tensors, const std::string& name, const std::string& folder) {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw DataError(fmt::format("{}: work.safetensors has no '{}'; prepare it again", folder, name));
  return found->second;
}

Json json_of(const PreparedImage& image) {
  return {{"name", image.name},
          {"target", image.target},
          {"tasks", image.labels},
          {"growth_forwards", image.growth_forwards},
          {"growth_distinct", image.growth_distinct}};
}

PreparedImage image_from(const Json& json) {
  PreparedImage image;
  image.name = json.at("name");
  image.target = json.at("target");
  image.labels = json.at("tasks").get<std::vector<std::string>>();
  image.growth_forwards = json.at("growth_forwards");
  image.growth_distinct = json.at("growth_distinct");
  return image;
}

}  // namespace

void write_prepared(const Prepared& prepared, const Network& network, const std::string& folder) {
  save_folder(network, folder + "/network");
  Tensors tensors{{"squares", tensor_of(prepared.squares)}};
  Json work = {{"limit", prepared.limit}, {"grey", kGrey}, {"near_tie", kNearTie}, {"images", Json::array()}};
  for (std::size_t i = 0; i < prepared.images.size(); ++i) {
    PreparedImage image = prepared.images[i];
    work["images"].push_back(json_of(image));
    for (const auto& [name, tensor] : named_tensors(image, i)) tensors[name] = tensor->contiguous();
  }
  write_safetensors(tensors, folder + "/work.safetensors");
  std::ofstream stream(folder + "/work.json");
  stream << work.dump(1) << "\n";
  stream.close();
  if (!stream) throw DataError(folder + "/work.json: cannot be written");
}

Prepared read_prepared(const std::string& folder) {
  std::ifstream stream(folder + "/work.json");
  if (!stream) throw DataError(folder + "/work.json: cannot be read; run table1_work prepare first");
  const Json work = Json::parse(stream);
  const Tensors tensors = read_safetensors(folder + "/work.safetensors");
  Prepared prepared{work.at("limit"), squares_of(find(tensors, "squares", folder)), {}};
  for (const Json& json : work.at("images")) {
    PreparedImage image = image_from(json);
    for (const auto& [name, tensor] : named_tensors(image, prepared.images.size()))
      *tensor = find(tensors, name, folder);
    prepared.images.push_back(std::move(image));
  }
  return prepared;
}

std::string hash_of_steps(const Prepared& prepared, const std::vector<Tensor>& steps) {
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < steps.size(); ++i)
    for (std::int64_t task = 0; task < steps[i].size(0); ++task)
      if (prepared.images[i].margins[task].item<double>() >= kNearTie)
        counts.push_back(steps[i][task].item<std::int64_t>());
  const std::string text = fmt::format("{}", fmt::join(counts, ","));
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return fmt::format("{:08x}", crc.checksum());
}

Json differing_steps(const Prepared& prepared, const std::vector<Tensor>& steps) {
  Json lines = Json::array();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const PreparedImage& image = prepared.images[i];
    for (std::int64_t task = 0; task < steps[i].size(0); ++task) {
      const auto now = steps[i][task].item<std::int64_t>(), then = image.steps[task].item<std::int64_t>();
      if (now != then)
        lines.push_back(fmt::format("{}: {}: {}, not {} (margin {:.1e})", image.name,
                                    image.labels[static_cast<std::size_t>(task)], now, then,
                                    image.margins[task].item<double>()));
    }
  }
  return lines;
}

}  // namespace assay::bench
