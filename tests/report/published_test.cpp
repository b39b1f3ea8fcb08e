#include "harness/report/published.h"

#include <gmock/gmock.h>

#include <map>

#include "harness/core/error.h"
#include "harness/report/paper_names.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using testing::HasSubstr;

std::optional<double> value(const std::string& method, double rho, const std::string& metric,
                            const std::string& dataset, const std::string& base) {
  static const Published published = read_published("");
  return published.find({.method = method, .rho = rho, .metric = metric, .dataset = dataset, .base = base});
}

TEST(Published, TwentyRowsOfEightValues) {
  std::map<std::pair<std::string, double>, int> rows;
  double sum = 0;
  for (const PublishedValue& known : read_published("").values) {
    ++rows[{known.method, known.rho}];
    sum += known.value;
  }
  EXPECT_EQ(rows.size(), 20u);
  for (const auto& [row, count] : rows) EXPECT_EQ(count, 8) << row.first << " " << row.second;
  EXPECT_EQ(sum, 12552);  // of all 160 values, added up from the printed table
}

TEST(Published, SpotChecks) {
  EXPECT_EQ(value("occ 10", 0.25, "SCG", "Floor", "G"), 43);
  EXPECT_EQ(value("C-MWP", 0.25, "CCG", "Places", "G"), 137);
  EXPECT_EQ(value("C-MWP", 0.25, "SCG", "Floor", "G"), 71);
  EXPECT_EQ(value("grad 0", 0.05, "CCG", "Floor", "Z"), 70);
  EXPECT_EQ(value("C-MWP+grad", 0.05, "CCG", "Floor", "G"), 330);
  EXPECT_EQ(value("C-MWP+occ", 0.05, "SCG", "Places", "Z"), 5);
  EXPECT_EQ(value("C-MWP+occ", 0.05, "CCG", "Places", "Z"), 133);
  EXPECT_EQ(value("occ 10", 0.10, "SCG", "Floor", "G"), std::nullopt);
  EXPECT_EQ(value("random", 0.25, "SCG", "Floor", "G"), std::nullopt);
}

TEST(Published, SideFigures) {
  std::map<std::string, int> figures;
  for (const PublishedFigure& known : read_published("").figures) {
    ++figures[known.figure];
    if (known.figure == "images_kept" && known.dataset == "Places") {
      EXPECT_EQ(known.value, 180);
      EXPECT_EQ(known.of, 200);
    }
    if (known.figure == "growth_steps_mean") EXPECT_EQ(known.value, known.rho == 0.05 ? 10 : 6);
  }
  EXPECT_EQ(figures["growth_steps_mean"], 2);
  EXPECT_EQ(figures["images_kept"], 2);
  EXPECT_EQ(figures["share_over_growth_limit"], 1);
  EXPECT_EQ(figures["share_base_not_lower"], 1);
}

std::string error_of(const std::string& folder) {
  try {
    read_published(folder);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Published, BrokenFilesAreNamedWithTheLine) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path();
  EXPECT_EQ(error_of(path), path + "/scg-ccg-table1.csv: cannot be read");
  folder.write("scg-ccg-table1.csv",
               "# remark\nmethod,rho,metric,dataset,base,value\nocc 10,0.25,SCG,Floor,G,4x\n");
  EXPECT_EQ(error_of(path), path + "/scg-ccg-table1.csv:3: not a number: '4x'");
  folder.write("scg-ccg-table1.csv", "method,rho\n");
  EXPECT_THAT(error_of(path), HasSubstr("table1.csv:1: expected the header method,rho,metric"));
}

std::string row_of(const std::string& method, Json settings) {
  return published_row(
      {.id = "", .experiment = 0, .method = method, .settings = std::move(settings), .target = ""});
}

TEST(Published, RowsAreFoundByMethodAndSettings) {
  const Json occ{{"method", "occ"}, {"settings", {{"patch", 10}}}};
  const Json grad{{"method", "grad"}, {"settings", {{"dilations", 5}}}};
  const Json mwp{{"method", "c-mwp"}, {"settings", Json::object()}};
  EXPECT_EQ(row_of("occ", {{"patch", 50}}), "occ 50");
  EXPECT_EQ(row_of("occ", {{"patch", 30}}), "");
  EXPECT_EQ(row_of("grad", {{"dilations", 2}}), "grad 2");
  EXPECT_EQ(row_of("c-mwp", {{"layer", "pool2"}}), "C-MWP");
  EXPECT_EQ(row_of("mwp", {{"layer", "pool2"}}), "");
  EXPECT_EQ(row_of("agreement", {{"parts", {occ, grad}}}), "grad+occ");
  EXPECT_EQ(row_of("agreement", {{"parts", {grad, mwp}}}), "C-MWP+grad");
  EXPECT_EQ(row_of("agreement", {{"parts", {mwp, occ}}}), "C-MWP+occ");
  EXPECT_EQ(row_of("agreement", {{"parts", {mwp, occ, grad}}}), "");
}

TEST(Published, ColumnsAreFoundByNetworkAndBase) {
  const Json config{
      {"networks",
       {{{"name", "a"}, {"path", "models/squeezenet_bn_places365"}}, {{"name", "b"}, {"path", "vgg"}}}}};
  const auto dataset_of = [&](const std::string& network) {
    return published_dataset({.id = "", .dataset = "d", .network = network, .samples = {}}, config);
  };
  EXPECT_EQ(dataset_of("a"), "Places");
  EXPECT_EQ(dataset_of("b"), "");
  EXPECT_EQ(dataset_of("my-Floors"), "Floor");
  EXPECT_EQ(base_label("gaussian(17, 2.9)"), "G");
  EXPECT_EQ(base_label("box(17)"), "G");
  EXPECT_EQ(base_label("zero"), "Z");
  EXPECT_EQ(base_label("gray"), "Gray");
}

}  // namespace
}  // namespace assay
