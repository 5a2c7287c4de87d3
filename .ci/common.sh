# Shared by the scripts beside it: where the checkout is, and which Pythons there are.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
envs="$root/.venv-ci"
export PIP_DISABLE_PIP_VERSION_CHECK=1
# Bytecode caching stays on: with it off, faults of stale caches would not show.
unset PYTHONDONTWRITEBYTECODE
cd "$root"

# Print the path of Python 3.$1, if this machine has it: on the PATH, or installed by pyenv.
python_of() {
    local candidate
    for candidate in "python3.$1" $(pyenv_pythons "$1"); do
        if "$candidate" -c "import sys, venv; sys.exit(sys.version_info[:2] != (3, $1))" 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
}

pyenv_pythons() {
    if command -v pyenv >/dev/null; then
        ls -d "$(pyenv root)"/versions/3."$1".*/bin/python3 2>/dev/null || true
    fi
}

# Print the lowest Python that the project supports and this machine has.
lowest_python() {
    local minor found
    for minor in 11 12 13 14; do
        found=$(python_of "$minor")
        if [ -n "$found" ]; then
            echo "$found"
            return
        fi
    done
    echo "Python 3.11 or newer is needed, with the module venv." >&2
    return 1
}

# Print the command of README.md that contains $1.
readme_command() {
    local found
    found=$(grep -E '^python3 -m venv .*'"$1" README.md)
    [ "$(wc -l <<<"$found")" = 1 ] || { echo "README.md has no one command with $1" >&2; return 1; }
    echo "$found"
}
