/*
 * dispatch.h
 *		Marks a function to be compiled for several x86-64 levels, the best one
 *		chosen when the module is loaded.
 */
#ifndef LINLEARN_CORE_DISPATCH_H
#define LINLEARN_CORE_DISPATCH_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&        \
	defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
#define KERNEL_CLONES                                                         \
	__attribute__((target_clones("default", "arch=haswell",                   \
								 "arch=skylake-avx512")))
#else
#define KERNEL_CLONES
#endif

#endif
