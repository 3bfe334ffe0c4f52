/**
 * The doctor: which OpenCL drivers are installed, what their devices can really do, what is wrong
 * with them and what to do about it. {@link dev.gabor.doctor.Doctor} is the way in.
 *
 * <p>A driver may end the process that asks it, so nothing here asks one: every ICD entry gets a
 * Java process of its own ({@link dev.gabor.doctor.ProbeProcess}), which writes a journal of what
 * it begins and finds, one JSON object a line. Where the process ends early, the journal says in
 * which stage; the next process leaves that stage out. At last a process asks all drivers together,
 * as every program does, for the names {@code opencl:P:D} and for what {@code auto} takes.
 */
package dev.gabor.doctor;
