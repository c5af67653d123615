#!/usr/bin/env bash
# Builds everything once and runs all tests, on SQLite and on Postgres. Needs the .NET 10 SDK, and a Postgres in one of these forms:
#   LIFELONG_TEST_POSTGRES   a connection string of a server on which databases may be created and dropped
#   server binaries          initdb, pg_ctl and postgres; the tests start a private throw-away cluster, also when run as root
#   Docker                   the tests start a container
#   apt-get, as root         installs the server binaries first
# ./test.sh Storage Api      runs only tests/Storage.Tests and tests/Api.Tests
# The last line sums up all runs: "N passed, N failed, N skipped". The exit code is 0 only where nothing failed and every run ran something.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
# The processes of the tests are short: code that counts for the optimiser costs them more than it brings. No result depends on it.
export DOTNET_TieredPGO=0
unset DOTNET_EnableAVX512 DOTNET_EnableAVX2 DOTNET_EnableHWIntrinsic

readonly configuration=Release
readonly run_limit_seconds=${LIFELONG_TEST_RUN_SECONDS:-1800}
passed=0 failed=0 skipped=0

stop() { printf 'test.sh: %s\n' "$*" >&2; exit 2; }

# The same places in which the tests look for them.
has_postgres_binaries() {
  local directory
  local -a places
  IFS=: read -r -a places <<<"$PATH"
  for directory in /usr/lib/postgresql/*/bin "${places[@]}"; do
    if [[ -n $directory && -f $directory/initdb && -f $directory/pg_ctl ]]; then return 0; fi
  done
  return 1
}

ensure_postgres() {
  if [[ -n ${LIFELONG_TEST_POSTGRES:-} ]]; then printf 'Postgres: LIFELONG_TEST_POSTGRES\n'; return; fi
  if has_postgres_binaries; then printf 'Postgres: server binaries on this machine\n'; return; fi
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then printf 'Postgres: Docker\n'; return; fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    printf 'Postgres: installing the server binaries with apt-get\n'
    local log; log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql; } >"$log" 2>&1; then
      cat "$log" >&2; rm -f "$log"
      stop 'apt-get could not install postgresql. Install it by hand, start Docker, or set LIFELONG_TEST_POSTGRES.'
    fi
    rm -f "$log"
    has_postgres_binaries || stop 'postgresql was installed, but initdb and pg_ctl are nowhere to be found.'
    return
  fi
  stop 'the tests need a Postgres. Set LIFELONG_TEST_POSTGRES="Host=…;Username=…;Password=…", install the postgresql server package, or start Docker.'
}

bounded() {
  if command -v timeout >/dev/null; then timeout --kill-after=15 "$run_limit_seconds" "$@"; else "$@"; fi
}

# run TITLE PROJECT [RUNNER ARGUMENTS…]: one run of a test project; adds what it reports to the sums.
# A run that crashes, reports nothing or runs no test at all counts as one failure.
run() {
  local title=$1 project=$2; shift 2
  local assembly="tests/$project/bin/$configuration/net10.0/LifelongApi.$project.dll"
  local log code=0 summary started=$SECONDS
  log=$(mktemp)
  bounded dotnet exec "$assembly" -noColor -noLogo -noAutoReporters "$@" >"$log" 2>&1 || code=$?

  local total=0 errors=0 bad=0 skip=0 explicit=0 good=0
  summary=$(grep -E 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+, Not Run: [0-9]+' "$log" | tail -n 1 || true)
  if [[ $summary =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+),\ Not\ Run:\ ([0-9]+) ]]; then
    total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} bad=${BASH_REMATCH[3]} skip=${BASH_REMATCH[4]} explicit=${BASH_REMATCH[5]}
    good=$((total - bad - skip - explicit))
    bad=$((bad + errors))
  fi

  local note=''
  if [[ $code == 124 || $code == 137 ]]; then note=" (stopped after $run_limit_seconds s)"; fi
  if grep -qE 'Total: 0$' "$log"; then summary=none; fi
  if [[ -z $summary ]]; then bad=$((bad + 1)); note+=" (exit code $code without a summary)"
  elif ((good + bad == 0)); then bad=1; note+=' (ran no test)'
  elif ((code != 0 && bad == 0)); then bad=1; note+=" (exit code $code)"
  fi

  if ((bad > 0)); then cat "$log"; fi
  printf '%-58s %5d passed %3d failed %3d skipped  %4d s%s\n' "$title" "$good" "$bad" "$skip" "$((SECONDS - started))" "$note"
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
  rm -f "$log"
}

command -v dotnet >/dev/null || stop 'the .NET 10 SDK is missing (https://dotnet.microsoft.com/download).'
ensure_postgres

build_log=$(mktemp)
build_started=$SECONDS
if ! dotnet build LifelongApi.sln --configuration "$configuration" --nologo --verbosity quiet >"$build_log" 2>&1; then
  cat "$build_log"; rm -f "$build_log"
  stop 'the build failed.'
fi
rm -f "$build_log"
printf 'Build: %d s\n' "$((SECONDS - build_started))"

wanted() { # wanted PROJECT NAMES…: whether it was named, with or without .Tests; no names: all
  local project=$1 name; shift
  (($# == 0)) && return 0
  for name in "$@"; do [[ $project == "$name" || $project == "$name.Tests" ]] && return 0; done
  return 1
}

# The end-to-end tests run the server as it ships, compiled ahead of time: it starts in two thirds of the time, and they start it some two hundred times.
publish_server() {
  local log started=$SECONDS
  log=$(mktemp) server=$(mktemp -d)
  trap 'rm -rf "$server"' EXIT
  if dotnet publish src/Api/Api.csproj --configuration "$configuration" --use-current-runtime --self-contained false -p:PublishReadyToRun=true --output "$server" --nologo --verbosity quiet >"$log" 2>&1; then
    export LIFELONG_TEST_SERVER=$server
    printf 'Publish: %d s\n' "$((SECONDS - started))"
  else
    cat "$log"
    printf 'The server could not be published for this machine; the end-to-end tests run it as it was built.\n'
  fi
  rm -f "$log"
}

ran_any=false
for directory in tests/*.Tests; do
  project=${directory#tests/}
  wanted "$project" "$@" || continue
  ran_any=true
  if [[ $project == EndToEnd.Tests ]]; then publish_server; fi
  run "$project" "$project"
  if [[ $project == Learning.Tests ]]; then
    # The golden hashes in the repository are what these runs compare with: every instruction set has to give the same bits.
    for switch in DOTNET_EnableAVX512 DOTNET_EnableAVX2 DOTNET_EnableHWIntrinsic; do
      export "$switch=0"
      run "$project, determinism, $switch=0" "$project" -trait Category=Determinism
      unset "$switch"
    done
  fi
done
[[ $ran_any == true ]] || stop "no test project is called $*."

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))
