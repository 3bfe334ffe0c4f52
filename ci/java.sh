# Starts Java so that it can share its signals; to be sourced.

# LLVM, inside PoCL and rusticl, takes the signals by which HotSpot stops its threads, and gives them back too late for two
# threads at once: the process then ends with status 139. The JDK's own library hands signals to both.
signal_chaining=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.home = //p')/lib/libjsig.so

# run_java ARGUMENT…: java with the library, where there is one.
run_java() {
  if [ -f "$signal_chaining" ]; then
    LD_PRELOAD=$signal_chaining java "$@"
  else
    java "$@"
  fi
}
