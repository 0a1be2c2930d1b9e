/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into a tool, counts the calls by which it changes the disk and kills it at one of them.
 *
 *   KILL_POINT_AT=N        SIGKILL at the Nth call, from 1; unset or 0: never
 *   KILL_POINT_WHEN=after  just after that call; otherwise just before it
 *   KILL_POINT_LIST=FILE   at exit, write the name of each call to FILE, one a line, in order
 *
 * SQLite commits and HDF5 flushes by these calls too, so every commit is between two points.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MOST_POINTS = 4000000 };

static _Atomic long count;
static _Atomic(const char*) names[MOST_POINTS];
static long kill_at;
static int kill_after;
static const char* list_path;

__attribute__((constructor)) static void begin(void) {
  const char* at = getenv("KILL_POINT_AT");
  const char* when = getenv("KILL_POINT_WHEN");
  kill_at = at ? atol(at) : 0;
  kill_after = when && strcmp(when, "after") == 0;
  list_path = getenv("KILL_POINT_LIST");
}

__attribute__((destructor)) static void end(void) {
  if (!list_path) return;
  const long n = count < MOST_POINTS ? count : MOST_POINTS;
  FILE* list = fopen(list_path, "w");
  if (!list) return;
  for (long i = 0; i < n; ++i) fprintf(list, "%s\n", names[i] ? names[i] : "?");
  fclose(list);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int arrive(const char* name) {
  const long n = atomic_fetch_add(&count, 1);
  if (n < MOST_POINTS) names[n] = name;
  if (n + 1 != kill_at) return 0;
  if (!kill_after) die();
  return 1;
}

/* COUNTED(returned type, function, (parameters), (arguments)) defines the function anew. */
#define COUNTED(type, name, parameters, arguments)                               \
  type name parameters {                                                         \
    static type(*_Atomic next) parameters;                                       \
    if (!next) next = __extension__(type(*) parameters) dlsym(RTLD_NEXT, #name); \
    const int dies = arrive(#name);                                              \
    const type result = next arguments;                                          \
    if (dies) die();                                                             \
    return result;                                                               \
  }

COUNTED(ssize_t, write, (int file, const void* from, size_t n), (file, from, n))
COUNTED(ssize_t, pwrite, (int file, const void* from, size_t n, off_t at), (file, from, n, at))
COUNTED(ssize_t, pwrite64, (int file, const void* from, size_t n, off64_t at), (file, from, n, at))
COUNTED(ssize_t, writev, (int file, const struct iovec* from, int n), (file, from, n))
COUNTED(ssize_t, pwritev, (int file, const struct iovec* from, int n, off_t at),
        (file, from, n, at))
COUNTED(ssize_t, pwritev64, (int file, const struct iovec* from, int n, off64_t at),
        (file, from, n, at))
COUNTED(ssize_t, sendfile, (int to, int from, off_t* at, size_t n), (to, from, at, n))
COUNTED(ssize_t, sendfile64, (int to, int from, off64_t* at, size_t n), (to, from, at, n))
COUNTED(ssize_t, copy_file_range,
        (int from, off64_t* from_at, int to, off64_t* to_at, size_t n, unsigned flags),
        (from, from_at, to, to_at, n, flags))
COUNTED(int, fsync, (int file), (file))
COUNTED(int, fdatasync, (int file), (file))
COUNTED(int, rename, (const char* from, const char* to), (from, to))
COUNTED(int, renameat, (int from_folder, const char* from, int to_folder, const char* to),
        (from_folder, from, to_folder, to))
COUNTED(int, renameat2,
        (int from_folder, const char* from, int to_folder, const char* to, unsigned flags),
        (from_folder, from, to_folder, to, flags))
COUNTED(int, link, (const char* from, const char* to), (from, to))
COUNTED(int, truncate, (const char* path, off_t n), (path, n))
COUNTED(int, truncate64, (const char* path, off64_t n), (path, n))
COUNTED(int, ftruncate, (int file, off_t n), (file, n))
COUNTED(int, ftruncate64, (int file, off64_t n), (file, n))
COUNTED(int, unlink, (const char* path), (path))
COUNTED(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags))
COUNTED(int, remove, (const char* path), (path))
COUNTED(int, rmdir, (const char* path), (path))
COUNTED(int, mkdir, (const char* path, mode_t mode), (path, mode))
COUNTED(int, mkdirat, (int folder, const char* path, mode_t mode), (folder, path, mode))
