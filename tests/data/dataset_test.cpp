#include "harness/data/dataset.h"

#include <gmock/gmock.h>

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

TEST(Datasets, AreListedInOrderWithDocumentedParameters) {
  std::vector<std::string> names;
  for (const auto& entry : datasets()) {
    names.push_back(entry.name);
    Params params = Params::describing();
    entry.make(params);
    ASSERT_FALSE(params.docs().empty()) << entry.name;
    EXPECT_EQ(params.docs().front().key, entry.name == "grid"    ? "of"
                                         : entry.name == "blank" ? "count"
                                                                 : "path");
    EXPECT_EQ(params.docs().front().fallback, entry.name == "grid" ? "null" : "required");
  }
  EXPECT_THAT(names, ElementsAre("labels-csv", "ilsvrc-val", "places365-val", "folders", "list", "floors",
                                 "voc", "coco", "grid", "blank"));
}

TEST(Blank, HasPicturesWithoutFiles) {
  const std::vector<Sample> samples = samples_of("blank", {{"count", 3}});
  EXPECT_THAT(lines_of(samples), ElementsAre("0000000: 0/", "0000001: 0/", "0000002: 0/"));
  EXPECT_NE(hash_of(samples[0]), hash_of(samples[1]));
}

TEST(LabelsCsv, ReadsQuotedFieldsSeveralLabelsAndWindowsLineEnds) {
  const TemporaryFolder folder;
  folder.write("labels.csv",
               "\xEF\xBB\xBF"
               "file,class_index,wnid,name\r\n"
               "b.jpg,3,n03,\"tiger shark, \"\"Galeocerdo\"\"\"\r\n\r\n"
               "\"a,1.jpg\",5;4,n05;n04,two\r\n");
  const auto samples = samples_of("labels-csv", {{"path", folder.path()}});
  EXPECT_THAT(lines_of(samples), ElementsAre("b.jpg: 3/n03", "a,1.jpg: 5/n05 4/n04"));
  EXPECT_EQ(samples[1].path, folder / "a,1.jpg");
}

TEST(LabelsCsv, ColumnsCanBeChosen) {
  const TemporaryFolder folder;
  folder.write("t.csv", "truth,file,name,other\n7,a.png,\"sea, snake\",x;y\n8,b.png,,z;w\n");
  const Json base{{"path", folder.path()}, {"labels", "t.csv"}, {"column", "truth"}};
  EXPECT_THAT(lines_of("labels-csv", base), ElementsAre("a.png: 7/sea, snake", "b.png: 8/"));
  Json none = base;
  none["key"] = "none";
  EXPECT_THAT(lines_of("labels-csv", none), ElementsAre("a.png: 7/", "b.png: 8/"));
  Json keys{{"path", folder.path()}, {"labels", "t.csv"}, {"key", "other"}};
  EXPECT_THAT(lines_of("labels-csv", keys), ElementsAre("a.png: -1/x -1/y", "b.png: -1/z -1/w"));
}

TEST(LabelsCsv, MistakesAreNamedWithTheirLine) {
  const TemporaryFolder folder;
  const Json settings{{"path", folder.path()}};
  const std::string file = folder / "labels.csv";
  EXPECT_EQ(failure("labels-csv", settings), file + ": cannot read the file: there is no such file");
  EXPECT_EQ(failure("labels-csv", {{"path", folder / "absent"}}),
            folder / "absent/labels.csv" + ": cannot read the file: there is no folder " + folder / "absent");
  EXPECT_EQ(failure("labels-csv", {{"path", folder.path()}, {"labels", "."}}),
            folder / "." + ": cannot read the file: it is a folder");
  const auto with = [&](const std::string& content) {
    folder.write("labels.csv", content);
    return failure("labels-csv", settings);
  };
  EXPECT_EQ(with(""), file + ": empty; expected a line of column names");
  EXPECT_EQ(with("image,class_index\na.jpg,1\n"), file + ":1: no column 'file'; columns: image, class_index");
  EXPECT_THAT(with("file,klass\na.jpg,1\n"), HasSubstr(":1: no column of class indices"));
  EXPECT_EQ(with("file,class_index\n"), file + ": no images found");
  EXPECT_EQ(with("file,class_index\na.jpg,1\n\nb.jpg\n"), file + ":4: 1 fields where the first line names 2");
  EXPECT_EQ(with("file,class_index\na.jpg,-1\n"),
            file + ":2: '-1' is not a class index (a whole number from 0)");
  EXPECT_EQ(with("file,class_index\na.jpg,1;\n"),
            file + ":2: '' is not a class index (a whole number from 0)");
  EXPECT_EQ(with("file,class_index\na.jpg,1\na.jpg,2\n"), file + ":3: a.jpg is listed twice");
  EXPECT_EQ(with("file,class_index\n,1\n"), file + ":2: no file name");
  EXPECT_EQ(with("file,class_index,wnid\na.jpg,1;2,n01\n"), file + ":2: 2 class indices but 1 keys");
  EXPECT_EQ(with("file,class_index\n\"a.jpg,1\n"), file + ":2: a quoted field does not end on this line");
}

TEST(LabelsCsv, ReadsEveryFolderOfThePack) {
  ASSAY_NEEDS_PACK();
  const auto read = [](const std::string& set) {
    return samples_of("labels-csv", {{"path", test::pack() + "/images/" + set}});
  };
  const auto val = read("imagenet_val"), sample = read("imagenet_sample"), coco = read("coco_val2017"),
             places = read("places"), cifar = read("cifar10_test");
  EXPECT_EQ(val.size(), 300u);
  EXPECT_EQ(sample.size(), 180u);
  EXPECT_EQ(coco.size(), 72u);
  EXPECT_EQ(places.size(), 110u);
  EXPECT_EQ(cifar.size(), 200u);
  EXPECT_EQ(lines_of(val)[2], "ILSVRC2012_val_00000003.JPEG: 230/n02105855");
  EXPECT_EQ(lines_of(sample)[0], "n01491361_tiger_shark.JPEG: 3/n01491361");
  EXPECT_EQ(lines_of(coco)[1], "000000000632.jpg: 9/ 16/");
  EXPECT_EQ(lines_of(places)[0], "auditorium__sun_aadrvlcduunrbpul.jpg: 27/");
  EXPECT_EQ(lines_of(cifar)[0], "airplane_0000.jpg: 0/airplane");
  EXPECT_TRUE(std::ranges::any_of(places, [](const Sample& s) { return s.labels.size() > 1; }));
  for (const auto* set : {&val, &sample, &coco, &places, &cifar})
    for (const Sample& s : *set) EXPECT_TRUE(std::filesystem::exists(s.path)) << s.path;
}

TEST(Places365Val, FindsTheListInTheFolderOrBesideIt) {
  const TemporaryFolder folder;
  for (const char* name : {"val/Places365_val_00000002.jpg", "val/Places365_val_00000001.jpg", "val/x.jpg"})
    folder.write(name, "x");
  EXPECT_EQ(failure("places365-val", {{"path", folder / "val"}}),
            folder / "places365_val.txt" + ": cannot read the file: there is no such file");
  folder.write(
      "places365_val.txt",
      "Places365_val_00000001.jpg 165\nPlaces365_val_00000002.jpg 0\nPlaces365_val_00000003.jpg 1\n");
  const std::vector<std::string> expected{"Places365_val_00000001.jpg: 165/",
                                          "Places365_val_00000002.jpg: 0/"};
  EXPECT_EQ(lines_of("places365-val", {{"path", folder / "val"}}), expected);
  EXPECT_EQ(lines_of("places365-val", {{"path", folder / "val/"}}), expected);
  const std::string other =
      folder.write("other.txt", "Places365_val_00000001.jpg 7\nPlaces365_val_00000002.jpg 8\n");
  EXPECT_EQ(lines_of("places365-val", {{"path", folder / "val"}, {"labels", other}})[0],
            "Places365_val_00000001.jpg: 7/");
  folder.write("val/places365_val.txt", "Places365_val_00000001.jpg 9\nPlaces365_val_00000002.jpg nine\n");
  EXPECT_EQ(failure("places365-val", {{"path", folder / "val"}}),
            folder / "val/places365_val.txt" + ":2: 'nine' is not a class index (a whole number from 0)");
}

TEST(Folders, AreClassesInTheirOrder) {
  const TemporaryFolder folder;
  for (const char* name :
       {"dog/2.png", "cat/1.JPG", "dog/1.WebP", "dog/readme.md", ".hidden/1.png", "bird/x.txt"})
    folder.write(name, "x");
  EXPECT_THAT(lines_of("folders", {{"path", folder.path()}}),
              ElementsAre("cat/1.JPG: 1/cat", "dog/1.WebP: 2/dog", "dog/2.png: 2/dog"));
  const std::string classes = folder.write("classes.txt", "dog a dog\nfish\ncat\nbird\n");
  EXPECT_THAT(lines_of("folders", {{"path", folder.path()}, {"classes", classes}}),
              ElementsAre("cat/1.JPG: 2/cat", "dog/1.WebP: 0/dog", "dog/2.png: 0/dog"));
  folder.write("classes.txt", "dog\nbird\n");
  EXPECT_THAT(failure("folders", {{"path", folder.path()}, {"classes", classes}}),
              HasSubstr("folder cat of"));
}

TEST(Folders, NamedByNumbersAreOutputs) {
  const TemporaryFolder folder;
  for (const char* name : {"10/a.png", "9/a.png", "0/a.png"}) folder.write(name, "x");
  EXPECT_THAT(lines_of("folders", {{"path", folder.path()}}),
              ElementsAre("0/a.png: 0/", "10/a.png: 10/", "9/a.png: 9/"));
}

TEST(Folders, MissingOrEmptyIsAnError) {
  const TemporaryFolder folder;
  EXPECT_EQ(failure("folders", {{"path", folder.path()}}), folder.path() + ": no images found");
  EXPECT_THAT(failure("folders", {{"path", folder / "nowhere"}}),
              HasSubstr("nowhere: cannot read the folder"));
}

TEST(List, ReadsPathsWithBlanksSeveralLabelsAndKeys) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("sub/list.txt", "# floors\nmy image.png 4\nb/c.png\t2;7\n\nd.png n01440764\n");
  const auto samples = samples_of("list", {{"path", file}});
  EXPECT_THAT(lines_of(samples), ElementsAre("my image.png: 4/", "b/c.png: 2/ 7/", "d.png: -1/n01440764"));
  EXPECT_EQ(samples[1].path, folder / "sub/b/c.png");
  EXPECT_EQ(samples_of("list", {{"path", file}, {"root", "/data"}})[1].path, "/data/b/c.png");
}

TEST(List, MistakesAreNamedWithTheirLine) {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& content) {
    return failure("list", {{"path", folder.write("l.txt", content)}});
  };
  const std::string file = folder / "l.txt";
  EXPECT_EQ(with("a.png 1\nb.png\n"), file + ":2: expected 'image label'");
  EXPECT_EQ(with("a.png 1;;2\n"), file + ":1: a label is empty");
  EXPECT_EQ(with("a.png 1\na.png 2\n"), file + ":2: a.png is listed twice");
  EXPECT_EQ(with("\n# nothing\n"), file + ": no images found");
  EXPECT_EQ(with("a.png 99999999999999999999\n"),
            file + ":1: '99999999999999999999' is not a class index (a whole number from 0)");
}

std::vector<Sample> numbered(int n) {
  std::vector<Sample> samples;
  for (int i = 0; i < n; ++i) samples.push_back({std::to_string(i), "", {}});
  return samples;
}

TEST(Subset, IsDrawnBySeedAndKeepsTheOrder) {
  const auto names = [](std::int64_t count, std::uint64_t seed) {
    return lines_of(subset(numbered(50), count, seed));
  };
  const auto first = names(10, 1);
  EXPECT_EQ(first.size(), 10u);
  EXPECT_EQ(first, names(10, 1));
  EXPECT_NE(first, names(10, 2));
  EXPECT_TRUE(std::ranges::is_sorted(first, {}, [](const std::string& name) { return std::stoi(name); }));
  EXPECT_EQ(std::ranges::adjacent_find(first), first.end());
  EXPECT_EQ(names(0, 1).size(), 50u);
  EXPECT_EQ(names(80, 1).size(), 50u);
}

TEST(Subset, DrawsEverySampleEquallyOften) {
  std::vector<int> counts(10);
  constexpr int kSeeds = 2000;
  for (int seed = 0; seed < kSeeds; ++seed)
    for (const Sample& sample : subset(numbered(10), 3, static_cast<std::uint64_t>(seed)))
      ++counts[std::stoul(sample.name)];
  for (const int count : counts) EXPECT_NEAR(count, kSeeds * 0.3, 5 * std::sqrt(kSeeds * 0.3 * 0.7));
}

/// Two samples of each of n pictures.
std::vector<Sample> doubled(int n) {
  std::vector<Sample> samples;
  for (int i = 0; i < n; ++i)
    for (const char* what : {"/a", "/b"}) {
      samples.push_back({std::to_string(i) + what, "", {}});
      samples.back().image = std::to_string(i);
    }
  return samples;
}

TEST(Subset, DrawsPicturesWithAllTheirSamples) {
  const std::vector<Sample> singles = subset(numbered(20), 5, 3), pairs = subset(doubled(20), 5, 3);
  ASSERT_EQ(singles.size(), 5u);
  ASSERT_EQ(pairs.size(), 10u);
  for (std::size_t i = 0; i < singles.size(); ++i) {
    EXPECT_EQ(pairs[2 * i].name, singles[i].name + "/a");
    EXPECT_EQ(pairs[2 * i + 1].name, singles[i].name + "/b");
  }
}

TEST(Pictures, BeginWhereTheWordChanges) {
  std::vector<Sample> samples = doubled(2);
  const std::vector<Sample> singles = numbered(2);
  samples.insert(samples.begin() + 2, singles.begin(), singles.end());
  EXPECT_THAT(picture_starts(samples), ElementsAre(0, 2, 3, 4, 6));
  EXPECT_THAT(picture_starts({}), ElementsAre(0));
  EXPECT_EQ(picture_of(samples[1]), "0");
  EXPECT_EQ(picture_of(samples[2]), "0");
  EXPECT_TRUE(share_image(samples[0], samples[1]));
  EXPECT_FALSE(share_image(samples[2], samples[2]));
  samples[1].regions = {{{1, ""}, Box{0, 0, 1, 1}}};
  EXPECT_FALSE(share_image(samples[0], samples[1]));
}

TEST(HashOfSample, TellsShapesClassesAndMosaicsApart) {
  const Mosaic mosaic{
      2, 8, false, {{"a", "", {1, ""}}, {"b", "", {2, ""}}, {"c", "", {3, ""}}, {"d", "", {4, ""}}}};
  const auto with = [](auto change) {
    Sample sample{"grid-0000/cell-0", "", {{1, ""}}};
    change(sample);
    return hash_of(sample).hex();
  };
  const auto shaped = [&](const RegionShape& shape) {
    return with([&](Sample& sample) { sample.regions = {{{1, ""}, shape}}; });
  };
  const auto tiled = [&](auto change) {
    return with([&](Sample& sample) {
      Mosaic changed = mosaic;
      change(changed);
      sample.mosaic = std::make_shared<Mosaic>(changed);
    });
  };
  const std::vector<std::string> hashes{with([](Sample&) {}),
                                        shaped(Box{0, 0, 4, 4}),
                                        shaped(Box{0, 0, 4, 5}),
                                        shaped(Polygons{{{0, 0}, {4, 0}, {4, 4}}}),
                                        shaped(Polygons{{{0, 0}, {4, 0}, {4, 5}}}),
                                        shaped(RunLengths{{2, 3}, {2, 4}}),
                                        shaped(RunLengths{{3, 2}, {2, 4}}),
                                        with([](Sample& sample) {
                                          sample.regions = {{{1, ""}, Box{0, 0, 4, 4}, true}};
                                        }),
                                        with([](Sample& sample) {
                                          sample.classes = {{1, ""}, {2, ""}};
                                        }),
                                        tiled([](Mosaic&) {}),
                                        tiled([](Mosaic& m) { m.side = 9; }),
                                        tiled([](Mosaic& m) { m.center_crop = true; }),
                                        tiled([](Mosaic& m) { std::swap(m.tiles[0], m.tiles[3]); }),
                                        tiled([](Mosaic& m) { m.tiles[1].name = "e"; }),
                                        tiled([](Mosaic& m) { m.tiles[1].part = 1; }),
                                        tiled([](Mosaic& m) { m.tiles[1].label.index = 5; })};
  for (std::size_t i = 0; i < hashes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(hashes[i], hashes[j]) << i << " " << j;
}

TEST(HashOfSample, IsTheSameWhateverStandsBefore) {
  const TemporaryFolder folder;
  const auto mosaic =
      std::make_shared<const Mosaic>(Mosaic{1, 8, false, {{"a", folder.write("a", "12"), {1, ""}}}});
  const auto other =
      std::make_shared<const Mosaic>(Mosaic{1, 8, false, {{"b", folder.write("b", "123"), {1, ""}}}});
  const Region left{{1, ""}, Box{0, 0, 4, 4}}, right{{1, ""}, Box{4, 0, 8, 4}};
  const std::string file = folder.write("c", "1234"), longer = folder.write("d", "12345");
  const std::vector<Sample> samples{{"g/0", "", {{1, ""}}, {left}, "g", {}, mosaic},
                                    {"g/1", "", {{1, ""}}, {left}, "g", {}, mosaic},
                                    {"g/2", "", {{1, ""}}, {right}, "g", {}, mosaic},
                                    {"h/0", "", {{1, ""}}, {right}, "h", {}, other},
                                    {"h/0", "", {{1, ""}}, {right}, "h", {}, nullptr},
                                    {"c/1", file, {{1, ""}}, {left}, "c"},
                                    {"c/2", file, {{2, ""}}, {left}, "c"},
                                    {"d/2", longer, {{2, ""}}, {left}, "d"},
                                    {"d/2", file, {{2, ""}}, {}, ""}};
  const std::vector<Hash> hashes = hashes_of(samples);
  ASSERT_EQ(hashes.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(hashes[i], hash_of(samples[i])) << i;
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(hashes[i], hashes[j]) << i << " " << j;
  }
}

TEST(HashOfSample, ChangesWithNameLabelsAndSizeOnly) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.png", "12345");
  const Sample sample{"a.png", path, {{3, "n03"}}};
  EXPECT_EQ(hash_of(sample), hash_of(sample));
  const Sample elsewhere{"a.png", folder.write("copy/a.png", "54321"), {{3, "n03"}}};
  EXPECT_EQ(hash_of(sample), hash_of(elsewhere));
  for (const Sample& other : {Sample{"b.png", path, {{3, "n03"}}}, Sample{"a.png", path, {{4, "n03"}}},
                              Sample{"a.png", path, {{3, "n04"}}},
                              Sample{"a.png", folder.write("longer.png", "123456"), {{3, "n03"}}},
                              Sample{"a.png", folder / "none", {{3, "n03"}}}})
    EXPECT_NE(hash_of(sample), hash_of(other)) << other.name << " " << other.path;
}

}  // namespace
}  // namespace assay
