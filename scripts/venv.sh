# Sourced by the set-up scripts that need Python packages: a virtual environment with what a requirements file pins.
#
# The caller defines `say TEXT` and `missing TEXT`, which ends the script.

# venv_is_in_place VENV REQUIREMENTS: true if it holds exactly these.
venv_is_in_place() { cmp -s "$2" "$1/requirements.txt" && "$1/bin/python3" -c '' 2>/dev/null; }

# venv_install VENV REQUIREMENTS WHY [PIP OPTIONS...]: make it anew. WHY says what is missing if PyPI or pip refuse.
venv_install() {
    local venv=$1 requirements=$2 why=$3
    shift 3
    command -v python3 >/dev/null || missing "python3 (Debian: apt-get install python3-venv)"
    rm -rf "$venv"
    python3 -m venv "$venv" >"$venv.log" 2>&1 || {
        cat "$venv.log" >&2
        missing "Python's venv (Debian: apt-get install python3-venv)"
    }
    "$venv/bin/pip" install -q --disable-pip-version-check "$@" -r "$requirements" 9>&- || missing "$why"
}

# venv_is_whole VENV REQUIREMENTS: last, the mark of a whole one.
venv_is_whole() { cp "$2" "$1/requirements.txt"; }
