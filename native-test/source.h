// Kernel files with their includes in place, as dev.gabor.opencl does it, so that drivers need no file system.

#ifndef SOURCE_H
#define SOURCE_H

// The text of folder/file, to be freed; NULL where it or an include cannot be read.
char* read_source(const char* folder, const char* file);

#endif
