package dev.gabor.nn;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The settings of a node read from a file, with refusals that name the layer, the setting, what
 * came and what was expected.
 */
public final class Settings {
  private final String layer;
  private final Map<String, ?> values;
  private final Set<String> unread;

  /** Settings of one layer, as read. */
  public Settings(String layer, Map<String, ?> values) {
    this.layer = layer;
    this.values = values;
    this.unread = new LinkedHashSet<>(values.keySet());
  }

  /** A whole number that must be there. */
  public int integer(String key) {
    if (find(key) instanceof Number number && number.doubleValue() == number.intValue()) {
      return number.intValue();
    }
    throw wrong(key, "a whole number");
  }

  /** A whole number, or the default where it is absent. */
  public int integer(String key, int absent) {
    return values.containsKey(key) ? integer(key) : absent;
  }

  /** A number, or the default where it is absent. */
  public float number(String key, float absent) {
    if (!values.containsKey(key)) {
      return absent;
    }
    if (find(key) instanceof Number number) {
      return number.floatValue();
    }
    throw wrong(key, "a number");
  }

  /** True or false, or the default where it is absent. */
  public boolean flag(String key, boolean absent) {
    if (!values.containsKey(key)) {
      return absent;
    }
    if (find(key) instanceof Boolean flag) {
      return flag;
    }
    throw wrong(key, "true or false");
  }

  /** Text that must be there. */
  public String text(String key) {
    if (find(key) instanceof String text) {
      return text;
    }
    throw wrong(key, "text");
  }

  /** One of the constants of an enum, in lower case. */
  public <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = String.valueOf(find(key));
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
        return constant;
      }
    }
    throw wrong(key, "one of " + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
  }

  /** Refuses settings that nobody read: a misspelt one must not pass for its default. */
  public void refuseUnread() {
    if (!unread.isEmpty()) {
      throw new IllegalArgumentException(
          "layer " + layer + ": unknown setting " + unread.iterator().next());
    }
  }

  private Object find(String key) {
    unread.remove(key);
    Object value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("layer " + layer + ": setting " + key + " is missing");
    }
    return value;
  }

  private IllegalArgumentException wrong(String key, String expected) {
    return new IllegalArgumentException(
        "layer "
            + layer
            + ": setting "
            + key
            + " is "
            + values.get(key)
            + ", expected "
            + expected);
  }
}
