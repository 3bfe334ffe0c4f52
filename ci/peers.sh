# Builds and starts programs of src/test-peers, which use PyTorch through DJL; to be sourced.

. ci/java.sh

# run_with_peers CLASS ARGUMENT…: builds what has changed, then runs the class.
run_with_peers() {
  local class_path=target/peers.classpath
  mvn -B -ntp -q -P peers -Djacoco.skip=true test-compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath -Dmdep.outputFile="$class_path" -Dmdep.includeScope=test
  DJL_OFFLINE=true DJL_CACHE_DIR="$PWD/target/djl" OPT_OUT_TRACKING=true \
    run_java -Xmx2g -cp "target/test-classes:target/classes:$(cat "$class_path")" "$@"
}
