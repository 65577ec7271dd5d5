# Says what a script is doing, and how long each step took. Sourced.
step_started=0
step_name=""
step() {
    local now
    now=$(date +%s)
    [ -n "$step_name" ] && echo "    $step_name: $((now - step_started)) s"
    step_name=$1
    step_started=$now
    echo "==> $1"
}

# Runs tests whose output goes to the log too, without a line for each seed; what failed is named again at the end,
# where a reader of a long output looks first, or what had begun when their time was over.
tests() {
    local log=$1
    shift
    if "$@" 2>&1 | tee "$log" | grep --line-buffered -v '^◇ Test case passing'; then return; fi
    echo "==> Failed (all of it in $log)"
    grep -E '^✘|error:|[Ff]atal|signal' "$log" | tail -100
    grep -q 'Test run with' "$log" || unended "$log"
    return 1
}

# The tests that a log says began, and of which it says no more; at most 50.
unended() {
    awk '
        /^◇ Test .* started\.$/ && !/^◇ Test case/ { sub(/^◇ /, ""); sub(/ started\.$/, ""); open[$0] = 1 }
        /^(✔|✘|➜) Test / { sub(/^[^ ]* /, ""); for (name in open) if (index($0, name " ") == 1) delete open[name] }
        END { for (name in open) if (++told <= 50) print "did not end: " name }
    ' "$1"
}
