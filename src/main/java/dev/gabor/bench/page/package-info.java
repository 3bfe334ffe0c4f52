/**
 * Benchmark reports as one page of HTML: device card, roofline, bars, comparison. Everything is in
 * the page, its pictures are inline SVG, and it needs neither a network nor a script. Positions are
 * percentages, sizes of text and marks are pixels: so a picture fits a telephone and a screen.
 * {@link dev.gabor.bench.page.Page} is the way in.
 */
package dev.gabor.bench.page;
