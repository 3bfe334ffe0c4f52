/**
 * The command line, on picocli. Standard output carries results, standard error log and progress;
 * exit codes are those of {@link dev.gabor.cli.ExitCode}. The only package that uses picocli,
 * logback and the progress bar.
 */
package dev.gabor.cli;
