#include "harness/cli/request.h"

namespace assay {

void add_request(CLI::App& command, RunRequest& request) {
  command.add_option("config", request.config, "configuration (docs/configuration.md)")
      ->required()
      ->type_name("CONFIG.yaml");
  command.add_option("--limit", request.plan.limit, "only the first N images of each dataset")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
      ->type_name("N");
  command
      .add_option("--set", request.overrides,
                  "another value for a key, such as numerics.batch=16 (repeatable)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command.add_option("--output", request.plan.output, "another output folder")->type_name("DIR");
  command
      .add_option("--protocol", request.plan.protocols,
                  "only this protocol of the configuration (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

}  // namespace assay
