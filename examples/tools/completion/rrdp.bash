# SPDX-License-Identifier: Apache-2.0
# Completion for bash of all rrdp-… programs: their options are what their --help says, so that
# there is no list to keep true. Sourced, or installed once for each program under its name.

_rrdp_interfaces() {
    local path
    for path in /sys/class/net/*; do printf '%s\n' "${path##*/}"; done
}

_rrdp() {
    local program=$1 word=$2 before=$3
    case $before in
        --input | --output | --nodes) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        --hgrm) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
        --json) [[ $word == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$word"); return; } ;;
        --interface)
            mapfile -t COMPREPLY < <(compgen -W "$(_rrdp_interfaces)" -- "$word")
            return ;;
        --color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word"); return ;;
        --wait) mapfile -t COMPREPLY < <(compgen -W "spin block adaptive" -- "$word"); return ;;
    esac
    if [[ $word == -* ]]; then
        local options
        options=$("$program" --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -F _rrdp rrdp-cat rrdp-dump rrdp-nodes rrdp-perf rrdp-ping rrdp-proxy rrdp-stat rrdp-trace
