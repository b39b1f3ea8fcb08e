#!/bin/bash
# table 1: merge and report
# Written by: assay submit table1.yaml --profile cluster.yaml
# To submit it by hand: sbatch --dependency=afterany:JOB out/table1/submissions/1/report.sh
# afterany: a job that failed or was cancelled has results too, and the report says what is missing.
#SBATCH --job-name=table_1-report
#SBATCH --chdir="/home/me/my work"
#SBATCH --partition=short
#SBATCH --account=maps
# Journals are merged and tables made by one process, without a GPU.
#SBATCH --ntasks=1
#SBATCH --mem=2G
#SBATCH --time=00:30:00
#SBATCH --output=out/table1/submissions/1/report-%j.log
# Ours until May.
#SBATCH --reservation=maps

# What the configuration calls ${...}, as it was when this was written.
export ASSAY_DATA='/data/it'\''s here'

# Key 'setup' of cluster.yaml.
module load openmpi

set -u
assay=/opt/assay/bin/assay
folders=(
  out/table1/seed=1
  out/table1/seed=2
)

status=0
for folder in "${folders[@]}"; do
  echo "== $folder"
  "$assay" merge "$folder" || status=1
  [[ -e $folder/results.h5 ]] || continue
  "$assay" report "$folder/results.h5" --format markdown --output "$folder/report.md" || status=1
  "$assay" report "$folder/results.h5" || status=1
done
exit "$status"
