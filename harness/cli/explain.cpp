#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/explanation.h"
#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "harness/data/label_files.h"
#include "harness/figures/panel.h"
#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

/// "-" for what was not observed.
std::string number_text(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.4g}", value);
}

std::string score_text(double value, Reasons reasons) {
  const std::string number = std::isnan(value) ? "-" : fmt::format("{:.3f}", value);
  return reasons.empty() ? number : fmt::format("{} (left out: {})", number, reasons.text());
}

std::string share_text(double pixels, double all) {
  return fmt::format("{:.1f} % of the pixels", 100 * pixels / all);
}

std::string growth_text(const Findings& found, std::int64_t limit) {
  if (found.seen.reached == 0)
    return fmt::format("not classified as {} within {} growth steps", found.target, limit);
  return fmt::format("{:.0f} growth step{} until classified as {}", found.seen.growth_steps,
                     found.seen.growth_steps == 1 ? "" : "s", found.target);
}

std::string method_text(const ExplainRequest& request) {
  return fmt::format("{}{}{}", request.method, request.params.empty() ? "" : " ",
                     fmt::join(request.params, " "));
}

void print_findings(const ExplainRequest& request, const Findings& found, const Network& network) {
  const GainObservation& seen = found.seen;
  fmt::print("image    {}\nnetwork  {}\nmethod   {}\n", request.image, network.name(), method_text(request));
  fmt::print("target   {} {} ({})\n", found.index, found.target,
             request.target == "predicted" ? "predicted" : "asked for");
  if (!found.record.reason.empty()) fmt::print("note     {}\n", found.record.reason);
  fmt::print("p        image {}, base {}, hybrid {}, grown {}\n", number_text(seen.p_full),
             number_text(seen.p_base), number_text(seen.p_hybrid), number_text(seen.p_grown));
  fmt::print("mask     {:.0f} of {:.0f} px, {}\n", seen.mask_pixels, seen.pixels,
             share_text(seen.mask_pixels, seen.pixels));
  fmt::print("growth   {}", growth_text(found, request.limit));
  if (seen.reached != 0)
    fmt::print(": {:.0f} px, {}", seen.grown_pixels, share_text(seen.grown_pixels, seen.pixels));
  fmt::print("\nSCG      {}\nCCG      {}\n", score_text(found.score.scg, found.score.reason_scg),
             score_text(found.score.ccg, found.score.reason_ccg));
}

std::vector<Tile> tiles_of(const ExplainRequest& request, const Findings& found, Subject& subject) {
  const bool bgr = subject.network().preprocess().bgr;
  const GainObservation& seen = found.seen;
  const Tensor image = picture_of(subject.pixels()[0], bgr);
  const bool reached = seen.reached != 0;
  std::vector<Tile> tiles{
      {image, "image", {fmt::format("p({}) = {:.3f}", found.target, seen.p_full)}},
      {picture_of(found.base, bgr), "base: " + request.base, {fmt::format("p = {:.2g}", seen.p_base)}},
      {heat_overlay(image, min_max(found.map)), "heat map: " + request.method, request.params, true},
      {mask_overlay(image, found.mask),
       "mask",
       {share_text(seen.mask_pixels, seen.pixels), fmt::format("p of its hybrid = {:.3f}", seen.p_hybrid),
        "SCG = " + score_text(found.score.scg, found.score.reason_scg)}},
      {mask_overlay(image, found.grown),
       reached ? "grown mask" : fmt::format("mask after {} steps", request.limit),
       {growth_text(found, request.limit), share_text(found.grown.sum().item<double>(), seen.pixels)}},
      {picture_of(found.hybrid, bgr), "hybrid of the grown mask", {}}};
  if (reached) tiles.back().lines.push_back(fmt::format("p = {:.3f}", seen.p_grown));
  tiles.back().lines.push_back("CCG = " + score_text(found.score.ccg, found.score.reason_ccg));
  return tiles;
}

void check_out(const std::string& out) {
  const std::filesystem::path path(out);
  if (path.extension() != ".png") throw ConfigError(fmt::format("--out {}: the name must end in .png", out));
  if (!path.parent_path().empty() && !is_folder(path.parent_path().string()))
    throw ConfigError(fmt::format("--out {}: the folder does not exist", out));
}

void explain(const ExplainRequest& request) {
  at::set_num_threads(request.threads);
  check_out(request.out);
  const Network network = load_network(request.network);
  const Explainer explainer = explainer_of(request, network);
  const Tensor pixels = decode(request.image, network.preprocess());
  const std::string name = std::filesystem::path(request.image).filename().string();
  Subject subject(network, pixels.unsqueeze(0), {name}, 1, {});
  const Findings found = find_out(request, subject, explainer);
  print_findings(request, found, network);
  const std::string heading = fmt::format("{} by {}: {}", name, network.name(), found.target);
  save_png(panel(heading, tiles_of(request, found, subject)), request.out);
  fmt::print("picture  {}\n", request.out);
}

constexpr const char* kExplainHelp =
    "The picture shows image, base, heat map, mask, grown mask and hybrid, with SCG and CCG of protocol "
    "'paper'.\n\n"
    "examples:\n"
    "  assay explain cat.jpg --network models/googlenet_bvlc --method grad --param dilations=5\n"
    "  assay explain cat.jpg --network models/googlenet_bvlc --method c-mwp --param layer=pool2/3x3_s2 \\\n"
    "      --param contrast=pool5/7x7_s1 --target n02123045 --out cat.png\n"
    "  assay explain cat.jpg --network models/googlenet_bvlc --method occ --param patch=50 --rho 0.05 --base "
    "zero";

}  // namespace

void add_explain(CLI::App& program, int& /*status*/) {
  auto request = std::make_shared<ExplainRequest>();
  CLI::App* command = program.add_subcommand("explain", "explain one image: a picture and its figures");
  command->add_option("image", request->image, "image file")->required()->type_name("IMAGE");
  command->add_option("--network", request->network, "network: a folder, a TorchScript file or builtin:NAME")
      ->required()
      ->type_name("PATH");
  command->add_option("--method", request->method, "explainer (assay list methods)")
      ->required()
      ->type_name("NAME");
  command->add_option("--param", request->params, "parameter of the method or its view (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command
      ->add_option("--target", request->target,
                   "class: predicted, an output index, or the first word of a class line")
      ->capture_default_str()
      ->type_name("CLASS");
  command->add_option("--rho", request->rho, "share of the pixels in the mask")
      ->capture_default_str()
      ->type_name("SHARE");
  command
      ->add_option("--base", request->base,
                   "what shows outside the mask: gaussian(17, 2.9), box(17), zero, gray, mean, inverted")
      ->capture_default_str()
      ->type_name("BASE");
  command->add_option("--mask", request->mask, "exact or authors")->capture_default_str()->type_name("RULE");
  command->add_option("--limit", request->limit, "growth steps at most")
      ->capture_default_str()
      ->type_name("STEPS");
  command->add_option("--out", request->out, "the picture")->capture_default_str()->type_name("FILE.png");
  command
      ->add_option(
          "--threads", request->threads,
          "CPU threads; 1 computes what a run does, to the last bit, unless it sets numerics.threads")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  command->footer(kExplainHelp);
  command->callback([request] { explain(*request); });
}

}  // namespace assay
