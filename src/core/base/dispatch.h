/*
 * dispatch.h
 *		Marks a function to be compiled for several x86-64 levels, the best one
 *		chosen when the module is loaded.
 */
#ifndef LINLEARN_CORE_BASE_DISPATCH_H
#define LINLEARN_CORE_BASE_DISPATCH_H

/*
 * A build for one level, to be compared with others (make check-levels): its
 * attribute, or nothing.
 */
#if defined(ONE_LEVEL)
#define KERNEL_CLONES ONE_LEVEL
#define UNFUSED_CLONES ONE_LEVEL
#else

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&        \
	defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
/*
 * Levels, not processors: "arch=haswell" is given to Intel's own only, so that
 * an AMD processor would run the default.  Before GCC 12 there are no levels.
 */
#if __GNUC__ >= 12
#define KERNEL_CLONES                                                         \
	__attribute__((                                                           \
		target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define KERNEL_CLONES __attribute__((target_clones("default", "avx2")))
#endif
#else
#define KERNEL_CLONES
#endif

/*
 * The same for what may be fused nowhere, not even in a file that the Makefile
 * lets fuse products and sums.  Every operation then rounds alike in a vector's
 * body, in its scalar tail and in the portable version, so that a result depends
 * neither on where in a batch an element stands nor on the machine.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&        \
	defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define UNFUSED_CLONES __attribute__((target_clones("default", "avx2")))
#else
#define UNFUSED_CLONES
#endif

#endif

/* A small function that must become part of the loop that calls it. */
#define KERNEL_INLINE static inline __attribute__((always_inline))

#endif
