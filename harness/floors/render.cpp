#include <array>
#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/floors/building.h"
#include "harness/floors/canvas.h"
#include "harness/floors/corridor.h"
#include "harness/floors/floors.h"
#include "harness/floors/furniture.h"
#include "harness/floors/objects.h"
#include "harness/floors/photograph.h"

namespace assay {
namespace {

constexpr double kMirror = 0.25;  // resolution of what the floor reflects, of the canvas
constexpr double kGloss = 0.2;    // share of light that it reflects

scene::Camera camera(std::uint64_t seed) {
  Random random(mix_seed(seed, "camera"));
  const auto about = [&](double value, double most) { return value + scene::between(random, -most, most); };
  const cv::Vec3d eye(about(1.2, 0.14), about(1.55, 0.06), about(0.0, 0.12));
  const double yaw = about(-0.22, 0.035), pitch = about(-0.035, 0.022), roll = about(0, 0.013);
  return {eye, yaw, pitch, roll, 2 * about(800, 24), {2 * kFloorColumns, 2 * kFloorRows}};
}

scene::Pieces object_of(std::uint64_t seed, int floor) {
  using Maker = scene::Pieces (*)(Random&);
  constexpr std::array<Maker, kFloors> kMakers{scene::notice_board,    scene::potted_plant,
                                               scene::vending_machine, scene::glass_door,
                                               scene::sculpture,       scene::bookcase};
  Random random(mix_seed(mix_seed(seed, "object"), floors()[static_cast<std::size_t>(floor)].name));
  return scene::placed(kMakers[static_cast<std::size_t>(floor)](random), 0,
                       {scene::kObjectX, 0, scene::kBack});
}

}  // namespace

const std::array<Floor, kFloors>& floors() {
  static const std::array<Floor, kFloors> all{{{"3rd", "notice board"},
                                               {"4th", "potted plant"},
                                               {"5th", "vending machine"},
                                               {"6th", "glass door and the hallway behind it"},
                                               {"7th", "ring on a pedestal"},
                                               {"8th", "bookcase"}}};
  return all;
}

FloorView render_floor(std::uint64_t seed, int floor, int view, bool with_object) {
  ASSAY_ASSERT(floor >= 0 && floor < kFloors && view >= 0 && view < kViews);
  const std::uint64_t chance =
      mix_seed({seed, static_cast<std::uint64_t>(floor), static_cast<std::uint64_t>(view)});
  const scene::Corridor building = scene::corridor(chance);
  scene::Canvas canvas(camera(chance), building.light);
  const scene::Pieces about = scene::furniture(chance, canvas.camera().eye());
  scene::Canvas mirror(canvas.camera().mirrored(kMirror), building.light);
  mirror.paste(building.walls);
  mirror.paste(about);
  canvas.paste(building.floor);
  canvas.reflect(mirror.picture(), kGloss);
  canvas.paste(building.walls);
  if (with_object) canvas.paste(object_of(seed, floor), true);
  canvas.paste(about);

  FloorView seen;
  seen.image = scene::photograph(canvas.picture(), chance);
  cv::resize(canvas.marks(), seen.object, seen.image.size(), 0, 0, cv::INTER_AREA);
  seen.object = seen.object > 0;
  seen.box = cv::boundingRect(seen.object);
  return seen;
}

}  // namespace assay
