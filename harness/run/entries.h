#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/registry.h"
#include "harness/run/protocols.h"

namespace assay {

/// Reads the entries of `methods` and `metrics` for one network.
class Entries {
 public:
  /// `network` is one of `networks`, all names of the configuration. The references must outlive this.
  Entries(const Config& config, const std::vector<Protocol>& protocols, std::string network,
          const std::vector<std::string>& networks)
      : config_(config), protocols_(protocols), network_(std::move(network)), networks_(networks) {}

  /// The entries of a list, at least one; `example` is shown when there is none.
  const Json& list(const std::string& key, const std::string& example) const;

  /// An entry's parameters over its protocol's defaults for what is registered as `registered`, and over
  /// those of the method `of` that it wraps (how that is viewed apart); a map by network name becomes this
  /// network's value. Places remain those where the values were written.
  Params layered(const Json& own, const std::string& pointer, const std::map<std::string, Settings>& defaults,
                 const std::string& registered) const;

  /// Whether an entry belongs to a protocol (key `protocols`); checks the names it gives.
  bool belongs(Params& params, const Protocol& protocol) const;

  /// Calls the factory; an error that it throws without a place gets the entry's.
  template <class T>
  std::unique_ptr<T> create(const Entry<T>& entry, Params& params) const {
    try {
      return entry.make(params);
    } catch (const ConfigError& error) {
      if (has_place(error.what())) throw;
      params.fail("", error.what());
    }
  }

 private:
  Json of_network(const Json& map, const std::string& pointer) const;
  bool has_place(std::string_view message) const;

  const Config& config_;
  const std::vector<Protocol>& protocols_;
  std::string network_;
  const std::vector<std::string>& networks_;
};

}  // namespace assay
