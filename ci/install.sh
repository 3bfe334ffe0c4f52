# Functions that bring what a script needs; to be sourced.

# require_commands NAME…: ends the script where one is missing.
require_commands() {
  local name
  for name in "$@"; do
    if ! command -v "$name" >/dev/null; then
      echo "$0: $name is missing; install a JDK 17 or newer and Maven 3.9 first" >&2
      exit 1
    fi
  done
}

# install_packages NAME…: installs missing Debian packages, or says what to install by hand.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    echo "$0: no apt-get here; these Debian packages, or what corresponds to them, are needed: $*" >&2
    return
  fi
  local missing=() name
  for name in "$@"; do
    if ! dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed'; then
      missing+=("$name")
    fi
  done
  if [ ${#missing[@]} -eq 0 ]; then
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "$0: not root and no sudo; please run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# install_test_packages: the OpenCL drivers, the compilers and the tools of all tests.
install_test_packages() {
  install_packages pocl-opencl-icd mesa-opencl-icd ocl-icd-opencl-dev oclgrind clang-15 libclc-15 cmake gcc libc6-dev make
}
