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
