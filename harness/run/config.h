#pragma once

#include <memory>
#include <span>
#include <string>

#include "harness/core/params.h"

namespace assay {

/// A configuration file as it was written: YAML turned into JSON, `${VAR}` replaced by the environment,
/// overrides applied. Nothing is interpreted yet.
struct Config {
  std::string file;  // as the user named it
  std::string text;  // the file's content
  Json values;
  std::shared_ptr<const Locations> locations;

  Params params() const { return Params(values, "", locations); }
  /// Throws ConfigError at the place of a node.
  [[noreturn]] void fail(const std::string& pointer, std::string_view message) const;
};

/// Reads a file. `overrides` are `key.path=value` (the value is YAML; list elements by index,
/// `datasets.0.count` or `datasets[0].count`, or by their name, `networks.googlenet.image`). Throws
/// ConfigError `FILE:LINE:COL: ...` for bad YAML, a key written twice, an environment variable that is not
/// set; `--set ...: ...` for a bad override.
Config load_config(const std::string& file, std::span<const std::string> overrides = {});

/// The same from a text.
Config parse_config(std::string text, const std::string& file, std::span<const std::string> overrides = {});

}  // namespace assay
