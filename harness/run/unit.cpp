#include "harness/run/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "harness/core/hash.h"
#include "harness/network/device.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// Of a unit's samples, those that share one counted once.
std::int64_t pictures_of(const Plan& plan, const Unit& unit) {
  const std::vector<Sample>& samples = plan.experiments[unit.experiment].samples;
  std::int64_t images = 0;
  for (std::size_t i = 0; i < unit.samples.size(); ++i) {
    const auto same = [&](int earlier) { return share_image(samples[earlier], samples[unit.samples[i]]); };
    images += std::none_of(unit.samples.begin(), unit.samples.begin() + static_cast<std::ptrdiff_t>(i), same);
  }
  return images;
}

/// In front of a packed unit's cells.
constexpr std::int32_t kOtherCells = 0, kSameCells = 1;  // as those of the unit before

Hash key_of(const std::string& experiment, const std::string& cell, const std::string& sample) {
  return hash_text(experiment + cell + sample);
}

/// Samples of one block that miss the same cells, in the order of their first sample.
std::vector<Unit> units_of_block(const Plan& plan, int index, int first, int last, const Finished& finished) {
  const Experiment& experiment = plan.experiments[index];
  std::vector<Unit> units;
  for (int sample = first; sample < last; ++sample) {
    std::vector<int> missing;
    for (std::size_t cell = 0; cell < experiment.roster->cells.size(); ++cell)
      if (!finished.holds(experiment.id, experiment.roster->cells[cell].id, experiment.sample_ids[sample]))
        missing.push_back(static_cast<int>(cell));
    if (missing.empty()) continue;
    const auto same = std::ranges::find(units, missing, &Unit::cells);
    if (same != units.end())
      same->samples.push_back(sample);
    else
      units.push_back({index, {sample}, std::move(missing)});
  }
  return units;
}

}  // namespace

void Finished::add(const UnitResult& unit, bool again) {
  note_time(unit);
  for (const ObservationRow& row : unit.observations)
    if (!again || row.record.status != Status::failed)
      keys_.insert(key_of(unit.experiment, row.cell, row.sample));
}

void Finished::note_time(const UnitResult& unit) {
  const auto samples = std::ranges::count(unit.samples, Status::ok, &SampleRow::status);
  if (samples == 0) return;
  std::vector<std::string> cells;
  for (const ObservationRow& row : unit.observations)
    if (cells.empty() || row.cell != cells.back()) cells.push_back(row.cell);
  auto same = std::ranges::find_if(spent_, [&](const Spent& spent) {
    return spent.experiment == unit.experiment && spent.cells == cells;
  });
  if (same == spent_.end())
    same = spent_.insert(same, {.experiment = unit.experiment, .cells = std::move(cells)});
  same->units += 1;
  same->samples += static_cast<std::size_t>(samples);
  same->seconds += unit.seconds;
}

Finished Finished::of_folder(const std::string& folder, bool again) {
  Finished finished;
  for (const std::string& journal : journals_of(folder)) {
    const JournalExtent extent =
        read_journal(journal, [&](const UnitResult& unit, std::uint64_t) { finished.add(unit, again); });
    finished.note_damage(journal, extent);
  }
  return finished;
}

void Finished::note_damage(const std::string& journal, const JournalExtent& extent) {
  if (extent.damaged > 0)
    damage_.push_back(
        fmt::format("{}: {} bytes between good units are damaged; what they held is computed again", journal,
                    extent.damaged));
  if (extent.torn == 0) return;
  damage_.push_back(fmt::format(
      "{}: the last {} bytes are no whole unit (from byte {} on), as a kill leaves them; what they "
      "held is computed again",
      journal, extent.torn, extent.length));
  torn_.emplace(journal, extent.length);
}

bool Finished::holds(const std::string& experiment, const std::string& cell,
                     const std::string& sample) const {
  return keys_.contains(key_of(experiment, cell, sample));
}

std::vector<Unit> units_of(const Plan& plan, const Finished& finished) {
  std::vector<Unit> units;
  for (std::size_t index = 0; index < plan.experiments.size(); ++index) {
    const std::vector<std::size_t> starts = picture_starts(plan.experiments[index].samples);
    const std::size_t pictures = starts.size() - 1, block = static_cast<std::size_t>(plan.block);
    for (std::size_t first = 0; first < pictures; first += block) {
      const std::size_t last = std::min(first + block, pictures);
      for (Unit& unit : units_of_block(plan, static_cast<int>(index), static_cast<int>(starts[first]),
                                       static_cast<int>(starts[last]), finished))
        units.push_back(std::move(unit));
    }
  }
  return units;
}

Price price_of(const Plan& plan, const Unit& unit) {
  const Roster& roster = *plan.experiments[unit.experiment].roster;
  Price price;
  std::set<int> raws;
  for (const int cell : unit.cells) {
    const PlannedExplanation& explanation = roster.explanations[roster.cells[cell].explanation];
    const PlannedMetric& metric = roster.metrics[roster.cells[cell].metric];
    for (const MapView& map : explanation.maps) raws.insert(map.raw);
    if (!explanation.unsupported.empty()) continue;
    price.metrics[metric.name] += metric.price;
    const Cost& again = roster.cells[cell].again;
    price.metrics[metric.name] += again;
    if (again.forwards + again.backwards > 0) price.again[metric.name][explanation.method] += again;
  }
  std::set<std::string> paid;
  for (const int raw : raws) {
    const RawMap& map = roster.raws[raw];
    if (map.shared_work.empty() || paid.insert(map.shared_work).second) price.methods[map.name] += map.price;
  }
  const auto samples = static_cast<std::int64_t>(unit.samples.size());
  for (auto* costs : {&price.methods, &price.metrics})
    for (auto& [name, cost] : *costs) cost = cost * samples;
  for (auto& [metric, costs] : price.again)
    for (auto& [method, cost] : costs) cost = cost * samples;
  const at::Device device = plan.device == "cuda" ? at::kCUDA : at::kCPU;
  const std::int64_t batch = plan.experiments[unit.experiment].setting.batch,
                     images = pictures_of(plan, unit);
  price.padded = images / batch * batch + filled_batch(images % batch, batch, device);
  return price;
}

Price& Price::operator+=(const Price& other) {
  for (const auto& [name, cost] : other.methods) methods[name] += cost;
  for (const auto& [name, cost] : other.metrics) metrics[name] += cost;
  for (const auto& [metric, costs] : other.again)
    for (const auto& [method, cost] : costs) again[metric][method] += cost;
  padded += other.padded;
  return *this;
}

double Price::passes() const {
  double passes = 0;
  for (const auto* costs : {&methods, &metrics})
    for (const auto& [name, cost] : *costs) passes += static_cast<double>(cost.forwards + 2 * cost.backwards);
  return passes;
}

void price_each(const Plan& plan, std::span<const Unit> units,
                const std::function<void(const Unit&, const Price&)>& visit) {
  const Unit* priced = nullptr;
  std::int64_t pictures = 0;
  Price price;
  for (const Unit& unit : units) {
    const std::int64_t its = pictures_of(plan, unit);
    const bool like = priced && priced->experiment == unit.experiment && priced->cells == unit.cells &&
                      priced->samples.size() == unit.samples.size() && pictures == its;
    if (!like) {
      price = price_of(plan, unit);
      priced = &unit;
      pictures = its;
    }
    visit(unit, price);
  }
}

std::vector<double> weights_of(const Plan& plan, std::span<const Unit> units) {
  std::vector<double> weights;
  weights.reserve(units.size());
  price_each(plan, units, [&](const Unit& unit, const Price& price) {
    double work = static_cast<double>(price.padded) * plan.experiments[unit.experiment].multiply_adds;
    for (const auto* costs : {&price.methods, &price.metrics})
      for (const auto& [name, cost] : *costs) work += static_cast<double>(cost.work.done);
    weights.push_back(work);
  });
  return weights;
}

std::string pack_units(std::span<const Unit> units) {
  std::vector<std::int32_t> words;
  const auto add_list = [&](const std::vector<int>& list) {
    words.push_back(static_cast<std::int32_t>(list.size()));
    words.insert(words.end(), list.begin(), list.end());
  };
  const std::vector<int>* cells = nullptr;
  for (const Unit& unit : units) {
    words.push_back(unit.experiment);
    add_list(unit.samples);
    const bool same = cells && *cells == unit.cells;
    words.push_back(same ? kSameCells : kOtherCells);
    if (!same) add_list(unit.cells);
    cells = &unit.cells;
  }
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof words[0]};
}

std::vector<Unit> unpack_units(const std::string& text) {
  std::vector<std::int32_t> words(text.size() / sizeof(std::int32_t));
  std::memcpy(words.data(), text.data(), text.size());
  std::size_t next = 0;
  const auto take_list = [&] {
    const std::size_t first = next + 1, count = static_cast<std::size_t>(words.at(next));
    ASSAY_ASSERT(first + count <= words.size());
    next = first + count;
    return std::vector<int>(words.data() + first, words.data() + next);
  };
  std::vector<Unit> units;
  while (next < words.size()) {
    Unit unit{.experiment = words.at(next++), .samples = take_list(), .cells = {}};
    unit.cells = words.at(next++) == kSameCells ? units.back().cells : take_list();
    units.push_back(std::move(unit));
  }
  return units;
}

}  // namespace assay
