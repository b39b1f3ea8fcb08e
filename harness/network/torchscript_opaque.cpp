#include "harness/network/torchscript_opaque.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "harness/core/hash.h"
#include "harness/network/tensor.h"

namespace assay::torchscript {
namespace {

std::string content_of(const IValue& value) {
  if (value.isTensor()) {
    const Tensor& tensor = value.toTensor();
    if (!tensor.defined()) return "undefined";
    const Tensor plain = tensor.detach().cpu().contiguous();
    return fmt::format("{}[{}]{}", c10::toString(plain.scalar_type()), fmt::join(plain.sizes(), ","),
                       hash_bytes(plain.data_ptr(), plain.nbytes()).hex());
  }
  std::string text = "(";
  if (value.isList()) {
    for (const IValue& element : value.toListRef()) text += content_of(element) + ",";
    return text + ")";
  }
  if (value.isTuple()) {
    for (const IValue& element : value.toTupleRef().elements()) text += content_of(element) + ",";
    return text + ")";
  }
  if (value.isDevice() || value.isObject()) return value.tagKind();
  std::ostringstream out;
  out << value;
  return out.str();
}

/// None for a tuple.
c10::TypePtr element_type_of(const IValue& value) {
  return value.isTuple() ? nullptr : value.type()->containedType(0);
}

IValue rebuilt(const c10::TypePtr& element_type, std::vector<IValue> elements) {
  if (!element_type) return c10::ivalue::Tuple::create(std::move(elements));
  c10::impl::GenericList list(element_type);
  for (IValue& element : elements) list.push_back(std::move(element));
  return list;
}

IValue moved(const IValue& value, at::Device device, at::ScalarType type) {
  if (value.isDevice()) return device;
  if (value.isTensor() && value.toTensor().defined()) {
    const Tensor& tensor = value.toTensor();
    return tensor.is_floating_point() ? tensor.to(device, type) : tensor.to(device);
  }
  if (tensors_of(value).empty()) return value;
  std::vector<IValue> elements;
  if (value.isTuple())
    for (const IValue& element : value.toTupleRef().elements())
      elements.push_back(moved(element, device, type));
  else
    for (const IValue& element : value.toListRef()) elements.push_back(moved(element, device, type));
  return rebuilt(element_type_of(value), std::move(elements));
}

std::vector<ExpressionPtr> moved(const std::vector<ExpressionPtr>& all, at::Device device,
                                 at::ScalarType type) {
  std::vector<ExpressionPtr> result;
  for (const ExpressionPtr& one : all) result.push_back(one->to(device, type));
  return result;
}

std::string identity_of(const std::vector<ExpressionPtr>& all) {
  std::string text;
  for (const ExpressionPtr& one : all) text += one->identity() + ";";
  return text;
}

class Constant final : public Expression {
 public:
  Constant(IValue value, bool copied) : value_(std::move(value)), copied_(copied) {}
  IValue value(std::span<const Tensor>, std::int64_t) const override {
    return copied_ ? IValue(value_.toTensor().clone()) : value_;
  }
  ExpressionPtr to(at::Device device, at::ScalarType type) const override {
    return std::make_shared<Constant>(moved(value_, device, type), copied_);
  }
  std::string identity() const override { return content_of(value_); }

 private:
  IValue value_;
  bool copied_;
};

class Input final : public Expression {
 public:
  Input(std::size_t index, bool copied) : index_(index), copied_(copied) {}
  IValue value(std::span<const Tensor> inputs, std::int64_t) const override {
    return copied_ ? inputs[index_].clone() : inputs[index_];
  }
  ExpressionPtr to(at::Device, at::ScalarType) const override { return std::make_shared<Input>(*this); }
  std::string identity() const override { return fmt::format("input {}", index_); }

 private:
  std::size_t index_;
  bool copied_;
};

class BatchSize final : public Expression {
 public:
  BatchSize(std::int64_t per_image, std::int64_t offset) : per_image_(per_image), offset_(offset) {}
  IValue value(std::span<const Tensor>, std::int64_t images) const override {
    return per_image_ * images + offset_;
  }
  ExpressionPtr to(at::Device, at::ScalarType) const override { return std::make_shared<BatchSize>(*this); }
  std::string identity() const override { return fmt::format("{} N + {}", per_image_, offset_); }

 private:
  std::int64_t per_image_;
  std::int64_t offset_;
};

class Sequence final : public Expression {
 public:
  Sequence(c10::TypePtr element_type, std::vector<ExpressionPtr> elements)
      : element_type_(std::move(element_type)), elements_(std::move(elements)) {}
  IValue value(std::span<const Tensor> inputs, std::int64_t images) const override {
    std::vector<IValue> values;
    for (const ExpressionPtr& element : elements_) values.push_back(element->value(inputs, images));
    return rebuilt(element_type_, std::move(values));
  }
  ExpressionPtr to(at::Device device, at::ScalarType type) const override {
    return std::make_shared<Sequence>(element_type_, moved(elements_, device, type));
  }
  std::string identity() const override { return fmt::format("[{}]", identity_of(elements_)); }

 private:
  c10::TypePtr element_type_;
  std::vector<ExpressionPtr> elements_;
};

class Applied final : public Expression {
 public:
  explicit Applied(Application application) : application_(std::move(application)) {}
  IValue value(std::span<const Tensor> inputs, std::int64_t images) const override {
    std::vector<IValue> stack;
    for (const ExpressionPtr& argument : application_.arguments)
      stack.push_back(argument->value(inputs, images));
    application_.operation(stack);
    const IValue& result = stack[stack.size() - application_.outputs + application_.output];
    return application_.element < 0 ? result
                                    : result.toListRef()[static_cast<std::size_t>(application_.element)];
  }
  ExpressionPtr to(at::Device device, at::ScalarType type) const override {
    Application result = application_;
    result.arguments = moved(application_.arguments, device, type);
    return std::make_shared<Applied>(std::move(result));
  }
  std::string identity() const override {
    return fmt::format("{}#{}.{}({})", application_.name, application_.output, application_.element,
                       identity_of(application_.arguments));
  }

 private:
  Application application_;
};

class JitOperator final : public OpaqueOperator {
 public:
  JitOperator(std::string name, ExpressionPtr body, BatchFrom batch)
      : name_(std::move(name)), body_(std::move(body)), batch_(batch) {}
  std::string name() const override { return name_; }
  std::string identity() const override { return body_->identity(); }
  Tensor run(std::span<const Tensor> inputs) const override {
    const std::int64_t images =
        batch_.divisor > 0 ? inputs[batch_.input].size(batch_.dimension) / batch_.divisor : 0;
    return body_->value(inputs, images).toTensor();
  }
  std::shared_ptr<const OpaqueOperator> to(at::Device device, at::ScalarType type) const override {
    return std::make_shared<JitOperator>(name_, body_->to(device, type), batch_);
  }

 private:
  std::string name_;
  ExpressionPtr body_;
  BatchFrom batch_;
};

}  // namespace

ExpressionPtr constant(IValue value, bool copied) {
  return std::make_shared<Constant>(std::move(value), copied);
}
ExpressionPtr input(std::size_t index, bool copied) {
  return std::make_shared<Input>(index, copied);
}
ExpressionPtr batch_size(std::int64_t per_image, std::int64_t offset) {
  return std::make_shared<BatchSize>(per_image, offset);
}
ExpressionPtr sequence(const IValue& like, std::vector<ExpressionPtr> elements) {
  return std::make_shared<Sequence>(element_type_of(like), std::move(elements));
}
ExpressionPtr applied(Application application) {
  return std::make_shared<Applied>(std::move(application));
}

std::shared_ptr<const OpaqueOperator> opaque_operator(Application application, BatchFrom batch) {
  std::string name = application.name;
  if (name.ends_with('_') && !name.ends_with("__")) name.pop_back();
  return std::make_shared<JitOperator>(std::move(name), applied(std::move(application)), batch);
}

}  // namespace assay::torchscript
