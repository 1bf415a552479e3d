// Makes one system call of a program fail, for scripts/faults:
//
//   cc -shared -fPIC -o inject.so inject.c -ldl
//   FAULT=CALL:N:WHAT LD_PRELOAD=./inject.so PROGRAM ...
//
// CALL is open (of a file to write), write, fsync, close, rename, mmap (of a file to read) or
// malloc. The calls of a kind are counted from 1; N is the one that fails, "N+" all from there.
// WHAT is one of:
//
//   ENOSPC, EIO ...   the call fails with this error
//   short             a write that writes half
//   kill, int, term   the process gets this signal instead of the call's begin
//   kill-after        SIGKILL after the call
//   shrink            before the mapping the file is cut to half its size
//
// With FAULT_COUNTS=FILE the numbers of calls go to a file at the program's end.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN, WRITE, FSYNC, CLOSE, RENAME, MMAP, MALLOC, KINDS };
static const char *const names[KINDS] = {"open",   "write", "fsync", "close",
                                         "rename", "mmap",  "malloc"};
static atomic_int counts[KINDS];
static int wanted_kind = -1, wanted_number, is_from_there;
static char what[16];

static const struct {
  const char *name;
  int number;
} errors[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EDQUOT", EDQUOT}, {"EACCES", EACCES},
              {"ENOMEM", ENOMEM}, {"EAGAIN", EAGAIN}, {"EROFS", EROFS},   {"EINTR", EINTR},
              {"EMFILE", EMFILE}};

__attribute__((constructor)) static void read_fault(void) {
  const char *fault = getenv("FAULT");
  char kind[16];
  if (!fault) return;
  is_from_there = strstr(fault, "+:") != NULL;
  if (sscanf(fault, "%15[^:]:%d%*[+:]%15s", kind, &wanted_number, what) != 3) _exit(99);
  for (int i = 0; i < KINDS; ++i) {
    if (strcmp(kind, names[i]) == 0) wanted_kind = i;
  }
  if (wanted_kind < 0) _exit(99);
}

__attribute__((destructor)) static void write_counts(void) {
  const char *file = getenv("FAULT_COUNTS");
  wanted_kind = -1;
  FILE *out = file ? fopen(file, "w") : NULL;
  if (!out) return;
  for (int i = 0; i < KINDS; ++i) fprintf(out, "%s %d\n", names[i], counts[i]);
  fclose(out);
}

/// True if this call of a kind is to fail.
static int is_due(int kind) {
  const int number = ++counts[kind];
  if (kind != wanted_kind) return 0;
  return is_from_there ? number >= wanted_number : number == wanted_number;
}

/// Sends a signal before the call, or returns the error's number, or 0.
static int strike(void) {
  if (strcmp(what, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(what, "int") == 0) kill(getpid(), SIGINT);
  if (strcmp(what, "term") == 0) kill(getpid(), SIGTERM);
  for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i) {
    if (strcmp(what, errors[i].name) == 0) return errors[i].number;
  }
  return 0;
}

static void after(int due) {
  if (due && strcmp(what, "kill-after") == 0) kill(getpid(), SIGKILL);
}

static int is_output(int descriptor) {
  struct stat status;
  return descriptor > 2 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL_IF(due, result)     \
  if (due) {                     \
    const int error = strike();  \
    if (error) {                 \
      errno = error;             \
      return result;             \
    }                            \
  }

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const int due = (flags & O_ACCMODE) != O_RDONLY && is_due(OPEN);
  FAIL_IF(due, -1)
  const int descriptor = REAL(open)(path, flags, mode);
  after(due);
  return descriptor;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  const int due = is_output(descriptor) && is_due(WRITE);
  FAIL_IF(due, -1)
  if (due && strcmp(what, "short") == 0 && count > 1) count /= 2;
  const ssize_t written = REAL(write)(descriptor, bytes, count);
  after(due);
  return written;
}

int fsync(int descriptor) {
  const int due = is_due(FSYNC);
  FAIL_IF(due, -1)
  const int result = REAL(fsync)(descriptor);
  after(due);
  return result;
}

int close(int descriptor) {
  const int due = is_output(descriptor) && (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY &&
                  is_due(CLOSE);
  const int result = REAL(close)(descriptor);
  FAIL_IF(due, -1)
  after(due);
  return result;
}

int rename(const char *from, const char *to) {
  const int due = is_due(RENAME);
  FAIL_IF(due, -1)
  const int result = REAL(rename)(from, to);
  after(due);
  return result;
}

void *mmap(void *place, size_t size, int protection, int flags, int descriptor, off_t offset) {
  const int due = descriptor > 2 && is_output(descriptor) && is_due(MMAP);
  FAIL_IF(due, MAP_FAILED)
  if (due && strcmp(what, "shrink") == 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    if (truncate(link, size / 2) != 0) _exit(98);
  }
  return REAL(mmap)(place, size, protection, flags, descriptor, offset);
}

// malloc is glibc's own, under its other name: dlsym may call malloc itself.
extern void *__libc_malloc(size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  if (is_due(MALLOC)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_malloc(size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  if (is_due(MALLOC)) {
    errno = ENOMEM;
    return NULL;
  }
  return __libc_memalign(alignment, size);
}
