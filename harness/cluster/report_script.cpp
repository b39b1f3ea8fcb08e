#include <fmt/format.h>

#include "harness/cluster/script_text.h"
#include "harness/cluster/time_limit.h"

namespace assay {
namespace {

constexpr const char* kReport = R"(
status=0
for folder in "${folders[@]}"; do
  echo "== $folder"
  "$assay" merge "$folder" || status=1
  [[ -e $folder/results.h5 ]] || continue
  "$assay" report "$folder/results.h5" --format markdown --output "$folder/report.md" || status=1
  "$assay" report "$folder/results.h5" || status=1
done
exit "$status"
)";

}  // namespace

std::string report_script(const ClusterProfile& profile, const BatchJob& job) {
  const std::string script = shell_word(job.folder + "/" + kReportScript);
  Directives lines(
      fmt::format("#!/bin/bash\n# {}: merge and report\n# Written by: {}\n", job.name, job.command) +
      fmt::format("# To submit it by hand: sbatch --dependency=afterany:JOB {}\n", script) +
      "# afterany: a job that failed or was cancelled has results too, and the report says what is "
      "missing.\n");
  const std::string& partition = profile.report.partition;
  lines.add("job-name", script_name(job.name) + "-report");
  lines.add("chdir", job.directory);
  add_site(profile, partition.empty() ? profile.partition : partition, lines);
  lines.add("ntasks", std::int64_t{1}, "Journals are merged and tables made by one process, without a GPU.");
  if (profile.report.mebibytes > 0) lines.add("mem", memory_text(profile.report.mebibytes));
  lines.add("time", limit_text(profile.report.seconds));
  lines.add("output", pattern_of(job.folder) + "/report-%j.log");
  for (const ExtraOption& extra : profile.extra)
    if (extra.report) lines.add_line(extra.option, extra.reason);
  std::string text = lines.text() + environment_of(profile, job);
  text += fmt::format("\nset -u\nassay={}\nfolders=(\n", shell_word(job.program));
  for (const BatchTask& task : job.tasks) text += fmt::format("  {}\n", shell_word(task.output));
  return text + ")\n" + kReport;
}

}  // namespace assay
