#include "harness/store/workplace.h"

namespace assay {

Json to_json(const Workplace& workplace) {
  return {{"host", workplace.host}, {"device", workplace.device},
          {"uuid", workplace.uuid}, {"threads", workplace.threads},
          {"blas", workplace.blas}, {"blas_gflops", workplace.blas_gflops}};
}

Workplace workplace_from(const Json& json) {
  return {.host = json.at("host").get<std::string>(),
          .device = json.at("device").get<std::string>(),
          .uuid = json.at("uuid").get<std::string>(),
          .threads = json.at("threads").get<int>(),
          .blas = json.at("blas").get<std::string>(),
          .blas_gflops = json.at("blas_gflops").get<double>()};
}

}  // namespace assay
