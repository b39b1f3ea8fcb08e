#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "metrics/bases.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/masks.h"
#include "metrics/metric.h"
#include "tests/golden/golden_file.h"
#include "tests/golden/protocol.h"
#include "tests/pack.h"

// Bases, masks and scores, each from the stored values of the stage before. ASSAY_GOLDEN_ALL=1 runs every row
// of the large networks with the protocols' own growth limits (a quarter of an hour); otherwise a choice of
// rows grows a few steps.
namespace assay::test {
namespace {

const bool kAll = std::getenv("ASSAY_GOLDEN_ALL") != nullptr;
constexpr std::int64_t kFewSteps = 6;

/// Largest deviations met, printed at the end of a test.
struct Figures {
  double p = 0, scg = 0, ccg = 0, margin = 0;  // scg, ccg: in units of their tolerance
  int rows = 0, grown = 0, near_ties = 0, other_steps = 0;
};

/// Notes how far apart two values are, in units of `unit`; where one is NaN, the other must be.
void compare_values(double& largest, double got, double wanted, double unit = 1) {
  EXPECT_EQ(std::isnan(got), std::isnan(wanted)) << got << " in place of " << wanted;
  if (std::isnan(got) || std::isnan(wanted) || got == wanted) return;
  largest = std::max(largest, std::abs(got - wanted) / unit);
}

class GoldenScores : public testing::TestWithParam<const char*> {
 protected:
  bool large() const { return std::string(GetParam()) != "resnet20_cifar10"; }
  std::string path() const { return golden() + "/" + GetParam() + ".h5"; }
};

std::string user_base(const GoldenFile& file, const std::string& base) {
  if (base == "black") return "zero";
  const std::int64_t size = file.integers("/", "base_kernel_size").front();
  return base == "box" ? fmt::format("box({})", size) : fmt::format("gaussian({})", size);
}

/// What the files say in words and numbers about a protocol, beyond what the values below hang on.
TEST_P(GoldenScores, ProtocolsAgree) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(path());
  const GainProtocol paper = gain_protocol("paper"), authors = gain_protocol("authors-code");
  EXPECT_EQ(paper.growth_limit, file.integers("/", "growth_limit_paper").front());
  EXPECT_EQ(authors.growth_limit, file.integers("/", "growth_kept_authors_code").front());
  EXPECT_EQ(paper.guard, file.number("/", "paper_eps"));
  EXPECT_EQ(authors.epsilon, file.number("/", "authors_code_eps"));
  for (const auto& [protocol, key] : {std::pair{&paper, "ccg_paper"}, {&authors, "ccg_authors_code"}}) {
    const bool of_means = file.text("/", key).find("mean(gain)/mean(area)") != std::string::npos;
    EXPECT_EQ(protocol->average, of_means ? "ratio-of-means" : "mean-of-ratios");
  }
}

/// (rho, base) of a table's rows.
using Shown = std::set<std::pair<double, std::string>>;

TEST_P(GoldenScores, VariantsAreTheRowsOfTheTable) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(path());
  if (file.integers("/", "base_kernel_size").front() != Base{}.size)
    GTEST_SKIP() << "the bases of small images are configured, not the protocol's";
  for (const std::string protocol : {"paper", "authors-code"}) {
    Shown wanted, made;
    for (const GoldenFile::Row& row : file.table("images/" + file.children("images").front() + "/scores"))
      if (row.text("protocol") == protocol)
        wanted.emplace(row.number("rho"), text_of(parse_base(user_base(file, row.text("base")))));
    Params params(gain_settings(protocol));
    for (const Variant& variant : metrics().front().make(params)->variants())
      made.emplace(variant.settings.at("rho").get<double>(), variant.settings.at("base").get<std::string>());
    EXPECT_EQ(made, wanted) << protocol;
  }
}

TEST_P(GoldenScores, BasesAgree) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(path());
  for (const std::string& image : file.children("images")) {
    const Tensor pixels = file.tensor("images/" + image + "/pixels").to(at::kFloat).unsqueeze(0);
    for (const auto& [protocol, base] : {std::pair{"paper", "gaussian"}, {"authors-code", "box"}}) {
      const Tensor wanted = file.tensor(fmt::format("images/{}/{}/bases/{}", image, protocol, base));
      const Tensor made = base_images(parse_base(user_base(file, base)), pixels)[0];
      EXPECT_LT((made - wanted).abs().max().item<float>(), 2e-4) << image << " " << base;  // of 255
    }
  }
}

/// "a+b" -> the maps a and b.
Explanation stored_maps(const GoldenFile& file, const std::string& folder, const std::string& configuration) {
  Explanation explanation{{}, {{0, 0}}};
  for (std::size_t at = 0; at <= configuration.size();) {
    const std::size_t end = std::min(configuration.find('+', at), configuration.size());
    explanation.maps.push_back(
        file.tensor(folder + "/maps/" + configuration.substr(at, end - at)).unsqueeze(0));
    at = end + 1;
  }
  return explanation;
}

TEST_P(GoldenScores, MasksOfTheStoredMapsAreEqual) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(path());
  int masks = 0;
  for (const std::string& image : file.children("images"))
    for (const std::string protocol : {"paper", "authors-code"})
      for (const auto& [name, rho] : {std::pair{"rho25", 0.25}, {"rho5", 0.05}}) {
        const std::string folder = "images/" + image + "/" + protocol;
        for (const std::string& configuration : file.children(folder + "/masks/" + name)) {
          const Tensor wanted = file.tensor(fmt::format("{}/masks/{}/{}", folder, name, configuration));
          const MaskRule rule{rho, mask_kind(protocol)};
          const Tensor made = explanation_mask(stored_maps(file, folder, configuration), 0, rule, 0);
          EXPECT_TRUE(at::equal(made, wanted.to(at::kBool))) << folder << " " << name << " " << configuration;
          ++masks;
        }
      }
  EXPECT_GE(masks, 120);
}

/// One row of a scores table as a task: the stored mask is the map, rho is its share.
struct Case {
  GoldenFile::Row row;
  Explanation explanation;
  Json settings;
  std::int64_t limit;
  GainProtocol protocol;
  std::string name() const {
    return fmt::format("{} {} rho={} {}", row.text("protocol"), row.text("config"), row.number("rho"),
                       row.text("base"));
  }
};

/// Every other row that gets there in a few steps, and some that do not.
bool chosen(const GoldenFile::Row& row, std::size_t index) {
  const double steps = row.number("growth_steps");
  return steps >= 0 && steps <= static_cast<double>(kFewSteps) ? index % 2 == 0 : index % 16 == 0;
}

std::vector<Case> cases_of(const GoldenFile& file, const std::string& image, bool few) {
  std::vector<Case> cases;
  const std::vector<GoldenFile::Row> rows = file.table("images/" + image + "/scores");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const GoldenFile::Row& row = rows[i];
    if (few && !chosen(row, i)) continue;
    const std::string mask_path = fmt::format("images/{}/{}/masks/rho{}/{}", image, row.text("protocol"),
                                              std::lround(100 * row.number("rho")), row.text("config"));
    const Tensor mask = file.tensor(mask_path).to(at::kFloat);
    const std::string limit_name =
        row.text("protocol") == "paper" ? "growth_limit_paper" : "growth_limit_authors_code";
    const std::int64_t limit = few ? kFewSteps : file.integers("/", limit_name).front();
    const double rho = row.number("mask_pixels") / static_cast<double>(mask.numel());
    const Json settings{{"rho", rho},
                        {"base", text_of(parse_base(user_base(file, row.text("base"))))},
                        {"mask", "exact"},
                        {"ties", "row-major"},
                        {"limit", limit}};
    const auto target = static_cast<std::int64_t>(row.number("target"));
    cases.push_back(
        {row, {{mask.unsqueeze(0)}, {{0, target}}}, settings, limit, gain_protocol(row.text("protocol"))});
  }
  return cases;
}

/// Of scores: 2e-3, or 1e-3 relative where that is larger.
double tolerance(double wanted) {
  return std::max(2e-3, 1e-3 * std::abs(wanted));
}

/// A sign that rounding decides: empty masks give differences of 1e-8 in the reference.
bool at_zero(double difference) {
  return std::abs(difference) < 1e-7;
}

void compare_first(const Case& one, const GainObservation& seen, const GainScore& score, Figures& figures) {
  const auto want = [&](const char* column) { return one.row.number(column); };
  const bool share = one.protocol.confidence == "logit-share";
  compare_values(figures.p, share ? seen.share_full : seen.p_full, want("p_full"));
  compare_values(figures.p, share ? seen.share_base : seen.p_base, want("p_base"));
  compare_values(figures.p, share ? seen.share_hybrid : seen.p_hybrid, want("p_hybrid"));
  compare_values(figures.scg, score.scg, want("scg"), tolerance(want("scg")));
  compare_values(figures.margin, seen.margin_first, want("margin_first"));
  EXPECT_EQ(seen.mask_pixels, want("mask_pixels"));
  EXPECT_EQ(seen.first_right, want("first_right"));
  if (!at_zero(want("p_hybrid") - want("p_base")))
    EXPECT_EQ(score.reason_scg.text(), one.row.text("reason_scg"));
}

/// The reference gives no CCG to an empty mask, nor to a first mask that is right where that does not count.
double ccg_of(const GainScore& score) {
  const bool none =
      score.reason_ccg.has(Reason::empty_mask) || score.reason_ccg.has(Reason::first_mask_right);
  return none ? GainObservation::kNone : score.ccg;
}

void compare_grown(const Case& one, const GainObservation& seen, const GainScore& score, Figures& figures) {
  const auto want = [&](const char* column) { return one.row.number(column); };
  const bool wanted_reached =
      want("growth_steps") >= 0 && want("growth_steps") <= static_cast<double>(one.limit);
  EXPECT_EQ(seen.reached, wanted_reached);
  const bool same_limit = wanted_reached || want("growth_steps") < 0;
  if (!same_limit) return;
  const bool share = one.protocol.confidence == "logit-share";
  compare_values(figures.p, share ? seen.share_grown : seen.p_grown, want("p_grown"));
  compare_values(figures.ccg, ccg_of(score), want("ccg"), tolerance(want("ccg")));
  if (!wanted_reached || !at_zero(want("p_grown") - want("p_base")))
    EXPECT_EQ(score.reason_ccg.text(), one.row.text("reason_ccg"));
  if (!wanted_reached) return;
  ++figures.grown;
  EXPECT_EQ(seen.growth_steps, want("growth_steps"));
  EXPECT_EQ(seen.grown_pixels, want("grown_pixels"));
  compare_values(figures.margin, seen.margin_min, want("margin_min"));
}

void compare(const Case& one, const Record& record, Figures& figures) {
  SCOPED_TRACE(one.name());
  const GainObservation seen = gain_observation(record.values);
  const GainScore score = gain_score(record, one.protocol);
  ++figures.rows;
  compare_first(one, seen, score, figures);
  const bool reference_wavers = one.row.number("growth_steps") != one.row.number("growth_steps_f64");
  if (one.row.number("margin_min") < 1e-3 || reference_wavers) {
    ++figures.near_ties;
    figures.other_steps += std::isnan(seen.growth_steps)
                               ? one.row.number("growth_steps") >= 0
                               : seen.growth_steps != one.row.number("growth_steps");
    return;
  }
  compare_grown(one, seen, score, figures);
}

TEST_P(GoldenScores, ScoresOfTheStoredMasksAgree) {
  ASSAY_NEEDS_GOLDEN();
  const GoldenFile file(path());
  const Network network = load_network(pack() + "/models/" + GetParam());
  Params none;
  const auto metric = metrics().front().make(none);
  Figures figures;
  std::vector<std::string> images = file.children("images");
  const bool few = large() && !kAll;
  for (const std::string& image : images) {
    SCOPED_TRACE(image);
    const std::vector<Case> cases = cases_of(file, image, few);
    std::vector<Task> tasks;
    for (const Case& one : cases) tasks.push_back({&one.explanation, &one.settings});
    Subject subject(network, file.tensor("images/" + image + "/pixels").unsqueeze(0), {image}, 0, {});
    const auto records = metric->observe(subject, tasks, {});
    for (std::size_t i = 0; i < cases.size(); ++i) compare(cases[i], records[i][0], figures);
    fmt::print("{}: {} rows, {} forwards\n", image, cases.size(), subject.done().forwards);
  }
  EXPECT_LT(figures.p, 1e-5);
  EXPECT_LT(figures.scg, 1);
  EXPECT_LT(figures.ccg, 1);
  EXPECT_LT(figures.margin, 2e-3);
  fmt::print(
      "{} rows, {} grown to the target, {} near-ties ({} with other steps); largest: p {:.1e}, margin "
      "{:.1e}, scg {:.3f} and ccg {:.3f} of the tolerance\n",
      figures.rows, figures.grown, figures.near_ties, figures.other_steps, figures.p, figures.margin,
      figures.scg, figures.ccg);
  EXPECT_GT(figures.grown, few ? 10 : 100);
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenScores,
                         testing::Values("resnet20_cifar10", "googlenet_bvlc", "squeezenet_v1.1",
                                         "squeezenet_bn_places365"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace assay::test
