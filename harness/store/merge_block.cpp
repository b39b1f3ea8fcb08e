#include "harness/store/merge_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "harness/store/schema.h"

namespace assay {
namespace {

constexpr std::size_t kBlockBytes = 32 << 20;
constexpr std::size_t kCurveBytes = 2048;  // what a curve is taken for: 256 points

std::vector<std::string> explanation_ids(const Layout& layout, int experiment) {
  std::vector<std::string> ids;
  for (const ExplanationInfo& e : layout.explanations)
    if (e.experiment == experiment) ids.push_back(e.id);
  return ids;
}

/// Cells of a metric in an experiment, by index.
std::vector<std::int64_t> cells_of(const Layout& layout, const std::string& metric, int experiment) {
  std::vector<std::int64_t> cells;
  for (std::size_t i = 0; i < layout.cells.size(); ++i) {
    const CellInfo& cell = layout.cells[i];
    if (cell.metric == metric &&
        layout.explanations.at(static_cast<std::size_t>(cell.explanation)).experiment == experiment)
      cells.push_back(static_cast<std::int64_t>(i));
  }
  return cells;
}

std::vector<std::string> ids_of(const Layout& layout, const std::vector<std::int64_t>& cells) {
  std::vector<std::string> ids;
  for (const std::int64_t cell : cells) ids.push_back(layout.cells[static_cast<std::size_t>(cell)].id);
  return ids;
}

void write_column_attributes(const h5::Tables& tables, const std::string& path,
                             const std::vector<Column>& columns) {
  const h5::Handle set = tables.open(path);
  const std::string where = tables.where(path);
  for (const Column& column : columns) {
    h5::write_attribute(set, column.name + ".unit", column.unit, where);
    h5::write_attribute(set, column.name + ".better", std::string(name_of(column.better)), where);
    h5::write_attribute(set, column.name + ".worst", column.worst, where);
    h5::write_attribute(set, column.name + ".best", column.best, where);
    h5::write_attribute(set, column.name + ".doc", column.doc, where);
  }
}

}  // namespace

BlockTable::BlockTable(std::string path, std::vector<h5::Member> members, std::vector<std::string> ids)
    : path_(std::move(path)), ids_(std::move(ids)), rows_(std::move(members)) {
  for (std::size_t i = 0; i < ids_.size(); ++i) ASSAY_ASSERT(lines_.emplace(ids_[i], i).second);
  const auto status = std::ranges::find(rows_.members(), h5::Kind::status, &h5::Member::kind);
  status_ = static_cast<std::size_t>(status - rows_.members().begin());
}

std::size_t BlockTable::bytes_per_sample() const {
  const auto curves = std::ranges::count(rows_.members(), h5::Kind::reals, &h5::Member::kind);
  return ids_.size() * (rows_.bytes_per_row() + static_cast<std::size_t>(curves) * kCurveBytes);
}

void BlockTable::start(std::size_t samples) {
  samples_ = samples;
  rows_.clear(ids_.size() * samples);
  taken_.assign(rows_.size(), Taken::nothing);
  failures_.clear();
}

/// Of failures at one time the reason decides, so that the order of journals never does.
bool BlockTable::is_better(std::size_t row, Taken offer, const std::string& reason, const std::string& date) {
  if (offer != Taken::failure || taken_[row] == Taken::result) return offer > taken_[row];
  std::pair failure(date, reason);
  std::pair<std::string, std::string>& latest = failures_[row];
  if (taken_[row] == Taken::failure && failure <= latest) return false;
  latest = std::move(failure);
  return true;
}

std::optional<std::size_t> BlockTable::take(const std::string& id, std::size_t sample, Status status,
                                            const std::string& reason, const std::string& date) {
  const auto line = lines_.find(id);
  if (line == lines_.end()) return {};
  const std::size_t row = line->second * samples_ + sample;
  const Taken offer = status == Status::failed ? Taken::failure : Taken::result;
  if (!is_better(row, offer, reason, date)) return {};
  taken_[row] = offer;
  rows_.put(row, status_, status);
  rows_.put(row, status_ + 1, reason);
  return row;
}

void BlockTable::finish() {
  for (std::size_t row = 0; row < taken_.size(); ++row) {
    if (taken_[row] != Taken::nothing) continue;
    for (std::size_t member = 0; member < rows_.members().size(); ++member)
      if (rows_.members()[member].kind == h5::Kind::real)
        rows_.put(row, member, std::numeric_limits<double>::quiet_NaN());
    rows_.put(row, status_, Status::failed);
    rows_.put(row, status_ + 1, std::string("not computed"));
  }
}

void BlockTable::tally(Merged& merged) const {
  merged.records += taken_.size();
  merged.missing += static_cast<std::size_t>(std::ranges::count(taken_, Taken::nothing));
  merged.failed += static_cast<std::size_t>(std::ranges::count(taken_, Taken::failure));
}

std::size_t BlockTable::bad() const {
  return taken_.size() - static_cast<std::size_t>(std::ranges::count(taken_, Taken::result));
}

MergeBlock::MergeBlock(const Layout& layout, int experiment)
    : experiment_(static_cast<std::size_t>(experiment)),
      hashes_(layout.experiments.at(experiment_).samples),
      samples_(samples_path(experiment), sample_members(), {""}),
      costs_(costs_path(experiment), cost_members(), explanation_ids(layout, experiment)) {
  for (const MetricInfo& metric : layout.metrics) {
    std::vector<std::int64_t> cells = cells_of(layout, metric.name, experiment);
    BlockTable table(observations_path(metric.name, experiment), observation_members(metric),
                     ids_of(layout, cells));
    if (!cells.empty()) observations_.push_back({metric, std::move(cells), std::move(table)});
  }
}

std::size_t MergeBlock::capacity() const {
  std::size_t bytes = samples_.bytes_per_sample() + costs_.bytes_per_sample();
  for (const Observations& o : observations_) bytes += o.table.bytes_per_sample();
  return std::clamp<std::size_t>(kBlockBytes / bytes, 16, 1024);
}

void MergeBlock::create(const h5::Tables& tables) const {
  const hsize_t samples = hashes_.size(), chunk = std::clamp<hsize_t>(samples, 1, capacity());
  tables.create(samples_.path(), samples_.rows().members(), {samples}, {chunk});
  tables.create(costs_.path(), costs_.rows().members(), {costs_.ids().size(), samples}, {1, chunk});
  tables.attach_scale(costs_.path(), 1, "sample", samples_.path());
  write_column_attributes(tables, costs_.path(), cost_columns(kMethodSeconds));
  for (const Observations& observations : observations_) {
    tables.create(observations.table.path(), observations.table.rows().members(),
                  {observations.cells.size(), samples}, {1, chunk});
    create_observations(tables, observations);
  }
}

void MergeBlock::create_observations(const h5::Tables& tables, const Observations& observations) const {
  const std::string& path = observations.table.path();
  h5::Rows cells({{"cell", h5::Kind::integer}});
  for (const std::int64_t cell : observations.cells) cells.add(cell);
  tables.write(path + "_cells", cells);
  tables.attach_scale(path, 0, "cell", path + "_cells");
  tables.attach_scale(path, 1, "sample", samples_.path());
  write_column_attributes(tables, path, observations.metric.columns);
  write_column_attributes(tables, path, stored_curves(observations.metric));
  write_column_attributes(tables, path, cost_columns(kSharedSeconds));
}

void MergeBlock::fill(const JournalIndex& index, std::size_t first, std::size_t count) {
  first_ = first;
  count_ = count;
  samples_.start(count);
  costs_.start(count);
  for (Observations& o : observations_) o.table.start(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples_.rows().put(i, 0, hashes_.at(first + i));
    samples_.rows().put(i, 4, std::int64_t{-1});
  }
  for (const JournalIndex::Frame& frame : index.frames_of(experiment_, first, count)) {
    const UnitResult unit = index.read(frame);
    try {
      take(unit, index);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", index.journals().at(frame.journal), error.what()));
    }
  }
  samples_.finish();
  costs_.finish();
  for (Observations& o : observations_) o.table.finish();
}

void MergeBlock::take(const UnitResult& unit, const JournalIndex& index) {
  const auto inside = [&](const std::string& sample, const auto& use) {
    index.positions(experiment_, sample, [&](std::size_t place) {
      if (place >= first_ && place < first_ + count_) use(place - first_);
    });
  };
  for (const SampleRow& row : unit.samples)
    inside(row.sample, [&](std::size_t at) { take_sample(row, at, unit.date); });
  for (const ExplanationRow& row : unit.explanations)
    inside(row.sample, [&](std::size_t at) { take_cost(row, at, unit.date); });
  for (const ObservationRow& row : unit.observations)
    inside(row.sample, [&](std::size_t at) { take_observation(row, at, unit.date); });
}

void MergeBlock::take_sample(const SampleRow& row, std::size_t sample, const std::string& date) {
  const auto at = samples_.take("", sample, row.status, row.reason, date);
  if (!at) return;
  h5::Rows& rows = samples_.rows();
  rows.put(*at, 1, row.name);
  rows.put(*at, 2, row.image);
  rows.put(*at, 3, row.labels);
  rows.put(*at, 4, row.predicted);
  rows.put(*at, 5, row.right);
  rows.put(*at, 6, row.p_predicted);
  rows.put(*at, 7, row.p_label);
  rows.put(*at, 8, row.margin);
}

void MergeBlock::take_cost(const ExplanationRow& row, std::size_t sample, const std::string& date) {
  const auto at = costs_.take(row.explanation, sample, row.status, row.reason, date);
  if (!at) return;
  costs_.rows().put(*at, 2, text_of(row.figures));
  put_cost(costs_.rows(), *at, 3, row.cost);
}

void MergeBlock::take_observation(const ObservationRow& row, std::size_t sample, const std::string& date) {
  for (Observations& o : observations_) {
    const auto at = o.table.take(row.cell, sample, row.record.status, row.record.reason, date);
    if (!at) continue;
    const std::vector<double>& values = row.record.values;
    if (!values.empty() && values.size() != o.metric.columns.size())
      throw DataError(
          fmt::format("cell {} has {} values for the {} columns of {}: written by another version", row.cell,
                      values.size(), o.metric.columns.size(), o.metric.name));
    for (std::size_t i = 0; i < o.metric.columns.size(); ++i)
      o.table.rows().put(*at, 2 + i, values.empty() ? std::numeric_limits<double>::quiet_NaN() : values[i]);
    const std::vector<std::vector<double>>& curves = row.record.curves;
    if (!curves.empty() && curves.size() != o.metric.curves.size())
      throw DataError(fmt::format("cell {} has {} curves for the {} of {}: written by another version",
                                  row.cell, curves.size(), o.metric.curves.size(), o.metric.name));
    const std::size_t first = 2 + o.metric.columns.size();
    for (std::size_t i = 0; i < curves.size(); ++i) o.table.rows().put(*at, first + i, curves[i]);
    put_cost(o.table.rows(), *at, first + o.metric.curves.size(), row.record.cost);
  }
}

void MergeBlock::write(const h5::Tables& tables) const {
  tables.write_block(samples_.path(), samples_.rows(), first_);
  tables.write_block(costs_.path(), costs_.rows(), first_);
  for (const Observations& o : observations_) tables.write_block(o.table.path(), o.table.rows(), first_);
}

void MergeBlock::tally(Merged& merged) const {
  for (const Observations& o : observations_) o.table.tally(merged);
  merged.failed_samples += samples_.bad();
}

}  // namespace assay
