// SPDX-License-Identifier: GPL-3.0-or-later
// Functions that are compiled for newer processors' vectors too; the one that fits is chosen when a program begins.
#pragma once

// The choice is made before the thread sanitizer has begun, which it does not survive.
#if defined(__SANITIZE_THREAD__) || !defined(__x86_64__)
#define CONTIMG_NO_CLONES
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONTIMG_NO_CLONES
#endif
#endif

#ifdef CONTIMG_NO_CLONES
#define CONTIMG_AVX2
#define CONTIMG_AVX512
#else
/// For AVX2 and for any processor.
#define CONTIMG_AVX2 [[gnu::target_clones("arch=x86-64-v3", "default")]]
/// For AVX-512, for AVX2 and for any processor.
#define CONTIMG_AVX512 [[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#endif
