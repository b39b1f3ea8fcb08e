#include "harness/run/explain.h"

#include <fmt/format.h>

#include "harness/core/first_line.h"
#include "harness/core/stopwatch.h"
#include "harness/network/device.h"
#include "harness/network/tensor.h"
#include "methods/map.h"
#include "methods/shared_attribution.h"

namespace assay {
namespace {

/// An explanation and the index of its map that shows a raw attribution.
struct User {
  Working* working;
  std::size_t map;
};

/// `known`: what the method itself says of it.
void judge(const Tensor& map, const std::string& known, Verdict& verdict) {
  if (!at::isfinite(map).all().item<bool>())
    verdict.set(Status::failed, known.empty() ? "map is not finite" : known);
  else if ((map.max() == map.min()).item<bool>())
    verdict.set(Status::suspect, known.empty() ? "constant map" : "constant map: " + known);
}

void add_map(const User& user, const Attribution& found, const Cost& cost, const Subject& subject) {
  const Stopwatch watch;
  Working& working = *user.working;
  const Tensor maps = map_of(working.planned->maps[user.map].view, found.raw, subject);
  working.explanation.maps[user.map] = maps;
  const double seconds = watch.seconds() / static_cast<double>(working.positions.size());
  for (std::size_t q = 0; q < working.positions.size(); ++q) {
    Verdict& verdict = working.verdicts[working.positions[q]];
    verdict.cost += cost;
    verdict.cost.seconds += seconds;
    for (const Figure& figure : working.planned->maps.size() == 1 ? found.figures : std::vector<Figure>())
      verdict.figures[figure.name] = figure.values[static_cast<std::int64_t>(q)].item<double>();
    judge(maps[static_cast<std::int64_t>(q)], found.reasons.empty() ? "" : found.reasons.at(q), verdict);
  }
}

void explain_raw(Subject& subject, const RawMap& raw, const std::vector<User>& users) {
  const std::vector<Query>& queries = users.front().working->explanation.queries;
  try {
    subject.bill();
    const Attribution found = attribute_by_image(subject, *raw.method, queries, raw.words);
    const Cost cost = share_of(subject.bill(), std::ssize(queries));
    for (const User& user : users) add_map(user, found, cost, subject);
  } catch (const std::exception& error) {
    if (calls_for_smaller_batch(error, subject.batch(), subject.pixels().device())) throw;
    for (const User& user : users)
      for (const int position : user.working->positions)
        user.working->verdicts[position].set(Status::failed,
                                             fmt::format("{}: {}", raw.name, first_line(error.what())));
  }
}

/// Valid as long as the roster.
ExplainAgain again_of(const Roster& roster, const PlannedExplanation& planned) {
  return [&roster, &planned](Subject& subject, std::span<const Query> queries) {
    std::vector<Tensor> maps;
    for (const MapView& map : planned.maps) {
      const RawMap& raw = roster.raws[map.raw];
      const std::string& words = raw.words.empty() ? raw.id : raw.words;
      const Attribution found = attribute_by_image(subject, *raw.method, queries, words);
      maps.push_back(map_of(map.view, found.raw, subject));
    }
    return maps;
  };
}

/// Keeps the queries that stand.
void drop_unusable(Working& working) {
  std::vector<std::int64_t> keep;
  std::vector<Query> queries;
  std::vector<int> positions;
  for (std::size_t q = 0; q < working.positions.size(); ++q) {
    if (!working.verdicts[working.positions[q]].usable()) continue;
    keep.push_back(static_cast<std::int64_t>(q));
    queries.push_back(working.explanation.queries[q]);
    positions.push_back(working.positions[q]);
  }
  if (keep.size() < working.positions.size() && !keep.empty()) {
    const Tensor rows = at::tensor(keep, at::kLong);
    for (Tensor& maps : working.explanation.maps) maps = maps.index_select(0, rows.to(maps.device()));
  }
  working.explanation.queries = std::move(queries);
  working.positions = std::move(positions);
}

}  // namespace

void Verdict::set(Status worse, const std::string& why) {
  if (!usable()) return;
  status = worse;
  reason = why;
}

std::string without_path(const std::string& reason, const std::string& path) {
  const std::string prefix = path + ": ";
  return reason.starts_with(prefix) ? reason.substr(prefix.size()) : reason;
}

void add_truth(const Sample& sample, const Decoded& decoded, const Network& network, std::int64_t image,
               Truth& truth) {
  if (decoded.geometry.rows > 0) truth.set_geometry(image, decoded.geometry);
  for (std::size_t i = 0; i < decoded.regions.size(); ++i) {
    const Region& region = sample.regions[i];
    const std::int64_t target = output_of(region.label, network);
    if (target < 0) continue;
    const Decoded::Mask& mask = decoded.regions[i];
    if (mask.pixels.defined()) {
      truth.add_object({image, target}, {mask.pixels, region.difficult});
    } else {
      const std::string* file = std::get_if<std::string>(&region.shape);
      truth.fail({image, target}, "mask: " + without_path(mask.reason, file ? *file : ""));
    }
  }
}

void explain(Subject& subject, const Roster& roster, std::map<int, Working>& working) {
  std::map<int, std::vector<User>> users;  // by raw map
  for (auto& [index, one] : working) {
    one.explanation.maps.resize(one.planned->maps.size());
    one.explanation.again = again_of(roster, *one.planned);
    if (one.explanation.queries.empty()) continue;
    for (std::size_t m = 0; m < one.planned->maps.size(); ++m)
      users[one.planned->maps[m].raw].push_back({&one, m});
  }
  for (const auto& [raw, its_users] : users) explain_raw(subject, roster.raws[raw], its_users);
  for (auto& [index, one] : working) drop_unusable(one);
}

}  // namespace assay
