/**
 * Networks that people know by name, one file a family; {@link dev.gabor.nn.models.Models} finds
 * them.
 *
 * <p>Each name has one body. Only the stem adapts, by one rule ({@link
 * dev.gabor.nn.models.Models#LARGE_SIDE}): images of at least 128 pixels on their shorter side get
 * torchvision's stem, which brings 224×224 to 56×56 before the body begins; smaller ones keep their
 * size, as is usual for CIFAR. At 224×224 and 1000 classes the layers and the parameter counts are
 * torchvision's.
 */
package dev.gabor.nn.models;
