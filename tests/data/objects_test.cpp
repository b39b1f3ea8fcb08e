#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "tests/data/samples.h"
#include "tests/pack.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::failure;
using test::lines_of;
using test::samples_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string object(const std::string& name, const std::string& corners, bool difficult = false) {
  const auto words = [&] {
    std::vector<std::string> all;
    std::istringstream stream(corners);
    for (std::string word; stream >> word;) all.push_back(word);
    return all;
  }();
  return fmt::format(
      "<object><name>{}</name><difficult>{:d}</difficult><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</"
      "xmax>"
      "<ymax>{}</ymax></bndbox><part><name>head</name></part></object>",
      name, difficult, words.at(0), words.at(1), words.at(2), words.at(3));
}

class Voc : public testing::Test {
 protected:
  Voc() {
    for (const char* name : {"JPEGImages/b.jpg", "JPEGImages/a.jpg", "JPEGImages/c.jpg"})
      folder_.write(name, "x");
    write("a", object("dog", "1 2 10 12") + object("airplane", "3 3 4.5 4") + object("dog", "5 5 5 5", true));
    write("b", object("potted plant", "2 2 3 3"));
  }
  void write(const std::string& image, const std::string& objects) const {
    folder_.write("Annotations/" + image + ".xml", "<annotation>" + objects + "</annotation>");
  }
  Json settings(const Json& more = Json::object()) const {
    Json all{{"path", folder_ / "JPEGImages"}};
    all.update(more);
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(Voc, EachClassOfAnImageIsASampleWithAllRegions) {
  const std::vector<Sample> samples = samples_of("voc", settings());
  EXPECT_THAT(lines_of(samples), ElementsAre("a.jpg/dog: -1/dog", "a.jpg/airplane: -1/airplane",
                                             "b.jpg/potted plant: -1/potted plant"));
  EXPECT_EQ(samples[0].path, folder_ / "JPEGImages/a.jpg");
  EXPECT_EQ(samples[0].image, "a.jpg");
  EXPECT_TRUE(share_image(samples[0], samples[1]));
  EXPECT_THAT(samples[1].classes, ElementsAre(Label{-1, "dog"}, Label{-1, "airplane"}));
  EXPECT_THAT(samples[0].regions,
              ElementsAre(Region{{-1, "dog"}, Box{0, 1, 10, 12}}, Region{{-1, "airplane"}, Box{2, 2, 4.5, 4}},
                          Region{{-1, "dog"}, Box{4, 4, 5, 5}, true}));
}

TEST_F(Voc, AnImageMayBeOneSample) {
  const std::vector<Sample> samples = samples_of("voc", settings({{"per", "image"}, {"names", "voc"}}));
  EXPECT_THAT(lines_of(samples), ElementsAre("a.jpg: -1/dog -1/aeroplane", "b.jpg: -1/pottedplant"));
  EXPECT_EQ(samples[0].image, "");
  EXPECT_THAT(samples[0].classes, IsEmpty());
  EXPECT_EQ(samples[0].regions.size(), 3u);
}

TEST_F(Voc, AClassListLeavesOutOtherClassesAndGivesIndices) {
  const std::string classes = folder_.write("classes.txt", "background\naeroplane a plane\npottedplant\n");
  const std::vector<Sample> samples =
      samples_of("voc", settings({{"classes", classes}, {"names", "voc"}, {"first", 0}}));
  EXPECT_THAT(lines_of(samples),
              ElementsAre("a.jpg/aeroplane: 1/aeroplane", "b.jpg/pottedplant: 2/pottedplant"));
  EXPECT_THAT(samples[0].regions, ElementsAre(Region{{1, "aeroplane"}, Box{3, 3, 5.5, 5}}));
}

TEST_F(Voc, AListChoosesImages) {
  const std::string list = folder_.write("test.txt", "b\n");
  EXPECT_THAT(lines_of("voc", settings({{"list", list}, {"annotations", folder_ / "Annotations"}})),
              ElementsAre("b.jpg/potted plant: -1/potted plant"));
  folder_.write("test.txt", "b\nz\n");
  EXPECT_EQ(failure("voc", settings({{"list", list}})),
            list + ": " + folder_ / "JPEGImages" + " has no image z");
}

TEST_F(Voc, ASecondColumnSaysWhetherAnImageIsListed) {
  const std::string list = folder_.write("dog_test.txt", "a  -1\nb   0\n");
  const Json listed = settings({{"list", list}});
  EXPECT_THAT(lines_of("voc", listed), ElementsAre("b.jpg/potted plant: -1/potted plant"));
  folder_.write("dog_test.txt", "a  1\n");
  EXPECT_THAT(lines_of("voc", listed), ElementsAre("a.jpg/dog: -1/dog", "a.jpg/airplane: -1/airplane"));
  folder_.write("dog_test.txt", "a\nb 2\n");
  EXPECT_EQ(
      failure("voc", listed),
      list +
          ":2: expected the name of an image, and -1, 0 or 1 behind it where its class matters, got 'b 2'");
}

TEST_F(Voc, AnImageWithoutObjectsIsNoSample) {
  write("b", "");
  write("c",
        "<object><name> cat\n</name><difficult> 1 </difficult><bndbox><xmin>1</xmin><ymin>1</ymin>"
        "<xmax>2</xmax><ymax>2</ymax></bndbox></object>");
  const std::vector<Sample> samples = samples_of("voc", settings({{"per", "image"}}));
  EXPECT_THAT(lines_of(samples), ElementsAre("a.jpg: -1/dog -1/airplane", "c.jpg: -1/cat"));
  EXPECT_TRUE(samples[1].regions.at(0).difficult);
}

TEST_F(Voc, MistakesAreNamedWithTheirObject) {
  const std::string file = folder_ / "Annotations/b.xml";
  const auto with = [&](const std::string& objects) {
    write("b", objects);
    return failure("voc", settings());
  };
  EXPECT_EQ(with(object("cat", "1 1 2 2") + "<object><name>dog</name></object>"),
            file + ": object 2 (dog): no bndbox in it");
  EXPECT_EQ(with(object("dog", "1 1 x 2")),
            file + ": object 1 (dog): bndbox/xmax: expected a number, got 'x'");
  EXPECT_EQ(with(object("dog", "5 1 3 2")),
            file + ": object 1 (dog): bndbox: the box is empty: a maximum lies before its minimum");
  EXPECT_EQ(with(object("", "1 1 3 2")), file + ": object 1 (): no name in it");
  EXPECT_EQ(with("<object><name>cat</name><difficult>yes</difficult></object>"),
            file + ": object 1 (cat): difficult: expected 0 or 1, got 'yes'");
  folder_.write("Annotations/b.xml", "<notes></notes>");
  EXPECT_EQ(failure("voc", settings()), file + ": no annotation in it");
  folder_.write("Annotations/b.xml", "<annotation><object>");
  EXPECT_THAT(failure("voc", settings()), HasSubstr("b.xml: not a readable annotation: "));
}

TEST(VocPack, CocoImagesHaveTheirListedVocClasses) {
  ASSAY_NEEDS_PACK();
  const std::string folder = test::pack() + "/images/coco_val2017",
                    classes = test::pack() + "/classes/voc21.txt";
  std::map<std::string, std::set<std::int64_t>> found, listed;
  for (const Sample& sample : samples_of("voc", {{"path", folder}, {"names", "voc"}, {"classes", classes}})) {
    found[sample.image].insert(sample.labels.front().index);
    EXPECT_EQ(sample.name, sample.image + "/" + sample.labels.front().key);
  }
  for (const Sample& sample : samples_of("labels-csv", {{"path", folder}}))
    for (const Label& label : sample.labels) listed[sample.name].insert(label.index);
  EXPECT_EQ(found, listed);
}

TEST(IlsvrcBoxes, BecomeRegionsOfTheImagesClass) {
  const TemporaryFolder folder;
  folder.write("val/ILSVRC2012_val_00000001.JPEG", "x");
  folder.write("boxes/ILSVRC2012_val_00000001.xml",
               "<annotation>" + object("n02", "0 0 9 4") + object("n02", "3 3 3 3") + "</annotation>");
  const std::string labels = folder.write("labels.txt", "ILSVRC2012_val_00000001.JPEG 7\n");
  const Json settings{{"path", folder / "val"}, {"labels", labels}, {"boxes", folder / "boxes"}};
  const std::vector<Sample> samples = samples_of("ilsvrc-val", settings);
  EXPECT_THAT(samples.at(0).regions,
              ElementsAre(Region{{7, ""}, Box{0, 0, 10, 5}}, Region{{7, ""}, Box{3, 3, 4, 4}}));
  std::filesystem::remove(folder / "boxes/ILSVRC2012_val_00000001.xml");
  EXPECT_THAT(failure("ilsvrc-val", settings), HasSubstr("00000001.xml: not a readable annotation: "));
}

TEST(IlsvrcBoxes, OfThePackLieOnTheirImages) {
  ASSAY_NEEDS_PACK();
  const std::string folder = test::pack() + "/images/imagenet_val";
  const std::vector<Sample> samples =
      samples_of("ilsvrc-val",
                 {{"path", folder}, {"labels", folder + "/Annotations"}, {"boxes", folder + "/Annotations"}});
  ASSERT_EQ(samples.size(), 300u);
  EXPECT_THAT(samples[2].regions, ElementsAre(Region{samples[2].labels.front(), Box{38, 19, 386, 374}}));
  for (const Sample& sample : samples) {
    ASSERT_FALSE(sample.regions.empty()) << sample.name;
    for (const Region& region : sample.regions) EXPECT_EQ(region.label, sample.labels.front()) << sample.name;
  }
}

class Coco : public testing::Test {
 protected:
  Coco() {
    json_ = {{"images", {{{"id", 7}, {"file_name", "b.jpg"}}, {{"id", 3}, {"file_name", "a.jpg"}}}},
             {"categories", {{{"id", 1}, {"name", "person"}}, {{"id", 64}, {"name", "potted plant"}}}},
             {"annotations", Json::array()}};
    add(7, 64, {{1, 1, 5, 1, 5, 4.5}});
    add(3, 1, {{"size", {2, 3}}, {"counts", {1, 2, 3}}}, 1);
    add(3, 1, {{"size", {2, 3}}, {"counts", "231"}});
  }
  void add(int image, int category, const Json& segmentation, int crowd = 0) {
    json_["annotations"].push_back({{"image_id", image},
                                    {"category_id", category},
                                    {"bbox", {1, 2, 3.5, 4}},
                                    {"segmentation", segmentation},
                                    {"iscrowd", crowd}});
  }
  Json settings(const Json& more = Json::object()) const {
    Json all{{"path", "/data"}, {"annotations", folder_.write("instances.json", json_.dump())}};
    all.update(more);
    return all;
  }
  /// The error after one annotation's key has another value.
  std::string with(std::size_t annotation, const std::string& key, const Json& value) {
    const Json whole = json_;
    json_["annotations"][annotation][key] = value;
    std::string text = failure("coco", settings());
    json_ = whole;
    const std::string file = folder_ / "instances.json: ";
    return text.starts_with(file) ? text.substr(file.size()) : "elsewhere: " + text;
  }
  TemporaryFolder folder_;
  Json json_;
};

TEST_F(Coco, ReadsPolygonsAndRunsOfBothKinds) {
  const std::vector<Sample> samples = samples_of("coco", settings({{"names", "voc"}}));
  EXPECT_THAT(lines_of(samples), ElementsAre("b.jpg/pottedplant: -1/pottedplant", "a.jpg/person: -1/person"));
  EXPECT_EQ(samples[0].path, "/data/b.jpg");
  EXPECT_THAT(samples[0].regions,
              ElementsAre(Region{{-1, "pottedplant"}, Polygons{{{1, 1}, {5, 1}, {5, 4.5}}}}));
  EXPECT_THAT(samples[1].regions, ElementsAre(Region{{-1, "person"}, RunLengths{{2, 3}, {1, 2, 3}}},
                                              Region{{-1, "person"}, RunLengths{{2, 3}, {2, 3, 1}}}));
}

TEST_F(Coco, MayTakeBoxesAndLeaveOutCrowds) {
  const std::vector<Sample> samples =
      samples_of("coco", settings({{"shapes", "boxes"}, {"crowds", "leave-out"}}));
  EXPECT_THAT(samples.at(1).regions, ElementsAre(Region{{-1, "person"}, Box{1, 2, 4.5, 6}}));
}

TEST_F(Coco, PolygonsWithoutThreeCornersAreLeftOut) {
  json_["annotations"][0]["segmentation"] = {{1, 1, 2, 2}, {1, 1, 5, 1, 5, 4.5}, {3, 3}};
  add(3, 64, {{1, 1, 2, 2}});
  const std::vector<Sample> samples = samples_of("coco", settings());
  EXPECT_THAT(lines_of(samples),
              ElementsAre("b.jpg/potted plant: -1/potted plant", "a.jpg/person: -1/person"));
  EXPECT_THAT(samples[0].regions,
              ElementsAre(Region{{-1, "potted plant"}, Polygons{{{1, 1}, {5, 1}, {5, 4.5}}}}));
}

TEST_F(Coco, EmptyBoxesAndRepeatedFilesAreRefused) {
  const std::string file = folder_ / "instances.json: ";
  const Json whole = json_;
  json_["annotations"][2]["bbox"] = {1, 2, 3.5, 0};
  EXPECT_EQ(failure("coco", settings({{"shapes", "boxes"}})),
            file + "annotations[2]: bbox: the box is empty: 3.5 x 0 pixels");
  json_ = whole;
  json_["images"].push_back({{"id", 8}, {"file_name", "b.jpg"}});
  EXPECT_EQ(failure("coco", settings()), file + "images[2]: file_name: another image is b.jpg too");
}

TEST_F(Coco, MistakesAreNamedWithTheirAnnotation) {
  EXPECT_EQ(with(1, "category_id", 5), "annotations[1]: category_id: no category has the id 5");
  EXPECT_EQ(with(1, "image_id", 5), "annotations of image id 5, which is not among its images");
  EXPECT_EQ(with(0, "image_id", "x"), "annotations[0]: image_id: expected an integer, got \"x\"");
  EXPECT_EQ(with(0, "segmentation", {{1, 2, 3, 4, 5}}),
            "annotations[0]: segmentation[0]: expected x and y of corners, got [1,2,3,4,5]");
  EXPECT_EQ(
      with(0, "segmentation", Json::array()),
      "annotations[0]: segmentation: the list is empty; a file with boxes alone is read with shapes: boxes");
  EXPECT_EQ(with(0, "segmentation", nullptr),
            "annotations[0]: segmentation: missing; a file with boxes alone is read with shapes: boxes");
  EXPECT_EQ(with(2, "segmentation", {{"size", {2, 3}}, {"counts", "23X"}}),
            "annotations[2]: segmentation: counts: the compressed counts end within a number");
  EXPECT_EQ(with(2, "segmentation", {{"size", {2, 3}}, {"counts", {1, 2}}}),
            "annotations[2]: segmentation: counts: the runs cover only 3 pixels, but the size is 3 x 2");
  EXPECT_EQ(with(2, "segmentation", {{"size", {0, 3}}, {"counts", {1, 2}}}),
            "annotations[2]: segmentation: size: must be at least 1 x 1");
  json_["annotations"] = 3;
  EXPECT_THAT(failure("coco", settings()), HasSubstr("annotations: expected a list"));
  json_ = {{"images", Json::array()}, {"categories", Json::array()}, {"annotations", Json::array()}};
  EXPECT_THAT(failure("coco", settings()), HasSubstr("instances.json: no images found"));
}

}  // namespace
}  // namespace assay
