package dev.gabor.check;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One problem in one line, for example {@code pool operation=forward problem=… seed=7}: an
 * operator's name and its settings, each {@code name=value}. Immutable.
 */
public final class CheckCase {
  private static final String SEED = "seed";

  private final String operator;
  private final Map<String, String> settings;

  private CheckCase(String operator, Map<String, String> settings) {
    this.operator = operator;
    this.settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /** A case of an operator, without settings. */
  public static CheckCase of(String operator) {
    return new CheckCase(operator, Map.of());
  }

  /** Reads what {@link #toString} wrote. */
  public static CheckCase parse(String line) {
    List<String> words = line.strip().lines().flatMap(l -> Stream.of(l.split("\\s+", 0))).toList();
    if (words.isEmpty()) {
      throw new IllegalArgumentException("case: expected an operator and its settings");
    }
    Map<String, String> settings = new LinkedHashMap<>();
    for (String word : words.subList(1, words.size())) {
      int sign = word.indexOf('=');
      if (sign < 1) {
        throw new IllegalArgumentException(
            "case \"" + line + "\": expected name=value, found " + word);
      }
      settings.put(word.substring(0, sign), word.substring(sign + 1));
    }
    return new CheckCase(words.get(0), settings);
  }

  /** The operator. */
  public String operator() {
    return operator;
  }

  /** This case with one more setting, or another value of one; the value has no spaces. */
  public CheckCase with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(settings);
    more.put(name, value.toString());
    return new CheckCase(operator, more);
  }

  /** Whether a setting is given. */
  public boolean has(String name) {
    return settings.containsKey(name);
  }

  /** A setting. */
  public String text(String name) {
    String value = settings.get(name);
    if (value == null) {
      throw new IllegalArgumentException("case \"" + this + "\": " + name + " is missing");
    }
    return value;
  }

  /** A setting that is one of some constants, in any case. */
  public <E extends Enum<E>> E constant(String name, Class<E> type) {
    return parsed(name, "a constant", text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT)));
  }

  /** A setting that is true or false. */
  public boolean flag(String name) {
    return Boolean.parseBoolean(text(name));
  }

  /** A setting that is a number. */
  public double number(String name) {
    return parsed(name, "a number", Double::parseDouble);
  }

  /** A setting that is a whole number. */
  public int integer(String name) {
    return parsed(name, "a whole number", Integer::parseInt);
  }

  /** A setting of whole numbers between commas or ×, at least so many. */
  public int[] integers(String name, int least) {
    int[] numbers =
        parsed(
            name,
            "whole numbers",
            text -> Stream.of(text.split("[,x]", -1)).mapToInt(Integer::parseInt).toArray());
    if (numbers.length < least) {
      throw new IllegalArgumentException(
          "case \"" + this + "\": " + name + " needs " + least + " numbers");
    }
    return numbers;
  }

  /** The seed of its data. */
  public long seed() {
    return parsed(SEED, "a whole number", Long::parseLong);
  }

  /** This case with data of a seed. */
  public CheckCase withSeed(long seed) {
    return with(SEED, seed);
  }

  private interface Parser<T> {
    T parse(String text);
  }

  private <T> T parsed(String name, String expected, Parser<T> parser) {
    String text = text(name);
    try {
      return parser.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "case \"%s\": %s is %s, expected %s".formatted(this, name, text, expected), e);
    }
  }

  /** The line. */
  @Override
  public String toString() {
    return Stream.concat(
            Stream.of(operator),
            settings.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()))
        .collect(Collectors.joining(" "));
  }
}
