# What a fresh Debian 12 lacks. Sourced.

# Installs the named Debian packages that are missing; says what to do where it may not.
install_packages() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "Missing packages: ${missing[*]}. Install them as root." >&2; exit 1; }
        sudo="sudo"
    fi
    echo "Installing ${missing[*]}"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Installs the named packages where the distribution has them and they may be installed; tests say what they leave out.
install_where_offered() {
    local package
    for package in "$@"; do
        (install_packages "$package") || echo "$package cannot be installed here; what needs it is skipped" >&2
    done
}

# Makes a virtual environment with exactly these requirements.
python_venv() {
    local folder=$1
    shift
    local wanted="$*"
    [ -f "$folder/wanted" ] && [ "$(cat "$folder/wanted")" = "$wanted" ] && return 0
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
    echo "$wanted" >"$folder/wanted"
}
