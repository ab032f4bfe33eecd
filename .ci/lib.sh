# Sourced by .ci/run and .ci/long: steps with a name, a time and a verdict, and the sum at the end.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export CI=true
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
passed=0
failed=0

# step NAME COMMAND...: one check, which counts as one.
step() {
  local name=$1 started=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1))
    printf -- '--- %s: passed in %d s\n' "$name" $((SECONDS - started))
  else
    failed=$((failed + 1))
    printf -- '--- %s: FAILED after %d s\n' "$name" $((SECONDS - started))
  fi
}

# suite NAME COMMAND...: a vitest run, which counts as many as it has tests. The command gets the reporters added.
suite() {
  local name=$1 started=$SECONDS status=0 counts
  local json="$results/$1.json"
  shift
  printf '\n=== %s\n' "$name"
  "$@" --reporter=default --reporter=json --outputFile.json="$json" || status=$?
  counts=$(node .ci/count-tests.mjs "$json" "$status")
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
  printf -- '--- %s: %s passed, %s failed in %d s\n' "$name" "${counts% *}" "${counts#* }" $((SECONDS - started))
}

# The last line, and the exit status.
finish() {
  printf '\n%d s in all\n%d passed, %d failed\n' "$SECONDS" "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

# Puts the real peers' folder into HOBNOB_PEERS unless it is there.
find_peers() {
  [ -n "${HOBNOB_PEERS:-}" ] && return
  local unpack=../shared/peers/unpack peers=node_modules/.cache/peers
  if [ ! -x "$unpack" ]; then
    echo "HOBNOB_PEERS is not set and $unpack does not exist: there is no real serf or consul to test against" >&2
    return 1
  fi
  "$unpack" "$peers" >/dev/null && export HOBNOB_PEERS="$root/$peers/bin"
}
