#include <gmock/gmock.h>

#include "tests/data/samples.h"
#include "tests/pack.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;
using test::failure;
using test::lines_of;
using test::samples_of;
using test::TemporaryFolder;

using testing::ElementsAre;
using testing::HasSubstr;

class IlsvrcVal : public testing::Test {
 protected:
  IlsvrcVal() {
    for (const int i : {2, 1, 3})
      folder_.write("val/ILSVRC2012_val_0000000" + std::to_string(i) + ".JPEG", "x");
    folder_.write("val/notes.txt", "x");
    classes_ = folder_.write("classes.txt", "n02 two\nn01 one, uno\nn03 three\n");
  }
  Json with(const std::string& labels, bool classes = false) const {
    Json settings{{"path", folder_ / "val"}, {"labels", folder_.write("labels", labels)}};
    if (classes) settings["classes"] = classes_;
    return settings;
  }
  TemporaryFolder folder_;
  std::string classes_;
};

TEST_F(IlsvrcVal, ReadsTheSolutionTable) {
  const std::string table =
      "ImageId,PredictionString\nILSVRC2012_val_00000003,n03 85 1 499 272\nILSVRC2012_val_00000001,n01 1 2 3 "
      "4 n01 5 6 7 8\n"
      "ILSVRC2012_val_00000002,n02 1 2 3 4\nILSVRC2012_val_00000009,n01 1 2 3 4\n";
  EXPECT_THAT(lines_of("ilsvrc-val", with(table)),
              ElementsAre("ILSVRC2012_val_00000001.JPEG: -1/n01", "ILSVRC2012_val_00000002.JPEG: -1/n02",
                          "ILSVRC2012_val_00000003.JPEG: -1/n03"));
  EXPECT_EQ(lines_of("ilsvrc-val", with(table, true))[0], "ILSVRC2012_val_00000001.JPEG: 1/n01");
}

TEST_F(IlsvrcVal, ACompleteSolutionTableGivesIndicesOfTheSortedWnids) {
  std::string table = "ImageId,PredictionString\n";
  for (int i = 0; i < 1000; ++i)
    table += fmt::format("ILSVRC2012_val_{:08},n{:08} 1 2 3 4\n", i + 1, 5000 - i);
  EXPECT_EQ(lines_of("ilsvrc-val", with(table))[0], "ILSVRC2012_val_00000001.JPEG: 999/n00005000");
}

TEST_F(IlsvrcVal, ReadsPairsOfImageAndIndexOrWnid) {
  const std::string pairs =
      "ILSVRC2012_val_00000001.JPEG 0\nILSVRC2012_val_00000002.JPEG 2\nILSVRC2012_val_00000003.JPEG n01\n";
  EXPECT_THAT(lines_of("ilsvrc-val", with(pairs)),
              ElementsAre("ILSVRC2012_val_00000001.JPEG: 0/", "ILSVRC2012_val_00000002.JPEG: 2/",
                          "ILSVRC2012_val_00000003.JPEG: -1/n01"));
  EXPECT_THAT(lines_of("ilsvrc-val", with(pairs, true)),
              ElementsAre("ILSVRC2012_val_00000001.JPEG: 0/n02", "ILSVRC2012_val_00000002.JPEG: 2/n03",
                          "ILSVRC2012_val_00000003.JPEG: 1/n01"));
}

TEST_F(IlsvrcVal, ReadsTheDevelopmentKitsIds) {
  EXPECT_THAT(lines_of("ilsvrc-val", with("3\n1\n2\n1\n", true)),
              ElementsAre("ILSVRC2012_val_00000001.JPEG: 2/n03", "ILSVRC2012_val_00000002.JPEG: 0/n02",
                          "ILSVRC2012_val_00000003.JPEG: 1/n01"));
  EXPECT_THAT(error_text<ConfigError>([&] { samples_of("ilsvrc-val", with("3\n1\n2\n")); }),
              HasSubstr("labels: ILSVRC2012 ids need 'classes'"));
  EXPECT_THAT(failure("ilsvrc-val", with("1\n0\n", true)), HasSubstr("labels:2: ILSVRC2012 ids start at 1"));
  EXPECT_THAT(failure("ilsvrc-val", with("1\n4\n", true)),
              HasSubstr("labels:2: class 3 is not in the class list of 3"));
}

TEST_F(IlsvrcVal, ReadsOneFolderAWnid) {
  const TemporaryFolder folder;
  for (const char* name : {"n09/ILSVRC2012_val_00000001.JPEG", "n02/ILSVRC2012_val_00000007.jpeg",
                           "n02/ILSVRC2012_val_00000004.JPEG"})
    folder.write(name, "x");
  EXPECT_THAT(
      lines_of("ilsvrc-val", {{"path", folder.path()}}),
      ElementsAre("n02/ILSVRC2012_val_00000004.JPEG: -1/n02", "n02/ILSVRC2012_val_00000007.jpeg: -1/n02",
                  "n09/ILSVRC2012_val_00000001.JPEG: -1/n09"));
}

TEST_F(IlsvrcVal, ReadsTheFolderOfAnnotations) {
  const TemporaryFolder xml;
  for (const auto& [number, wnid] : {std::pair{1, "n05"}, {2, "n07"}, {3, "n05"}})
    xml.write(
        fmt::format("ILSVRC2012_val_{:08}.xml", number),
        fmt::format(
            "<annotation><object><name>{0}</name></object><object><name>{0}</name></object></annotation>",
            wnid));
  const Json settings{{"path", folder_ / "val"}, {"labels", xml.path()}};
  EXPECT_THAT(lines_of("ilsvrc-val", settings),
              ElementsAre("ILSVRC2012_val_00000001.JPEG: -1/n05", "ILSVRC2012_val_00000002.JPEG: -1/n07",
                          "ILSVRC2012_val_00000003.JPEG: -1/n05"));
  xml.write("ILSVRC2012_val_00000002.xml", "<annotation><object>");
  EXPECT_THAT(failure("ilsvrc-val", settings), HasSubstr("00000002.xml: not a readable annotation: "));
  xml.write("ILSVRC2012_val_00000002.xml", "<annotation></annotation>");
  EXPECT_THAT(failure("ilsvrc-val", settings), HasSubstr("00000002.xml: no annotation/object in it"));
}

TEST(IlsvrcValPack, AnnotationsGiveTheLabelsOfTheList) {
  ASSAY_NEEDS_PACK();
  const std::string folder = assay::test::pack() + "/images/imagenet_val";
  const auto by_list = samples_of("labels-csv", {{"path", folder}});
  const auto by_xml = samples_of("ilsvrc-val", {{"path", folder}, {"labels", folder + "/Annotations"}});
  ASSERT_EQ(by_xml.size(), 300u);
  for (std::size_t i = 0; i < by_xml.size(); ++i)
    EXPECT_EQ(by_xml[i].labels[0].key, by_list[i].labels[0].key) << by_xml[i].name;
}

TEST_F(IlsvrcVal, MistakesAreNamed) {
  EXPECT_THAT(failure("ilsvrc-val", with("ILSVRC2012_val_00000001.JPEG 1\n")),
              HasSubstr("labels: no label for ILSVRC2012_val_00000002.JPEG"));
  EXPECT_THAT(failure("ilsvrc-val", with("ILSVRC2012_val_00000001.JPEG 1\nILSVRC2012_val_00000002.JPEG\n")),
              HasSubstr("labels:2: expected 'image index' or 'image wnid'"));
  EXPECT_THAT(failure("ilsvrc-val", with("ImageId,PredictionString\nILSVRC2012_val_00000001\n")),
              HasSubstr("labels:2: expected 'image,wnid ...'"));
  EXPECT_THAT(failure("ilsvrc-val", {{"path", folder_ / "nowhere"}}),
              HasSubstr("nowhere: cannot read the folder"));
  EXPECT_THAT(failure("ilsvrc-val", {{"path", folder_ / "val"}}), HasSubstr("val: no images found"));
}

}  // namespace
}  // namespace assay
