#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/core/first_line.h"
#include "harness/core/stopwatch.h"
#include "harness/network/device.h"
#include "harness/network/tensor.h"
#include "harness/run/batches.h"
#include "harness/run/explain.h"
#include "harness/run/peak_memory.h"

namespace assay {
namespace {

/// Gives each record its share of the seconds that all took together: by forwards, evenly where there are
/// none.
void apportion(double seconds, std::vector<std::vector<Record>>& records) {
  std::int64_t forwards = 0, count = 0;
  for (const auto& task : records)
    for (const Record& record : task) {
      forwards += record.cost.forwards;
      ++count;
    }
  for (auto& task : records)
    for (Record& record : task)
      record.cost.seconds =
          forwards > 0 ? seconds * static_cast<double>(record.cost.forwards) / static_cast<double>(forwards)
                       : seconds / static_cast<double>(count);
}

class Execution {
 public:
  Execution(const Plan& plan, const Unit& unit, const Network& network, const Numerics& numerics,
            std::span<const Decoded> images)
      : plan_(plan),
        unit_(unit),
        experiment_(plan.experiments[unit.experiment]),
        roster_(*experiment_.roster),
        network_(network),
        numerics_(numerics),
        images_(images) {
    ASSAY_ASSERT(images.size() == unit.samples.size());
  }

  UnitResult run() {
    const Stopwatch watch;
    const PeakMemory memory;
    result_.experiment = experiment_.id;
    open_samples();
    open_explanations();
    if (subject_) explain(*subject_, roster_, working_);
    open_observations();
    if (subject_) observe();
    collect();
    result_.seconds = watch.seconds();
    result_.peak_memory = memory.bytes();
    return std::move(result_);
  }

 private:
  const Sample& sample_at(std::size_t position) const { return experiment_.samples[unit_.samples[position]]; }

  /// In a handler: to execute(), which tries smaller batches.
  void pass_on_shortage(const std::exception& error) const {
    if (calls_for_smaller_batch(error, numerics_.batch, numerics_.device)) throw;
  }

  /// Sample rows, and a subject of the readable images: one for all samples that share it.
  void open_samples() {
    std::vector<Tensor> pixels;
    std::vector<std::size_t> firsts;  // by image: position of its first sample
    for (std::size_t i = 0; i < unit_.samples.size(); ++i) {
      result_.samples.push_back(row_of(i));
      if (!images_[i].pixels.defined()) continue;
      const auto shared = std::ranges::find_if(
          firsts, [&](std::size_t first) { return share_image(sample_at(first), sample_at(i)); });
      image_of_[static_cast<int>(i)] = shared - firsts.begin();
      if (shared != firsts.end()) continue;
      add_truth(sample_at(i), images_[i], experiment_.network, std::ssize(firsts), truth_);
      pixels.push_back(images_[i].pixels);
      firsts.push_back(i);
    }
    if (!pixels.empty()) predict(at::stack(pixels), firsts);
  }

  SampleRow row_of(std::size_t position) {
    const Sample& sample = sample_at(position);
    SampleRow row;
    row.sample = experiment_.sample_ids[unit_.samples[position]];
    row.name = sample.name;
    row.image = picture_of(sample);
    try {
      row.labels = targets_of(sample, experiment_.network);
    } catch (const DataError& error) {
      label_problems_[static_cast<int>(position)] = error.what();
    }
    if (!images_[position].pixels.defined()) {
      row.status = Status::failed;
      row.reason = without_path(images_[position].reason, sample.path);
    }
    return row;
  }

  void predict(const Tensor& pixels, const std::vector<std::size_t>& firsts) {
    try {
      std::vector<std::string> names;
      for (const std::size_t first : firsts) names.push_back(picture_of(sample_at(first)));
      subject_.emplace(network_, pixels, std::move(names), plan_.seed, numerics_);
      for (std::size_t image = 0; image < firsts.size(); ++image)
        subject_->know_classes(static_cast<std::int64_t>(image),
                               classes_of(sample_at(firsts[image]), experiment_.network));
      for (const auto& [position, image] : image_of_) describe(result_.samples[position], image);
    } catch (const std::exception& error) {
      pass_on_shortage(error);
      subject_.reset();
      for (const auto& [position, image] : image_of_) {
        result_.samples[position].status = Status::failed;
        result_.samples[position].reason = first_line(error.what());
      }
    }
  }

  void describe(SampleRow& row, std::int64_t image) {
    const Tensor logits = subject_->logits()[image].to(at::kDouble);
    const Tensor p = at::softmax(logits, 0);
    const Tensor best = std::get<0>(logits.topk(std::min<std::int64_t>(2, logits.size(0))));
    row.predicted = subject_->predicted(image);
    row.right = std::ranges::find(row.labels, row.predicted) != row.labels.end();
    row.p_predicted = p[row.predicted].item<double>();
    row.p_label = row.labels.empty() ? std::nan("") : p[row.labels.front()].item<double>();
    row.margin = (best[0] - best[-1]).item<double>();
  }

  /// Explanations that the unit's cells need, with the verdicts that do not take computing.
  void open_explanations() {
    for (const int cell : unit_.cells) working_.try_emplace(roster_.cells[cell].explanation);
    for (auto& [index, working] : working_) {
      working.planned = &roster_.explanations[index];
      working.verdicts.resize(unit_.samples.size());
      for (std::size_t i = 0; i < unit_.samples.size(); ++i) open_query(working, static_cast<int>(i));
    }
  }

  void open_query(Working& working, int position) {
    Verdict& verdict = working.verdicts[position];
    const SampleRow& row = result_.samples[position];
    const bool by_label = working.planned->target == "label";
    if (row.status == Status::failed) verdict.set(Status::failed, row.reason);
    if (!working.planned->unsupported.empty()) verdict.set(Status::skipped, working.planned->unsupported);
    if (by_label && row.labels.empty()) {
      const auto problem = label_problems_.find(position);
      verdict.set(Status::skipped,
                  problem == label_problems_.end() ? "no label" : "no label: " + problem->second);
    }
    if (!verdict.usable()) return;
    working.explanation.queries.push_back(
        {image_of_.at(position), by_label ? row.labels.front() : row.predicted});
    working.positions.push_back(position);
  }

  /// A record for every cell and sample, as if nothing was observed.
  void open_observations() {
    for (const int cell : unit_.cells) {
      const PlannedCell& planned = roster_.cells[cell];
      const std::size_t columns = roster_.metrics[planned.metric].metric->columns().size();
      for (std::size_t i = 0; i < unit_.samples.size(); ++i) {
        const Verdict& verdict = working_.at(planned.explanation).verdicts[i];
        result_.observations.push_back(
            {planned.id,
             result_.samples[i].sample,
             {verdict.status, verdict.reason,
              std::vector<double>(columns, std::numeric_limits<double>::quiet_NaN())}});
      }
    }
  }

  Record& record(std::size_t cell, int position) {
    return result_.observations[cell * unit_.samples.size() + static_cast<std::size_t>(position)].record;
  }

  void observe() {
    std::map<int, std::vector<std::size_t>> cells_of;  // metric -> indices into unit_.cells
    for (std::size_t i = 0; i < unit_.cells.size(); ++i) {
      const PlannedCell& planned = roster_.cells[unit_.cells[i]];
      if (!working_.at(planned.explanation).positions.empty()) cells_of[planned.metric].push_back(i);
    }
    for (const auto& [metric, cells] : cells_of) observe_with(roster_.metrics[metric], cells);
  }

  /// All cells of a metric at once, so that their predictions share full batches.
  void observe_with(const PlannedMetric& metric, const std::vector<std::size_t>& cells) {
    std::vector<Task> tasks;
    for (const std::size_t i : cells) {
      const PlannedCell& planned = roster_.cells[unit_.cells[i]];
      tasks.push_back({&working_.at(planned.explanation).explanation, &planned.settings});
    }
    try {
      const Stopwatch watch;
      auto records = metric.metric->observe(*subject_, tasks, truth_);
      apportion(watch.seconds(), records);
      for (std::size_t t = 0; t < tasks.size(); ++t) take_records(cells[t], records[t]);
    } catch (const std::exception& error) {
      pass_on_shortage(error);
      for (const std::size_t i : cells)
        for (const int position : working_.at(roster_.cells[unit_.cells[i]].explanation).positions) {
          record(i, position).status = Status::failed;
          record(i, position).reason = fmt::format("{}: {}", metric.name, first_line(error.what()));
        }
    }
  }

  void take_records(std::size_t cell, const std::vector<Record>& records) {
    const Working& working = working_.at(roster_.cells[unit_.cells[cell]].explanation);
    ASSAY_ASSERT(records.size() == working.positions.size());
    for (std::size_t q = 0; q < records.size(); ++q) {
      Record& mine = record(cell, working.positions[q]);
      const Record opened = mine;
      ASSAY_ASSERT(records[q].values.size() == opened.values.size());
      mine = records[q];
      if (mine.status == Status::ok || mine.status == opened.status)
        mine.status = opened.status, mine.reason = opened.reason;
    }
  }

  void collect() {
    for (const auto& [index, working] : working_)
      for (std::size_t i = 0; i < unit_.samples.size(); ++i) {
        const Verdict& verdict = working.verdicts[i];
        result_.explanations.push_back({working.planned->id, result_.samples[i].sample, verdict.status,
                                        verdict.reason, verdict.cost, verdict.figures});
      }
  }

  const Plan& plan_;
  const Unit& unit_;
  const Experiment& experiment_;
  const Roster& roster_;
  const Network& network_;  // on the device
  Numerics numerics_;
  std::span<const Decoded> images_;
  UnitResult result_;
  std::map<int, std::string> label_problems_;  // by position of the sample in the unit
  std::map<int, std::int64_t> image_of_;       // position of the sample in the unit -> image of the subject
  std::optional<Subject> subject_;
  Truth truth_;
  std::map<int, Working> working_;  // by explanation of the roster
};

}  // namespace

UnitResult execute_in_batches(const Plan& plan, const Unit& unit, const Network& network,
                              const Numerics& numerics, std::span<const Decoded> images) {
  return Execution(plan, unit, network, numerics, images).run();
}

}  // namespace assay
