#!/usr/bin/env bash
# A newcomer on a small town: bin/up, the printed lines one after the other, the guides, verify, Ctrl-C, and bin/up again.
# What was seen is left in the folder that is given.
set -euo pipefail
folder=$1
export TRADEWIND_STATE="$folder/var" TRADEWIND_DEMO_OPTIONS="--shoppers 300 --weeks 4 --seed 7"
# Fewer files at once than the town has days: the demo meets the rates that hold for everybody, and waits.
export TRADEWIND_BURST_HEAVY_KEY=10
unset DATABASE_URL TRADEWIND_PORT

# Starts bin/up with its output in a file, and waits for the last of the printed lines.
start() {
    bin/up --port 0 >"$1" 2>"$1.log" &
    up=$!
    until grep -q 'lines?format=csv' "$1"; do
        kill -0 "$up" 2>/dev/null || { cat "$1" "$1.log" >&2; exit 1; }
        sleep 0.05
    done
}
stop() {
    kill -TERM "$up"
    wait "$up"
}
trap 'kill -TERM "$up" 2>/dev/null || true; wait' EXIT

start "$folder/first"
sed -n '/^SUPPLIER=/,/lines?format=csv/p' "$folder/first" >"$folder/lines.sh"
bash -euo pipefail "$folder/lines.sh" >"$folder/answers" 2>"$folder/answers.err" || { cat "$folder/answers"* >&2; exit 1; }
sed -n '/^SUPPLIER=/,/^SHOPPER=/p' "$folder/first" >"$folder/variables.sh"
for guide in supplier retailer app-developer till-integrator operator; do
    bash Tests/DemoStoryTests/guide.sh "docs/guides/$guide.md" "$folder/variables.sh" >"$folder/$guide.guide" \
        || { echo "the guide $guide fails" >&2; cat "$folder/$guide.guide" >&2; exit 1; }
done
"$TRADEWIND_PROGRAM" verify >"$folder/verify"
stat -c %a "$folder/var/demo-keys.json" >"$folder/mode"
stop

start "$folder/second"
stop
trap - EXIT
