#include "harness/store/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "harness/core/error.h"
#include "tests/store/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Layout, SavedAndLoadedIsTheSame) {
  const test::TemporaryFolder folder;
  Layout layout = test::sample_layout();
  layout.metrics[0].columns[0].worst = NAN;
  save_layout(folder / "out", layout);
  save_layout(folder / "out", layout);  // replaces
  const Layout loaded = load_layout(folder / "out");
  EXPECT_EQ(to_json(loaded), to_json(layout));
  EXPECT_TRUE(std::isnan(loaded.metrics[0].columns[0].worst));
  EXPECT_EQ(loaded.metrics[0].columns[1].worst, INFINITY);
  EXPECT_EQ(loaded.metrics[0].columns[2].worst, -INFINITY);
  EXPECT_EQ(loaded.metrics[0].columns[1].better, Better::lower);
  EXPECT_EQ(loaded.experiments[1].samples, layout.experiments[1].samples);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}),
            1);  // no temporary is left
}

std::string error_of_loading(const std::string& folder) {
  try {
    load_layout(folder);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Layout, ErrorsNameTheFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(error_of_loading(folder.path()),
            folder / "layout.json: cannot be opened; `assay run` writes it at its start");
  folder.write("layout.json", "{\"version\": 1, ");
  EXPECT_THAT(error_of_loading(folder.path()), HasSubstr(folder / "layout.json: "));
  folder.write("layout.json", "{\"version\": 99}");
  EXPECT_EQ(error_of_loading(folder.path()),
            folder / "layout.json: a layout of version 99; this program reads 1");
  folder.write("layout.json", "{\"version\": 1}");
  EXPECT_THAT(error_of_loading(folder.path()), HasSubstr("not a layout"));
}

TEST(Layout, PlacesCountWithinExperimentAndMetric) {
  const Places places(test::sample_layout());
  EXPECT_THAT(places.of_explanation, ElementsAre(0, 1, 0));
  EXPECT_THAT(places.of_cell, ElementsAre(0, 1, 0, 2, 0));
}

}  // namespace
