#include "harness/cluster/batch_script.h"

#include <fmt/format.h>

#include "harness/cluster/script_text.h"
#include "harness/cluster/time_limit.h"
#include "harness/run/progress.h"

namespace assay {
namespace {

std::string gres_of(const ClusterProfile& profile) {
  if (profile.gpus_per_node == 0) return "";
  return fmt::format("gpu{}{}:{}", profile.gpu_type.empty() ? "" : ":", profile.gpu_type,
                     profile.gpus_per_node);
}

void add_shape(const ClusterProfile& profile, Directives& lines) {
  lines.add("nodes", profile.nodes);
  lines.add("ntasks-per-node", profile.ranks_per_node,
            profile.gpus_per_node > 0
                ? "One rank for each GPU; a rank takes the GPU of its place on the node."
                : "Ranks are the unit of parallelism: more of them, not more threads.");
  lines.add("cpus-per-task", profile.cpus_per_rank);
  lines.add("gres", gres_of(profile));
  if (profile.mebibytes_per_rank > 0)
    lines.add("mem", memory_text(profile.mebibytes_per_rank * profile.ranks_per_node),
              fmt::format("Of a node: {} for each rank.", memory_text(profile.mebibytes_per_rank)));
}

void add_survival(const ClusterProfile& profile, Directives& lines) {
  lines.add("open-mode", "append", "A requeued job goes on in its log instead of emptying it.");
  lines.add_line("--requeue",
                 "After a node failed SLURM starts the job again: finished units are in the journals.");
  lines.add(
      "signal", fmt::format("B:USR1@{}", profile.notice),
      fmt::format("This script (B:) hears {} before the time limit, and passes it on to the ranks; SLURM may "
                  "be a minute early.",
                  readable_duration(static_cast<double>(profile.notice))));
}

std::string directives_of(const ClusterProfile& profile, const BatchJob& job) {
  Directives lines(fmt::format("#!/bin/bash\n# {}\n# Written by: {}\n# To submit it by hand: sbatch {}\n",
                               job.name, job.command, shell_word(job.folder + "/" + kJobScript)));
  lines.add("job-name", script_name(job.name));
  lines.add("chdir", job.directory, "Paths of the configuration are relative to this folder.");
  add_site(profile, profile.partition, lines);
  lines.add("constraint", profile.constraint);
  add_shape(profile, lines);
  lines.add("time", limit_text(job.seconds), job.time_reason);
  if (job.array)
    lines.add(
        "array", fmt::format("0-{}%{}", job.tasks.size() - 1, profile.at_once),
        fmt::format("A task for each point of the sweep, at most {} at the same time.", profile.at_once));
  lines.add("output", pattern_of(job.folder) + (job.array ? "/%A_%a.log" : "/%j.log"));
  add_survival(profile, lines);
  for (const ExtraOption& extra : profile.extra) lines.add_line(extra.option, extra.reason);
  return lines.text();
}

std::string words_of(const BatchTask& task) {
  std::vector<std::string> words{"--output", task.output};
  for (const std::string& override : task.overrides) words.insert(words.end(), {"--set", override});
  return shell_words(words);
}

std::string tasks_of(const BatchJob& job) {
  if (!job.array) return fmt::format("arguments+=({})\n", words_of(job.tasks.front()));
  std::string text = "case $SLURM_ARRAY_TASK_ID in\n";
  for (std::size_t i = 0; i < job.tasks.size(); ++i)
    text += fmt::format("  {}) arguments+=({}) ;;\n", i, words_of(job.tasks[i]));
  return text +
         "  *)\n    echo \"assay: the sweep has no task $SLURM_ARRAY_TASK_ID\" >&2\n    exit 2\n    "
         ";;\nesac\n";
}

std::string step_of(const ClusterProfile& profile) {
  const std::string gres = gres_of(profile);
  return fmt::format(
      "  srun --mpi={} --ntasks=\"$ranks\" --ntasks-per-node=\"$ranks_per_node\" --cpus-per-task={}{} \\\n"
      "    --kill-on-bad-exit=0 --wait=60 \"$assay\" run \"$config\" \"${{arguments[@]}}\" &\n",
      shell_word(profile.mpi), profile.cpus_per_rank, gres.empty() ? "" : " --gres=" + shell_word(gres));
}

constexpr const char* kRequeue = R"(
# SLURM starts this script from its beginning after every requeue, and 'assay run' computes what is missing.
job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}}  # tasks of an array are <array>_<task>
job=${job:-$SLURM_JOB_ID}
restarts=${SLURM_RESTART_COUNT:-0}
ranks=$((SLURM_JOB_NUM_NODES * ranks_per_node))
step='' told='' cancelled='' deadline=''

# By hand, because SLURM requeues on an exit status only where its site has set RequeueExit. 'incomplete': a job that was
# cancelled meanwhile is finished, and does not come back. SLURM ends this start with SIGTERM, which scontrol must outlive.
requeue() {
  if ((restarts >= most_requeues)); then
    echo "assay: job $job is not requeued again: it was started $((restarts + 1)) times (requeue.most of the profile)." \
      "What is finished stays; sbatch $script goes on" >&2
    exit 75
  fi
  echo "assay: requeues job $job, $((restarts + 1)) of at most $most_requeues times"
  (trap '' TERM; exec scontrol requeue incomplete "$job") && exit 0
  echo "assay: 'scontrol requeue incomplete $job' failed. What is finished stays; sbatch $script goes on" >&2
  exit 75
}

# srun hands SIGUSR1 on to the ranks, but takes SIGTERM as the order to kill them.
tell_ranks() {
  [[ -z $step ]] || kill -s USR1 "$step" 2>/dev/null
}
trap 'told=yes; tell_ranks' USR1       # the time limit is near
trap 'cancelled=yes; tell_ranks' TERM  # scancel, or preemption: whoever did that does not want a requeue

echo "assay: job $job, start $((restarts + 1)), $ranks ranks on ${SLURM_JOB_NODELIST:-this node}"
# When a rank is lost the others have a minute (--wait) to end before SLURM kills them. Not at once
# (--kill-on-bad-exit): ranks that stop in good order do not end in the same instant.
if [[ -z $told$cancelled ]]; then
)";

constexpr const char* kWait = R"(  step=$!
fi
while [[ -n $step ]] && kill -0 "$step" 2>/dev/null; do
  if [[ -z $told ]]; then
    wait "$step"
  else
    deadline=${deadline:-$((SECONDS + patience))}
    if ((SECONDS >= deadline)) && [[ -z $cancelled ]]; then
      echo "assay: units in flight did not end within $patience s; they will be computed again" >&2
      requeue
    fi
    sleep 1
  fi
done
status=75
if [[ -n $step ]]; then
  wait "$step"  # ended above: bash remembers how
  status=$?
fi

# 75: told to stop, and stopped in good order. Ranks that the signal met before they listened were killed by it.
if [[ -z $cancelled ]] && { ((status == 75)) || { [[ -n $told ]] && ((status > 128)); }; }; then
  requeue
fi
exit "$status"
)";

}  // namespace

std::string job_script(const ClusterProfile& profile, const BatchJob& job) {
  std::string text = directives_of(profile, job) + environment_of(profile, job);
  text += fmt::format("\nset -u\nassay={}\nconfig={}\nscript={}\n", shell_word(job.program),
                      shell_word(job.config), shell_word(job.folder + "/" + kJobScript));
  text += fmt::format("ranks_per_node={}\n", profile.ranks_per_node);
  text += fmt::format("most_requeues={}\n", profile.most_requeues);
  text +=
      fmt::format("patience={}  # seconds that units in flight get after the signal\n", profile.patience());
  text += fmt::format("arguments=({})\n", shell_words(job.arguments)) + tasks_of(job);
  return text + kRequeue + step_of(profile) + kWait;
}

}  // namespace assay
