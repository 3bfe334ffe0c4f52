# A function that tries a command; to be sourced.

# expect STATUS TEXT COMMAND…: runs the command, which must end with that status, print the text,
# and print no stack trace.
expect() {
  local status=$1 text=$2 output found=0
  shift 2
  output=$("$@" 2>&1) || found=$?
  if [ "$found" -ne "$status" ]; then
    printf '%s\nFAILED: %s: status %s, expected %s\n' "$output" "$*" "$found" "$status" >&2
    exit 1
  fi
  if ! grep -qF -- "$text" <<<"$output"; then
    printf '%s\nFAILED: %s: expected "%s" in the output\n' "$output" "$*" "$text" >&2
    exit 1
  fi
  if grep -qE '^\s+at [a-z]+\.|^Exception in thread' <<<"$output"; then
    printf '%s\nFAILED: %s: a stack trace\n' "$output" "$*" >&2
    exit 1
  fi
  printf 'passed: %s\n' "$*"
}
