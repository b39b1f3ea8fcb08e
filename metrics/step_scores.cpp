// Scores of the metrics that change an image step by step: insertion, deletion, pixel-flipping, aopc, road.
#include <memory>
#include <utility>

#include "metrics/curve_scores.h"

namespace assay {
namespace {

/// One order, one number.
class OneOrderScoring : public Scoring {
 public:
  OneOrderScoring(ScoreInfo info, Params& params)
      : info_(std::move(info)), reader_({kOneOrder, kScores}, Summary::area, params) {}
  std::vector<ScoreInfo> scores() const override { return {info_}; }
  std::string chance() const override { return ""; }
  ScoredRecord score(const Record& record) const override { return {{reader_.read(record, 0)}}; }

 private:
  ScoreInfo info_;
  CurveReader reader_;
};

/// Names of what MoRF and LeRF have, and their distance.
struct OrderScores {
  std::string gap, gap_doc, morf, morf_doc, lerf, lerf_doc;
};

/// A number of each order, and by how much LeRF's curve lies above MoRF's.
class BothOrdersScoring : public Scoring {
 public:
  BothOrdersScoring(OrderScores names, const std::vector<std::string>& scores, Summary summary,
                    Params& params)
      : names_(std::move(names)),
        drops_(summary == Summary::drop),
        reader_({kBothOrders, scores}, summary, params) {}

  std::vector<ScoreInfo> scores() const override {
    return {{.name = names_.gap, .doc = names_.gap_doc},
            {.name = names_.morf, .doc = names_.morf_doc, .lower = !drops_},
            {.name = names_.lerf, .doc = names_.lerf_doc, .votes = false, .lower = drops_}};
  }
  std::string chance() const override { return ""; }

  ScoredRecord score(const Record& record) const override {
    const ScoreValue morf = reader_.read(record, 0), lerf = reader_.read(record, 1);
    ScoreValue gap;
    gap.value = drops_ ? morf.value - lerf.value : lerf.value - morf.value;
    gap.left_out = morf.left_out.empty() ? lerf.left_out : morf.left_out;
    return {{gap, morf, lerf}};
  }

 private:
  OrderScores names_;
  bool drops_;
  CurveReader reader_;
};

}  // namespace

std::unique_ptr<Scoring> make_insertion_scoring(Params& params) {
  ScoreInfo info{.name = "insertion",
                 .doc = "area under the score while the most important pixels are inserted first"};
  return std::make_unique<OneOrderScoring>(std::move(info), params);
}

std::unique_ptr<Scoring> make_deletion_scoring(Params& params) {
  ScoreInfo info{.name = "deletion",
                 .doc = "area under the score while the most important pixels are deleted first",
                 .lower = true};
  return std::make_unique<OneOrderScoring>(std::move(info), params);
}

std::unique_ptr<Scoring> make_pixel_flipping_scoring(Params& params) {
  OrderScores names{"flipping-gap",  "flipping-LeRF minus flipping-MoRF",
                    "flipping-MoRF", "area under the score while the most important pixels are flipped first",
                    "flipping-LeRF", "the same with the least important pixels first"};
  return std::make_unique<BothOrdersScoring>(std::move(names), kScores, Summary::area, params);
}

std::unique_ptr<Scoring> make_aopc_scoring(Params& params) {
  OrderScores names{"ABPC",      "AOPC-MoRF minus AOPC-LeRF",
                    "AOPC-MoRF", "mean fall of the score over the steps, most relevant regions first (MoRF)",
                    "AOPC-LeRF", "the same with the least relevant regions first"};
  return std::make_unique<BothOrdersScoring>(std::move(names), kScores, Summary::drop, params);
}

std::unique_ptr<Scoring> make_road_scoring(Params& params) {
  OrderScores names{"ROAD-gap",  "ROAD-LeRF minus ROAD-MoRF",
                    "ROAD-MoRF", "mean score without the most important pixels, imputed",
                    "ROAD-LeRF", "mean score without the least important pixels, imputed"};
  return std::make_unique<BothOrdersScoring>(std::move(names), kScoresAndRight, Summary::mean, params);
}

}  // namespace assay
