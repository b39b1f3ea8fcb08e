#pragma once

#include <string>
#include <vector>

#include "harness/data/dataset.h"
#include "tests/error_text.h"

namespace assay::test {

inline std::vector<Sample> samples_of(const std::string& kind, const Json& settings) {
  Params params(settings);
  const auto dataset = find_entry(datasets(), kind, params, "kind").make(params);
  params.finish();
  return dataset->samples();
}

inline std::string failure(const std::string& kind, const Json& settings) {
  return error_text<DataError>([&] { samples_of(kind, settings); });
}

/// "name: index/key index/key"
inline std::vector<std::string> lines_of(const std::vector<Sample>& samples) {
  std::vector<std::string> lines;
  for (const Sample& sample : samples) {
    lines.push_back(sample.name + ":");
    for (const Label& label : sample.labels) lines.back() += fmt::format(" {}/{}", label.index, label.key);
  }
  return lines;
}

inline std::vector<std::string> lines_of(const std::string& kind, const Json& settings) {
  return lines_of(samples_of(kind, settings));
}

}  // namespace assay::test
