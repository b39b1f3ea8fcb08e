#include "harness/network/caffenet.h"

namespace assay {
namespace {

void conv(LayerBuilder& b, const std::string& number, std::int64_t in, std::int64_t out,
          const Attributes& a) {
  b.conv("conv" + number, in, out, a, /*bias=*/true, b.last());
  b.add(Kind::relu, "relu" + number);
}

void pool(LayerBuilder& b, const std::string& name) {
  Attributes a = window(3, 2);
  a.ceil_mode = true;
  b.add(Kind::max_pool, name, a);
}

}  // namespace

void caffenet_trunk(LayerBuilder& b, const CaffenetWidths& widths) {
  const auto [w1, w2, w3, w4, w5] = widths.conv;
  conv(b, "1", 3, w1, window(11, 4));
  pool(b, "pool1");
  b.add(Kind::lrn, "norm1");
  conv(b, "2", w1, w2, window(5, 1, 2, 2));
  pool(b, "pool2");
  b.add(Kind::lrn, "norm2");
  conv(b, "3", w2, w3, window(3, 1, 1));
  conv(b, "4", w3, w4, window(3, 1, 1, 2));
  conv(b, "5", w4, w5, window(3, 1, 1, 2));
  pool(b, "pool5");
  b.fully_connected("6", w5 * 6 * 6, widths.fc6);
  b.fully_connected("7", widths.fc6, widths.fc7);
}

Preprocess caffe_preprocess(std::int64_t size) {
  Preprocess p;
  p.height = p.width = size;
  p.bgr = true;
  p.mean = {104, 117, 123};
  p.resize = Preprocess::Resize::warp;
  p.resize_size = 256;
  p.crop = Preprocess::Crop::center;
  return p;
}

}  // namespace assay
