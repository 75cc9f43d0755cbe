#!/usr/bin/env bash
# The measurements of docs/results.md: chooses neurons on StereoSet's choosing half and the bundled
# items, verifies them on what took no part, then compares abilities and other benchmarks before and
# after.
#
#   scripts/results.sh DATA [MODEL]      DATA: folder with the files of docs/tasks.md (stereoset/test.jsonl,
#                                        crows_pairs/, bbq/, capability/); MODEL: SmolLM2 if not given
#
# Environment: OUT (runs/results), NEURONS (128), CONTROLS (200), ITEMS (400 of each set in a round),
# LIMIT (500 documents of each task), TASKS. Run again, it goes on with what is not there yet.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[[ $# -ge 1 && -d $1 ]] || die 'expected the folder of the benchmark files' \
  'usage: scripts/results.sh DATA [MODEL]'
data=$1
stereoset=$data/stereoset/test.jsonl
[[ -f $stereoset ]] || die "$stereoset is not there" 'docs/tasks.md says where to get it.'

install_packages "${build_packages[@]}"
stage 'building build/release/fairprune' build release >&2
if [[ $# -ge 2 ]]; then
  model=$2
else
  fetch_model
  model=$model_path
fi
fairprune=$project_dir/build/release/fairprune
out=${OUT:-$project_dir/runs/results}
tasks=${TASKS:-lambada_openai,arc_easy,piqa,boolq,crows_pairs_english,bbq_without_race_x_ses}
mkdir -p "$out"

# The two forms of StereoSet are sets of their own: a word within a sentence, and a sentence after one.
grep '"type": "intrasentence"' "$stereoset" >"$out/stereoset_intrasentence.jsonl"
grep '"type": "intersentence"' "$stereoset" >"$out/stereoset_intersentence.jsonl"

# Limits are set below what is to hold in the end: estimates on choosing items are kinder than
# held-out ones.
if [[ ! -d $out/run ]]; then
  stage 'choosing and verifying' "$fairprune" run "$model" \
    --items "$out/stereoset_intrasentence.jsonl" --items "$out/stereoset_intersentence.jsonl" \
    --items bundled:occupations_en --items bundled:stereotypes_en --held-out bundled:coreference_en \
    --neurons "${NEURONS:-128}" --max-perplexity-increase 0.2 --max-guarded-loss 0.8 \
    --items-per-round "${ITEMS:-400}" --controls "${CONTROLS:-200}" --control-items 40 --out "$out/run" | tee "$out/run.txt"
fi
for state in before after; do
  subject=$model
  [[ $state == before ]] || subject=$out/run/model
  if [[ ! -d $out/eval-$state ]]; then
    stage "evaluating $state" "$fairprune" eval "$subject" --tasks "$tasks" --data "$data" \
      --limit "${LIMIT:-500}" --compute auto --resume --out "$out/eval-$state" >&2
  fi
done
"$fairprune" compare "$out/eval-before" "$out/eval-after" | tee "$out/compare.txt"
