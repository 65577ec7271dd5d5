#!/usr/bin/env bash
# Runs the blocks of a guide as they stand there, in one bash, after the variables that bin/up printed. Before each block's
# output comes a line of its own with its number.
set -euo pipefail
guide=$1 variables=$2
{
    cat "$variables"
    awk '/^```sh$/ { n++; print "echo \"--- block " n "\""; on = 1; next } /^```$/ { on = 0 } on' "$guide"
} | bash -euo pipefail 2>/dev/null
