#include "harness/network/model_json.h"

namespace assay {
namespace {

Json describe(const Tensor& tensor) {
  const Tensor bytes = tensor.detach().cpu().contiguous();
  return {c10::toString(bytes.scalar_type()), bytes.sizes().vec(),
          hash_bytes(bytes.data_ptr(), bytes.nbytes()).hex()};
}

}  // namespace

Hash content_hash(const Network& network) {
  Json parameters = Json::array();
  for (const Layer& layer : network.layers())
    for (const Parameter& parameter : layer.parameters) parameters.push_back(describe(parameter.value));
  const Preprocess& preprocess = network.preprocess();
  const Json content = {
      {"graph", graph_to_json(network)},
      {"parameters", std::move(parameters)},
      {"preprocess", preprocess_to_json(preprocess)},
      {"mean_image", preprocess.mean_image.defined() ? describe(preprocess.mean_image) : Json()},
      {"classes", network.classes().size()},
  };
  return hash_text(content.dump());
}

}  // namespace assay
