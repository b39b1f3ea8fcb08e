#pragma once

#include <fmt/format.h>

#include "harness/core/seed.h"
#include "harness/network/load.h"
#include "harness/run/config.h"
#include "tests/temporary_folder.h"
#include "tests/toy.h"

namespace assay::test {

/// A folder with a small network (16x16, 4 classes, one leaky layer), six images with labels and
/// configurations of them.
class World {
 public:
  World() {
    Toy toy(16, 16);
    const int conv = toy.conv("conv1", 0, 3, 4, 3);
    const int relu = toy.add(Kind::relu, "relu1", {conv});
    const int pool = toy.add(Kind::max_pool, "pool1", {relu}, {.kernel = {2, 2}, .stride = {2, 2}});
    const int top = toy.add(Kind::relu, "relu2", {toy.conv("conv2", pool, 4, 6, 3)});
    toy.linear("classes", toy.add(Kind::global_avg_pool, "mean", {top}), 6, 4);
    toy.preprocess().pre_scale = 1 / 64.0;
    toy.preprocess().mean = {2, 2, 2};
    save_folder(toy.network(), folder / "net");
    std::string list;
    for (int i = 0; i < 6; ++i) {
      write_image(fmt::format("images/{}.ppm", i), static_cast<std::uint64_t>(i));
      list += fmt::format("{}.ppm {}\n", i, i % 4);
    }
    folder.write("images/list.txt", list);
  }

  void write_image(const std::string& name, std::uint64_t seed) const {
    std::string bytes = "P6\n16 16\n255\n";
    Random random(seed);
    for (int i = 0; i < 16 * 16 * 3; ++i) bytes += static_cast<char>(random.below(256));
    folder.write(name, bytes);
  }

  /// The lists of datasets, networks and experiments; `more` is the rest of the YAML.
  Config config(const std::string& more, const std::vector<std::string>& overrides = {}) const {
    return parse_config(fmt::format("name: test\n"
                                    "output: {0}/out\n"
                                    "numerics: {{batch: 4}}\n"
                                    "datasets:\n"
                                    "  - {{name: six, kind: list, path: {0}/images/list.txt}}\n"
                                    "networks:\n"
                                    "  - {{name: toy, path: {0}/net}}\n"
                                    "{1}",
                                    folder.path(), more),
                        "c.yaml", overrides);
  }

  TemporaryFolder folder;
};

}  // namespace assay::test
