#!/bin/bash
# table 1
# Written by: assay submit table1.yaml --profile cluster.yaml
# To submit it by hand: sbatch out/table1/submissions/1/job.sh
#SBATCH --job-name=table_1
# Paths of the configuration are relative to this folder.
#SBATCH --chdir="/home/me/my work"
#SBATCH --partition=gpu
#SBATCH --account=maps
#SBATCH --nodes=2
# One rank for each GPU; a rank takes the GPU of its place on the node.
#SBATCH --ntasks-per-node=4
#SBATCH --cpus-per-task=8
#SBATCH --gres=gpu:a100:4
# Of a node: 16G for each rank.
#SBATCH --mem=64G
# About 1 h 50 min on 8 ranks, times 1.5, and 2 min 00 s to start.
#SBATCH --time=03:00:00
#SBATCH --output=out/table1/submissions/1/%j.log
# A requeued job goes on in its log instead of emptying it.
#SBATCH --open-mode=append
# After a node failed SLURM starts the job again: finished units are in the journals.
#SBATCH --requeue
# This script (B:) hears 5 min 00 s before the time limit, and passes it on to the ranks; SLURM may be a minute early.
#SBATCH --signal=B:USR1@300
# Neighbours are noisy.
#SBATCH --exclusive
# Ours until May.
#SBATCH --reservation=maps

# What the configuration calls ${...}, as it was when this was written.
export ASSAY_DATA='/data/it'\''s here'

# Key 'setup' of cluster.yaml.
module load openmpi

set -u
assay=/opt/assay/bin/assay
config=out/table1/submissions/1/table1.yaml
script=out/table1/submissions/1/job.sh
ranks_per_node=4
most_requeues=20
patience=270  # seconds that units in flight get after the signal
arguments=(--limit 100 --set 'protocols=[paper]' --set numerics.device=cuda)
arguments+=(--output out/table1)

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
  srun --mpi=pmix --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" --cpus-per-task=8 --gres=gpu:a100:4 \
    --kill-on-bad-exit=0 --wait=60 "$assay" run "$config" "${arguments[@]}" &
  step=$!
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
