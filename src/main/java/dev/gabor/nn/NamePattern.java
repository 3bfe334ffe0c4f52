package dev.gabor.nn;

import java.util.regex.Pattern;

/**
 * Parameters by name: {@code *} stands for any text and {@code ?} for one letter, for example
 * {@code dense2.*} or {@code *.bias}. A pattern that fits a layer's name takes all its parameters:
 * {@code conv1} means {@code conv1.weight} and {@code conv1.bias}.
 */
public record NamePattern(String text) {
  /** Whether a parameter is meant. */
  public boolean matches(String parameter) {
    String regex = Pattern.quote(text).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
    return parameter.matches(regex) || layer(parameter).matches(regex);
  }

  private static String layer(String parameter) {
    int dot = parameter.lastIndexOf('.');
    return dot < 0 ? parameter : parameter.substring(0, dot);
  }
}
