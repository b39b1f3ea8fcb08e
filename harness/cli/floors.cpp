#include "harness/floors/floors.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "harness/cli/command.h"
#include "harness/floors/write.h"
#include "harness/run/progress.h"

namespace assay {
namespace {

constexpr int kAll = kFloors * kViews;

void print_written(const std::string& folder, const FloorOptions& options, const ColourBaselines& colours) {
  fmt::print("{}: {} floors of {} views, {} x {} px, seed {}\n", folder, kFloors, kViews, kFloorColumns,
             kFloorRows, options.seed);
  for (const Floor& floor : floors()) fmt::print("  {}  {}\n", floor.name, floor.object);
  fmt::print("what is in it\n");
  fmt::print("  images/FLOOR/VIEW.png   views 0..{} in train.txt, the others in test.txt\n", kTrainViews - 1);
  fmt::print("  objects/FLOOR/VIEW.png  where the object of the floor is; boxes in regions.csv\n");
  if (options.painted) fmt::print("  painted/FLOOR/VIEW.png  the same views without the object\n");
  fmt::print(
      "what colour alone tells (test views whose nearest training view is of their floor; chance {})\n"
      "  nearest neighbour on mean colour: {} of {}, on 64-bin histograms: {} of {}\n",
      colours.tested / kFloors, colours.mean, colours.tested, colours.histogram, colours.tested);
  const std::string models = (std::filesystem::path("models") / "floors").string();
  fmt::print("go on with\n  assay train floors {} --out {}\n", folder, models);
}

void write(const std::string& folder, FloorOptions options) {
  Progress progress("floors", kAll, kAll);
  options.on_view = [&] { progress.add(1); };
  const ColourBaselines colours = write_floors(folder, options);
  progress.finish();
  print_written(folder, options, colours);
}

}  // namespace

void add_floors(CLI::App& program, int& /*status*/) {
  auto folder = std::make_shared<std::string>();
  auto options = std::make_shared<FloorOptions>();
  CLI::App* command = program.add_subcommand(
      "floors", "render views of six floors of a building, each with an object that only it has");
  command->add_option("folder", *folder, "new folder, or one of the same seed to write again")
      ->required()
      ->type_name("DIR");
  command->add_option("--seed", options->seed, "of everything that chance draws")->capture_default_str();
  command->add_flag("--painted", options->painted, "also every view with its object painted out");
  command->footer(
      "A stand-in for photographs of the floors of a building: all that is not the object is drawn from the "
      "same\ndistribution on every floor, and where the object is, is known to the pixel. About 60 MB; "
      "--painted\ndoubles it.\n\n"
      "examples:\n"
      "  assay floors out/floors\n"
      "  assay floors out/floors-7 --seed 7 --painted\n"
      "  assay train floors out/floors --out out/floor-network");
  command->callback([folder, options] { write(*folder, *options); });
}

}  // namespace assay
