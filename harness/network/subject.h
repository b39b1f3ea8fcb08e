#pragma once

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/stopwatch.h"
#include "harness/network/network.h"
#include "harness/network/propagate.h"

namespace assay {

class State;
struct Perturbation;
struct SubjectChange;

/// What is explained: a class on one image of the block. Activations belong to images, maps and records to
/// queries.
struct Query {
  std::int64_t image = 0;   // index in the block
  std::int64_t target = 0;  // output index of the network
  bool operator==(const Query&) const = default;
};

/// What a score of a class is: its logit, its softmax probability, or the authors' share of min-shifted
/// logits (z_y - min z) / sum_c (z_c - min z) (papers.md 8.4).
enum class Score { logit, probability, logit_share };
std::string_view name_of(Score score);
/// Logits [N,K] -> scores [N,K] in double. All-equal logits have the share 1/K.
Tensor scores_of(const Tensor& logits, Score score);

struct Numerics {
  int batch = 32;  // images of a forward pass; fewer are filled up (filled_batch() in device.h), so that bits
                   // do not depend on who shares a batch
  at::Device device = at::kCPU;
  /// In which predictions are made: kFloat, kBFloat16 or kHalf (on a GPU). Gradients and relevance are walked
  /// in double whatever it is.
  at::ScalarType precision = at::kFloat;
  Form form = Form::packed;
};

/// The network that predicts with these numerics: on the device, in the precision, in the form.
Network predictor(const Network& network, const Numerics& numerics);

/// Writes images first .. first+batch.size(0) of a series into `batch` [m,3,H,W] (pixels 0..255,
/// uninitialised before).
using FillBatch = std::function<void(std::int64_t first, Tensor batch)>;

/// Gradients of a class at some of a series of inputs.
struct Slopes {
  std::int64_t first = 0;  // place of the first input in the series
  std::size_t target = 0;  // place of the class in the list that was asked for
  Tensor gradients;        // d score / d input, [m,3,H,W]
  Tensor scores;           // [m] in double
};
using TakeSlopes = std::function<void(const Slopes&)>;

/// Walks that a subject keeps.
inline constexpr std::size_t kWalkBytes = std::size_t{256} << 20;

/// One network on one block of images. Lazy; keeps what several users share; counts what it costs.
class Subject {
 public:
  /// `pixels` [N,3,H,W], 0..255, channel order of the network, any type; `names` [N] identify the images
  /// (seeds).
  Subject(Network network, const Tensor& pixels, std::vector<std::string> names, std::uint64_t seed,
          Numerics numerics);

  /// A subject of its own on the same images: names, classes known and numerics are the same, nothing that
  /// was computed or billed is.
  Subject changed(const SubjectChange& change) const;

  const Network& network() const { return network_; }
  std::int64_t images() const { return pixels_.size(0); }
  /// Images of one forward: what fills predict() best.
  int batch() const { return numerics_.batch; }
  /// What a forward pass of so many is filled up to.
  std::int64_t filled(std::int64_t used) const;
  /// float32 [N,3,H,W], 0..255, on the device.
  const Tensor& pixels() const { return pixels_; }
  /// Depends on the run's seed and the image's name only.
  std::uint64_t seed(std::int64_t image) const;
  /// For what all images have in common.
  std::uint64_t run_seed() const { return seed_; }

  /// [N,K] on the CPU, float32, by the same padded path as predict().
  const Tensor& logits();
  /// [K] of one image; the bill pays for that image alone.
  Tensor logits(std::int64_t image);
  /// argmax of logits, first maximum.
  std::int64_t predicted(std::int64_t image);

  /// Logits [n,K] (CPU, float32) of n perturbed images, made batch by batch. The last batch is filled up with
  /// black images.
  Tensor predict(std::int64_t n, const FillBatch& fill);
  /// Logits [n,K] (CPU, float32) of one image with each perturbation (state.h) alone: the windows that they
  /// can reach are computed anew, the rest once an image. Each counts as a forward pass.
  Tensor predict(std::int64_t image, std::span<const Perturbation> perturbations);
  /// The same, computed once a block for each `key`, which says everything that the perturbations depend on.
  const Tensor& predict_shared(const std::string& key, std::int64_t image,
                               std::span<const Perturbation> perturbations);
  /// Logits [n,R,K] (CPU, float32) of R copies of one image after each of n steps upon all before it.
  /// steps[k][r] is what is written on copy r; those of a step have one size and lie at one place. Windows as
  /// above, all copies at once. Each counts as a forward pass.
  Tensor predict_chains(std::int64_t image, std::span<const std::vector<Perturbation>> steps);
  /// Logits [n,K] of n whole images as predict() gives them, computed once a block for each `key`, which says
  /// everything that they depend on.
  const Tensor& predict_shared(const std::string& key, std::int64_t n, const FillBatch& fill);

  /// Outputs of all layers for one image, [1,...] each, in double (exact_activations; of canonised() when
  /// `canonised`): they depend neither on the rest of the block nor on rounding. Only the latest image's are
  /// kept.
  const std::vector<Tensor>& activations(std::int64_t image, bool canonised = false);
  const Network& canonised();

  /// A walk backwards through the activations of one query's image; returns [1,...].
  using Walk = std::function<Tensor(std::span<const Tensor> activations, const Query& query)>;
  /// Walks for each query alone and stacks the results: [Q,...]. Counts one backward pass a query. With
  /// `words`, which say everything that the walk depends on beside image and class, what came out is kept
  /// (until it takes kWalkBytes) and billed in full to each bill that asks.
  Tensor walk(std::span<const Query> queries, bool canonised, const Walk& walk,
              const std::string& words = "");

  /// d score(target) / d output of `layer`, [Q,...] in double; layer 0 = the normalised input. Score: logit
  /// or probability. Kept as walk() keeps it.
  Tensor gradient(int layer, std::span<const Query> queries, Score score);
  /// What arrives there by `rules`; kept if they have a name.
  Tensor gradient(int layer, std::span<const Query> queries, Score score, const Rules& rules);

  /// d score / d input of each of some classes at n inputs other than the images: `fill` writes them,
  /// normalised, batch by batch; `take` gets each batch's gradients, class by class. The classes share the
  /// forward pass of a batch: n forwards and n backwards a class. In float32, unlike gradient(): methods that
  /// need many inputs average over them, which evens rounding out, and in double GoogLeNet would take half a
  /// second for each. A batch has at most eight inputs, because it keeps the outputs of all layers.
  void gradients_at(std::int64_t n, const FillBatch& fill, std::span<const std::int64_t> targets, Score score,
                    const TakeSlopes& take);
  /// The same for one class at a few inputs, all at once: `inputs` [n,3,H,W], normalised, on the device ->
  /// [n,3,H,W], in the type of `inputs`.
  Tensor gradient_at(const Tensor& inputs, std::int64_t target, Score score);

  /// Logits [n,K] (CPU, double) of one image with what `fill` writes, in double, in place of the output of
  /// `layer` ([m,...] of it): only the layers behind run again, from activations(). Each counts as a forward
  /// pass of which that part is done.
  Tensor predict_from(int layer, std::int64_t image, std::int64_t n, const FillBatch& fill);

  /// Says which classes are on an image (those of its regions); of equal ones the first counts.
  void know_classes(std::int64_t image, std::vector<std::int64_t> classes);
  /// What know_classes() said; empty when it said nothing.
  std::span<const std::int64_t> classes_on(std::int64_t image) const;

  /// What `make` returns, made once a block for each `key`, which says everything that it depends on. Each
  /// bill that asks for it pays what it costs alone.
  template <class T>
  const T& shared(const std::string& key, const std::function<T()>& make) {
    return std::any_cast<const T&>(made_once(key, [&] { return std::any(make()); }));
  }

  /// The cost since the last call (or the construction). A shared result is billed in full once to each bill
  /// that asked for it, with the seconds that it took when it was computed: a cost does not depend on what
  /// ran before. Perturbations have done the forward pass that their image needs first, but not asked for it.
  Cost bill();
  /// What was really computed since construction, padding not counted; seconds that passed until the last
  /// bill.
  Cost done() const { return done_; }

 private:
  /// Whether they were known already.
  bool compute_logits();
  Tensor run_batches(std::int64_t n, const FillBatch& fill);
  /// Logits and what they cost.
  struct Series {
    Tensor logits;
    Cost cost;
  };
  const std::any& made_once(const std::string& key, const std::function<std::any()>& make);
  const State& state_of(std::int64_t image);
  Tensor kept_walk(const Query& query, bool canonised, const Walk& walk, const std::string& words);
  Series run_windows(std::int64_t image, std::span<const Perturbation> perturbations);
  Cost passes(std::int64_t forwards, std::int64_t backwards = 0) const;
  /// Adds to the bill unless `key` is on it already; the seconds too if it was `at_hand`, otherwise they pass
  /// on this bill.
  void charge_shared(const std::string& key, Cost cost, bool at_hand);
  /// Of the forward pass before perturbations.
  void charge_state(std::int64_t image);

  Network network_;
  Network inference_;  // the same function
  std::optional<Network> canonised_;
  Tensor pixels_;
  std::vector<std::string> names_;
  std::uint64_t seed_;
  Numerics numerics_;
  Cost forward_;  // one full pass of one image
  Series logits_;
  std::map<std::string, Series> shared_;
  struct Thing {
    std::any value;
    Cost cost;
  };
  std::map<std::string, Thing> things_;
  std::map<std::int64_t, std::vector<std::int64_t>> known_classes_;  // by image
  struct Latest {
    std::int64_t image = -1;
    std::vector<Tensor> values;
    Cost cost;
  };
  Latest activations_, canonised_activations_;
  struct KeptWalk {
    Tensor value;
    Cost activations, walk;  // what each cost
  };
  std::map<std::string, KeptWalk> walks_;
  std::size_t walk_bytes_ = 0;          // of their values
  std::shared_ptr<const State> state_;  // of the latest perturbed image
  std::int64_t state_image_ = -1;
  Cost bill_;
  Cost done_;
  std::set<std::string> billed_;
  Stopwatch since_bill_;
};

/// In what a subject differs from another one on the same images.
struct SubjectChange {
  std::optional<Network> network = {};     // with the same input and as many outputs, on any device
  std::optional<std::uint64_t> seed = {};  // of the run
  Tensor pixels = {};                      // [N,3,H,W] as Subject::pixels(); undefined = the same
};

}  // namespace assay
