/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Preloaded into a program, counts the system calls by which it changes the disk, or those by which it
 * reads, and spoils one of them. A filter of the kernel's (seccomp) sends each such call here as a
 * signal, so that none is missed, whichever library made it and by whatever wrapper; only pages written
 * through mmap are.
 * x86-64 Linux only.
 *
 *   FAULT_AT=N         which call, from 1; unset or 0: none
 *   FAULT_KIND=KIND    kill-before, kill-after: SIGKILL, just before or just after that call
 *                      power: SIGKILL to all processes of the group
 *                      enospc, eio, eintr: the call fails so; short: it writes or reads half of
 *                      the bytes
 *   FAULT_ON=1         from then on: every call that can fail so does
 *   FAULT_ONLY=A,B     only in programs of these names; the others work undisturbed, uncounted
 *   FAULT_READS=PREFIX it is about the calls that read files whose path begins so, instead. Only where
 *                      addresses are not drawn at random (setarch -R): the loader of a program that
 *                      inherits the filter reads before it has the layer, and is told by its place.
 *   FAULT_COUNT=FILE   8 bytes: one count for all processes, instead of one for each
 *   FAULT_LIST=FILE    a line a call is added: program, call, path
 *   FAULT_FIRED=FILE   a line is added for each fault: program, call, path, kind
 *   FAULT_JOURNAL=FILE, FAULT_JOURNAL_OF=PREFIX
 *                      what is written to files of which the path begins so, and what is flushed, is
 *                      added as records (tests/faults/queue_faults.py reads them)
 *   FAULT_CLOCK=FILE   8 bytes, a double: seconds that are added to the realtime clock, read anew each
 *                      time; the monotonic clock stays as it is
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the fault layer knows the registers of x86-64 only"
#endif

/* Which of its arguments says what a call changes, and how it can fail. */
enum { BY_FILE, BY_PATH, BY_FOLDER_AND_PATH };
enum { HALVES = 1, GROWS = 2, INTERRUPTIBLE = 4 };

struct Call {
  int number;
  const char* name;
  int by, argument, can;
};
static const struct Call changes[] = {
    {SYS_write, "write", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_pwrite64, "pwrite64", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_writev, "writev", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_pwritev, "pwritev", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_pwritev2, "pwritev2", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_sendfile, "sendfile", BY_FILE, 0, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_copy_file_range, "copy_file_range", BY_FILE, 2, HALVES | GROWS | INTERRUPTIBLE},
    {SYS_fallocate, "fallocate", BY_FILE, 0, GROWS | INTERRUPTIBLE},
    {SYS_ftruncate, "ftruncate", BY_FILE, 0, GROWS | INTERRUPTIBLE},
    {SYS_truncate, "truncate", BY_PATH, 0, GROWS | INTERRUPTIBLE},
    {SYS_fsync, "fsync", BY_FILE, 0, GROWS | INTERRUPTIBLE},
    {SYS_fdatasync, "fdatasync", BY_FILE, 0, GROWS | INTERRUPTIBLE},
    {SYS_sync_file_range, "sync_file_range", BY_FILE, 0, GROWS},
    {SYS_syncfs, "syncfs", BY_FILE, 0, GROWS},
    {SYS_open, "open", BY_PATH, 0, GROWS | INTERRUPTIBLE},
    {SYS_openat, "openat", BY_FOLDER_AND_PATH, 0, GROWS | INTERRUPTIBLE},
    {SYS_creat, "creat", BY_PATH, 0, GROWS | INTERRUPTIBLE},
    {SYS_rename, "rename", BY_PATH, 1, GROWS},
    {SYS_renameat, "renameat", BY_FOLDER_AND_PATH, 2, GROWS},
    {SYS_renameat2, "renameat2", BY_FOLDER_AND_PATH, 2, GROWS},
    {SYS_link, "link", BY_PATH, 1, GROWS},
    {SYS_linkat, "linkat", BY_FOLDER_AND_PATH, 2, GROWS},
    {SYS_symlink, "symlink", BY_PATH, 1, GROWS},
    {SYS_symlinkat, "symlinkat", BY_FOLDER_AND_PATH, 1, GROWS},
    {SYS_mkdir, "mkdir", BY_PATH, 0, GROWS},
    {SYS_mkdirat, "mkdirat", BY_FOLDER_AND_PATH, 0, GROWS},
    {SYS_unlink, "unlink", BY_PATH, 0, 0},
    {SYS_unlinkat, "unlinkat", BY_FOLDER_AND_PATH, 0, 0},
    {SYS_rmdir, "rmdir", BY_PATH, 0, 0},
};
static const struct Call reads[] = {
    {SYS_read, "read", BY_FILE, 0, HALVES | INTERRUPTIBLE},
    {SYS_pread64, "pread64", BY_FILE, 0, HALVES | INTERRUPTIBLE},
    {SYS_readv, "readv", BY_FILE, 0, HALVES | INTERRUPTIBLE},
    {SYS_preadv, "preadv", BY_FILE, 0, HALVES | INTERRUPTIBLE},
    {SYS_preadv2, "preadv2", BY_FILE, 0, HALVES | INTERRUPTIBLE},
};
enum { N_CHANGE = sizeof changes / sizeof *changes, SYSCALL_END = 25 };

/* mov rax,rdi; mov rdi,rsi; mov rsi,rdx; mov rdx,rcx; mov r10,r8; mov r8,r9; mov r9,[rsp+8]; syscall; ret
 * At one address in every program, the only one from which the filter lets such calls through: an
 * executed program inherits the filter, and not the memory. */
static const unsigned char passage_code[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6,
                                             0x48, 0x89, 0xca, 0x4d, 0x89, 0xc2, 0x4d, 0x89, 0xc8,
                                             0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05, 0xc3};
#define PASSAGE 0x100000000000UL
typedef long Passage(long, long, long, long, long, long, long);
static long pass(long number, const long a[6]) {
  return ((Passage*)PASSAGE)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static _Atomic long own_count;
static _Atomic long* count = &own_count;
static _Atomic double own_offset;
static _Atomic double* offset = &own_offset;
static const struct Call* calls = changes;
static int n_call = N_CHANGE;
static const char *kind = "", *journal_of, *reads_of = "";
static char program[64];
static long fault_at, list = -1, fired = -1, journal = -1;
static int from_then_on, counts;

static void append(long file, const char* text) {
  if (file < 0) return;
  const long a[6] = {file, (long)text, (long)strlen(text)};
  pass(SYS_write, a);
}

/* The path that a call is about, absolute where that is cheap. Returns 0 for what is no file. */
static int path_of(const struct Call* call, const long a[6], char* path, size_t size) {
  path[0] = '\0';
  if (call->by == BY_FILE) {
    struct stat status;
    if (a[call->argument] == STDERR_FILENO) return 0; /* what is wrong is told in any case */
    if (fstat((int)a[call->argument], &status) != 0) return 1;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return 0;
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", (int)a[call->argument]);
    const ssize_t n = readlink(link, path, size - 1);
    path[n > 0 ? n : 0] = '\0';
    return 1;
  }
  const char* named = (const char*)a[call->argument + (call->by == BY_FOLDER_AND_PATH)];
  if (strncmp(named, "/dev/", 5) == 0 && strncmp(named, "/dev/shm/", 9) != 0) return 0;
  if (strncmp(named, "/proc/", 6) == 0) return 0;
  snprintf(path, size, "%s", named);
  return 1;
}

struct Record {
  uint32_t mark, path_size;
  char call[16];
  int64_t at, size;
};

static void journalise(const struct Call* call, const long a[6], const char* path, long done) {
  if (journal < 0 || done < 0 || strncmp(path, journal_of, strlen(journal_of)) != 0) return;
  struct Record record = {0x74667563, (uint32_t)strlen(path), "", 0, 0};
  memcpy(record.call, call->name, strnlen(call->name, 15));
  const void* data = "";
  if (call->number == SYS_pwrite64) data = (void*)a[1], record.at = a[3], record.size = done;
  if (call->number == SYS_write) {
    data = (void*)a[1], record.size = done;
    record.at = lseek((int)a[0], 0, SEEK_CUR) - done;
  }
  if (call->number == SYS_ftruncate) record.at = a[1];
  const struct iovec parts[] = {{&record, sizeof record},
                                {(void*)path, record.path_size},
                                {(void*)data, (size_t)record.size}};
  const long b[6] = {journal, (long)parts, 3};
  pass(SYS_writev, b);
}

static void die(void) {
  if (strcmp(kind, "power") == 0) kill(0, SIGKILL);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static long halved(const struct Call* call, const long given[6]) {
  long a[6];
  memcpy(a, given, sizeof a);
  struct iovec half;
  switch (call->number) {
    case SYS_write:
    case SYS_pwrite64:
    case SYS_read:
    case SYS_pread64:
      a[2] = (a[2] + 1) / 2;
      break;
    case SYS_sendfile:
      a[3] = (a[3] + 1) / 2;
      break;
    case SYS_copy_file_range:
      a[4] = (a[4] + 1) / 2;
      break;
    default:
      half = *(const struct iovec*)a[1];
      half.iov_len = (half.iov_len + 1) / 2;
      a[1] = (long)&half, a[2] = 1;
  }
  return pass(call->number, a);
}

static int can(const struct Call* call) {
  if (strcmp(kind, "enospc") == 0) return call->can & GROWS;
  if (strcmp(kind, "eintr") == 0) return call->can & INTERRUPTIBLE;
  if (strcmp(kind, "short") == 0) return call->can & HALVES;
  return 1;
}

static long spoilt(const struct Call* call, const long a[6], const char* path) {
  char line[1400];
  snprintf(line, sizeof line, "%s\t%s\t%s\t%s\n", program, call->name, path, kind);
  append(fired, line);
  if (strcmp(kind, "enospc") == 0) return -ENOSPC;
  if (strcmp(kind, "eio") == 0) return -EIO;
  if (strcmp(kind, "eintr") == 0) return -EINTR;
  if (strcmp(kind, "short") == 0) return halved(call, a);
  if (strcmp(kind, "kill-after") == 0) pass(call->number, a);
  die();
  return -EIO;
}

static long arrive(const struct Call* call, const long a[6]) {
  char path[1200], line[1400];
  if (!counts || !path_of(call, a, path, sizeof path) ||
      strncmp(path, reads_of, strlen(reads_of)) != 0)
    return pass(call->number, a);
  const long n = atomic_fetch_add(count, 1) + 1;
  if (list >= 0) {
    snprintf(line, sizeof line, "%s\t%s\t%s\n", program, call->name, path);
    append(list, line);
  }
  if (fault_at > 0 && (from_then_on ? n >= fault_at : n == fault_at) && can(call))
    return spoilt(call, a, path);
  const long done = pass(call->number, a);
  journalise(call, a, path, done);
  return done;
}

static void trap(int signal, siginfo_t* about, void* context) {
  (void)signal;
  greg_t* r = ((ucontext_t*)context)->uc_mcontext.gregs;
  const long a[6] = {r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]};
  const int kept = errno;
  for (int i = 0; i < n_call; ++i)
    if (calls[i].number == about->si_syscall) r[REG_RAX] = arrive(&calls[i], a);
  errno = kept;
}

static void* shared(const char* path) {
  const int file = open(path, O_RDWR);
  if (file < 0) return NULL;
  void* page = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  return page == MAP_FAILED ? NULL : page;
}

static long open_log(const char* variable) {
  const char* path = getenv(variable);
  if (!path) return -1;
  const long a[6] = {AT_FDCWD, (long)path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666};
  const long file = pass(SYS_openat, a);
  return file < 0 ? file : fcntl((int)file, F_DUPFD_CLOEXEC, 700);
}

enum { LOADER_SIZE = 0x40000 };

static void install_filter(void) {
  struct sock_filter code[3 * N_CHANGE + 24];
  int n = 0;
  const struct sock_filter pass_by = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_filter stop = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, field)
#define UNLESS(value, skip) \
  (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, skip)
#define UNLESS_FROM(value, skip) \
  (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(value), 0, skip)
#define UNLESS_BELOW(value, skip) \
  (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)(value), skip, 0)
#define IF_ANY(bits, skip) \
  (struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), 0, skip)
  const uint32_t at = offsetof(struct seccomp_data, instruction_pointer);
  code[n++] = LOAD(at);
  code[n++] = UNLESS((PASSAGE + SYSCALL_END) & 0xffffffffUL, 3);
  code[n++] = LOAD(at + 4);
  code[n++] = UNLESS((PASSAGE + SYSCALL_END) >> 32, 1);
  code[n++] = pass_by;
  if (calls == reads) {
    const uint64_t loader = getauxval(AT_BASE);
    code[n++] = LOAD(at + 4);
    code[n++] = UNLESS(loader >> 32, 4);
    code[n++] = LOAD(at);
    code[n++] = UNLESS_FROM(loader & 0xffffffffUL, 2);
    code[n++] = UNLESS_BELOW((loader & 0xffffffffUL) + LOADER_SIZE, 1);
    code[n++] = pass_by;
  }
  code[n++] = LOAD(offsetof(struct seccomp_data, nr));
  for (int i = 0; i < n_call; ++i) {
    const int opens = calls[i].number == SYS_open || calls[i].number == SYS_openat;
    code[n++] = UNLESS(calls[i].number, opens ? 4 : 1);
    if (opens) {
      code[n++] = LOAD((uint32_t)offsetof(struct seccomp_data, args) +
                       8 * (1 + (calls[i].number == SYS_openat)));
      code[n++] = IF_ANY(O_CREAT | O_TRUNC, 1);
      code[n++] = stop;
      code[n++] = pass_by;
    } else {
      code[n++] = stop;
    }
  }
  code[n++] = pass_by;
  const struct sock_fprog filter = {(unsigned short)n, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    perror("fault layer: seccomp");
    _exit(127);
  }
}

/* The signal stays ours: shells would set all signals back in their children, others block them. */
static int real_sigaction(int number, const struct sigaction* action, struct sigaction* old) {
  static int (*_Atomic next)(int, const struct sigaction*, struct sigaction*);
  if (!next) {
    next = __extension__(int (*)(int, const struct sigaction*, struct sigaction*))
        dlsym(RTLD_NEXT, "sigaction");
  }
  return next(number, action, old);
}

int sigaction(int number, const struct sigaction* action, struct sigaction* old) {
  if (number != SIGSYS) return real_sigaction(number, action, old);
  if (old) memset(old, 0, sizeof *old);
  return 0;
}

__sighandler_t signal(int number, __sighandler_t handler) {
  struct sigaction action = {0}, old;
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

static int masked(const char* name, int how, const sigset_t* set, sigset_t* old) {
  int (*next)(int, const sigset_t*, sigset_t*) =
      __extension__(int (*)(int, const sigset_t*, sigset_t*)) dlsym(RTLD_NEXT, name);
  sigset_t without;
  if (set) {
    without = *set;
    if (how != SIG_UNBLOCK) sigdelset(&without, SIGSYS);
  }
  return next(how, set ? &without : NULL, old);
}
int sigprocmask(int how, const sigset_t* set, sigset_t* old) {
  return masked("sigprocmask", how, set, old);
}
int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) {
  return masked("pthread_sigmask", how, set, old);
}

/* The first of all constructors (-z initfirst), for other libraries read when they are loaded: before
 * the C library's own, which sets environ and the program's name. */
__attribute__((constructor)) static void begin(int argc, char** argv, char** variables) {
  if (!environ) environ = variables;
  void* page = mmap((void*)PASSAGE, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (page != (void*)PASSAGE) {
    fprintf(stderr, "fault layer: no memory at its place\n");
    _exit(127);
  }
  memcpy(page, passage_code, sizeof passage_code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);

  const char* slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
  snprintf(program, sizeof program, "%s", slash ? slash + 1 : argc > 0 ? argv[0] : "");
  const char* only = getenv("FAULT_ONLY");
  char among[600], name[80];
  snprintf(among, sizeof among, ",%s,", only ? only : "");
  snprintf(name, sizeof name, ",%s,", program);
  counts = !only || strstr(among, name) != NULL;
  if (getenv("FAULT_COUNT")) count = shared(getenv("FAULT_COUNT"));
  if (getenv("FAULT_CLOCK")) offset = shared(getenv("FAULT_CLOCK"));
  if (!count || !offset) {
    fprintf(stderr, "fault layer: FAULT_COUNT or FAULT_CLOCK names no file of 8 bytes\n");
    _exit(127);
  }
  fault_at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
  if (getenv("FAULT_KIND")) kind = getenv("FAULT_KIND");
  if (getenv("FAULT_READS")) {
    reads_of = getenv("FAULT_READS");
    calls = reads;
    n_call = sizeof reads / sizeof *reads;
  }
  from_then_on = getenv("FAULT_ON") != NULL;
  journal_of = getenv("FAULT_JOURNAL_OF") ? getenv("FAULT_JOURNAL_OF") : "";
  list = open_log("FAULT_LIST");
  fired = open_log("FAULT_FIRED");
  journal = open_log("FAULT_JOURNAL");

  struct sigaction action = {0};
  action.sa_sigaction = trap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  real_sigaction(SIGSYS, &action, NULL);
  if (calls == reads && !(personality(0xffffffff) & ADDR_NO_RANDOMIZE)) return;
  if (getenv("FAULT_FILTERED")) return;
  setenv("FAULT_FILTERED", "1", 1);
  install_filter();
}

/* The realtime clock, by every function that tells it. */
static void shift(struct timespec* at) {
  const double by = *offset;
  const long whole = (long)by;
  at->tv_sec += whole;
  at->tv_nsec += (long)((by - (double)whole) * 1e9);
  if (at->tv_nsec < 0) at->tv_nsec += 1000000000, at->tv_sec -= 1;
  if (at->tv_nsec >= 1000000000) at->tv_nsec -= 1000000000, at->tv_sec += 1;
}

int clock_gettime(clockid_t clock, struct timespec* at) {
  static int (*_Atomic next)(clockid_t, struct timespec*);
  if (!next)
    next = __extension__(int (*)(clockid_t, struct timespec*)) dlsym(RTLD_NEXT, "clock_gettime");
  const int result = next(clock, at);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(at);
  return result;
}

int gettimeofday(struct timeval* at, void* zone) {
  (void)zone;
  struct timespec fine;
  const int result = clock_gettime(CLOCK_REALTIME, &fine);
  at->tv_sec = fine.tv_sec;
  at->tv_usec = fine.tv_nsec / 1000;
  return result;
}

time_t time(time_t* at) {
  struct timespec fine;
  clock_gettime(CLOCK_REALTIME, &fine);
  if (at) *at = fine.tv_sec;
  return fine.tv_sec;
}

int timespec_get(struct timespec* at, int base) {
  return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}
