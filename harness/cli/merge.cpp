#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/store/results.h"

namespace assay {
namespace {

/// Whether every record is there.
bool merge_folder(const std::string& folder) {
  const Merged merged = merge(folder, load_layout(folder));
  fmt::print("{}/results.h5: {} records: {} failed, {} not computed\n", folder, merged.records, merged.failed,
             merged.missing);
  return merged.failed + merged.missing == 0;
}

}  // namespace

void add_merge(CLI::App& program, int& status) {
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App* command =
      program.add_subcommand("merge", "write results.h5 of output folders from their journals again");
  command->add_option("folders", *folders, "output folders of 'assay run'")->required()->type_name("FOLDER");
  command->footer(
      "Each folder is merged by itself. Shows how far an unfinished run has come: what is not computed yet "
      "is a record with\n"
      "status failed. Exit status: 0, 1 when a record failed or is not computed.\n\n"
      "example:\n"
      "  assay merge out/table1-imagenet && assay report out/table1-imagenet/results.h5");
  command->callback([folders, &status] {
    for (const std::string& folder : *folders)
      if (!merge_folder(folder)) status = 1;
  });
}

}  // namespace assay
