/**
 * The facade: {@link dev.gabor.Gabor} finds devices and opens one. Only this package names concrete
 * backends.
 */
package dev.gabor;
