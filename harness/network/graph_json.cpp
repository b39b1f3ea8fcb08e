#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/json_node.h"
#include "harness/network/model_json.h"

namespace assay {
namespace {

void read_nothing(const JsonNode&, Attributes&) {}
void write_nothing(const Attributes&, Json&) {}

void read_conv(const JsonNode& node, Attributes& a) {
  a.kernel = node.require_array<std::int64_t, 2>("kernel");
  a.stride = node.get_array("stride", a.stride);
  a.pad = node.get_array("pad", a.pad);
  a.dilation = node.get_array("dilation", a.dilation);
  a.groups = node.get("groups", a.groups);
  if (a.groups < 1) node.fail("groups: must be at least 1");
}

void write_conv(const Attributes& a, Json& node) {
  node.update({{"kernel", a.kernel}, {"stride", a.stride}, {"pad", a.pad}, {"groups", a.groups}});
  if (a.dilation != Attributes().dilation) node["dilation"] = a.dilation;
}

void read_pool(const JsonNode& node, Attributes& a) {
  a.kernel = node.require_array<std::int64_t, 2>("kernel");
  a.stride = node.require_array<std::int64_t, 2>("stride");
  a.pad = node.get_array("pad", a.pad);
  a.dilation = node.get_array("dilation", a.dilation);
  a.ceil_mode = node.get("ceil_mode", a.ceil_mode);
  a.count_include_pad = node.get("count_include_pad", a.count_include_pad);
}

void write_pool(const Attributes& a, Json& node) {
  node.update({{"kernel", a.kernel}, {"stride", a.stride}, {"pad", a.pad}, {"ceil_mode", a.ceil_mode}});
  if (a.dilation != Attributes().dilation) node["dilation"] = a.dilation;
  if (a.count_include_pad) node["count_include_pad"] = true;
}

void read_batch_norm(const JsonNode& node, Attributes& a) {
  a.epsilon = node.require<double>("eps");
}
void write_batch_norm(const Attributes& a, Json& node) {
  node["eps"] = a.epsilon;
}

void read_leaky_relu(const JsonNode& node, Attributes& a) {
  a.slope = node.require<double>("slope");
}
void write_leaky_relu(const Attributes& a, Json& node) {
  node["slope"] = a.slope;
}

void read_lrn(const JsonNode& node, Attributes& a) {
  a.size = node.require<std::int64_t>("size");
  a.alpha = node.require<double>("alpha");
  a.beta = node.require<double>("beta");
  a.k = node.get("k", a.k);
  if (a.size < 1) node.fail("size: must be at least 1");
}
void write_lrn(const Attributes& a, Json& node) {
  node.update({{"size", a.size}, {"alpha", a.alpha}, {"beta", a.beta}, {"k", a.k}});
}

void read_pad_channels(const JsonNode& node, Attributes& a) {
  a.before = node.require<std::int64_t>("before");
  a.after = node.require<std::int64_t>("after");
}
void write_pad_channels(const Attributes& a, Json& node) {
  node.update({{"before", a.before}, {"after", a.after}});
}

using Keys = std::vector<std::string>;

struct OperatorRow {
  std::string op;
  Kind kind;
  Keys tensors;
  void (*read)(const JsonNode&, Attributes&);
  void (*write)(const Attributes&, Json&);
};

const std::vector<OperatorRow>& operators() {
  static const std::vector<OperatorRow> rows{
      {"conv2d", Kind::conv, {"weight", "bias"}, read_conv, write_conv},
      {"linear", Kind::linear, {"weight", "bias"}, read_nothing, write_nothing},
      {"batchnorm", Kind::batch_norm, {"gamma", "beta", "mean", "var"}, read_batch_norm, write_batch_norm},
      {"relu", Kind::relu, {}, read_nothing, write_nothing},
      {"relu6", Kind::relu6, {}, read_nothing, write_nothing},
      {"leaky_relu", Kind::leaky_relu, {}, read_leaky_relu, write_leaky_relu},
      {"maxpool", Kind::max_pool, {}, read_pool, write_pool},
      {"avgpool", Kind::avg_pool, {}, read_pool, write_pool},
      {"global_avgpool", Kind::global_avg_pool, {}, read_nothing, write_nothing},
      {"global_maxpool", Kind::global_max_pool, {}, read_nothing, write_nothing},
      {"lrn", Kind::lrn, {}, read_lrn, write_lrn},
      {"concat", Kind::concat, {}, read_nothing, write_nothing},
      {"add", Kind::add, {}, read_nothing, write_nothing},
      {"dropout", Kind::dropout, {}, read_nothing, write_nothing},
      {"flatten", Kind::flatten, {}, read_nothing, write_nothing},
      {"softmax", Kind::softmax, {}, read_nothing, write_nothing},
      {"broadcast_like", Kind::broadcast_like, {}, read_nothing, write_nothing},
      {"pad_channels_shortcut", Kind::pad_channels, {}, read_pad_channels, write_pad_channels},
  };
  return rows;
}

const OperatorRow* row_of(Kind kind) {
  const auto found = std::ranges::find(operators(), kind, &OperatorRow::kind);
  return found == operators().end() ? nullptr : &*found;
}

const OperatorRow& row_of(const JsonNode& node) {
  const auto op = node.require<std::string>("op");
  const auto found = std::ranges::find(operators(), op, &OperatorRow::op);
  if (found != operators().end()) return *found;
  std::vector<std::string> known;
  for (const OperatorRow& row : operators()) known.push_back(row.op);
  node.fail(fmt::format("unknown op '{}'; known: {}", op, nearest_names(op, known, known.size())));
}

std::vector<int> read_inputs(const JsonNode& node, const std::vector<std::string>& names) {
  const Json& list = node.at("inputs");
  if (!list.is_array() || list.empty()) node.fail("inputs: expected a list of node names");
  std::vector<int> inputs;
  for (const Json& input : list) {
    const std::string name = input.is_string() ? input.get<std::string>() : input.dump();
    const auto found = std::ranges::find(names, name);
    if (found == names.end())
      node.fail(fmt::format("input '{}' is no earlier node; near: {}", name, nearest_names(name, names, 4)));
    inputs.push_back(static_cast<int>(found - names.begin()));
  }
  return inputs;
}

void check_window(const JsonNode& node, const Attributes& a) {
  for (int side = 0; side < 2; ++side)
    if (a.kernel[side] < 1 || a.stride[side] < 1 || a.dilation[side] < 1)
      node.fail("kernel, stride and dilation must be at least 1");
  if (std::ranges::any_of(a.pad, [](std::int64_t p) { return p < 0; }))
    node.fail("pad: must not be negative");
}

}  // namespace

Layer layer_from_json(const Json& json, std::size_t index, const std::vector<std::string>& names,
                      const std::string& file) {
  const std::string place = fmt::format("{}: graph[{}]", file, index);
  Layer layer;
  layer.name = JsonNode(json, place).require<std::string>("name");
  const JsonNode node(json, fmt::format("{} '{}'", place, layer.name));
  const OperatorRow& row = row_of(node);
  layer.kind = row.kind;
  layer.inputs = read_inputs(node, names);
  row.read(node, layer.attributes);
  check_window(node, layer.attributes);
  return layer;
}

Json layer_to_json(const Layer& layer, const std::vector<std::string>& input_names) {
  Json node = {{"name", layer.name}, {"inputs", input_names}};
  if (layer.kind == Kind::opaque) {
    node.update({{"op", "opaque"}, {"operator", layer.opaque->identity()}});
    return node;
  }
  const OperatorRow* row = row_of(layer.kind);
  ASSAY_ASSERT(row);
  node["op"] = row->op;
  row->write(layer.attributes, node);
  for (std::size_t i = 0; i < row->tensors.size(); ++i)
    node[row->tensors[i]] = i < layer.parameters.size() ? Json(layer.parameters[i].name) : Json();
  return node;
}

std::vector<std::string> parameter_keys(Kind kind) {
  const OperatorRow* row = row_of(kind);
  return row ? row->tensors : Keys{};
}

Json graph_to_json(const Network& network) {
  Json graph = Json::array();
  for (const Layer& layer : network.layers().subspan(1)) {
    std::vector<std::string> inputs;
    for (const int input : layer.inputs) inputs.push_back(network.layers()[input].name);
    graph.push_back(layer_to_json(layer, inputs));
  }
  return graph;
}

}  // namespace assay
