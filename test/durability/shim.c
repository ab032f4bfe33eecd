/*
 * A disk that is slow or fails, for one process: with LD_PRELOAD it stands between the program and the C library's
 * writes and syncs. What it does is read from a small file that the test changes while the program runs, and that file
 * counts what passed.
 *
 *   HOBNOB_SHIM_CONTROL  the file, an array of 32-bit integers in the order of `struct control`
 *   HOBNOB_SHIM_UNDER    only files below this folder are meant
 *
 * Without these variables it changes nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  _Atomic int32_t sync_delay_us;
  _Atomic int32_t sync_errno;    /* 0: syncs succeed */
  _Atomic int32_t sync_passes;   /* so many more succeed before sync_errno is given */
  _Atomic int32_t sync_failures; /* so many are given sync_errno; -1: all */
  _Atomic int32_t write_errno;
  _Atomic int32_t write_passes;
  _Atomic int32_t write_failures;
  _Atomic int32_t syncs;         /* counted: begun */
  _Atomic int32_t syncs_failed;
  _Atomic int32_t syncs_under_way;
  _Atomic int32_t writes;
  _Atomic int32_t writes_failed;
};

static struct control *control;
static char under[PATH_MAX];
static size_t under_length;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("HOBNOB_SHIM_CONTROL");
  const char *folder = getenv("HOBNOB_SHIM_UNDER");
  if (path == NULL || folder == NULL || realpath(folder, under) == NULL) return;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) return;
  under_length = strlen(under);
  control = mapped;
}

static int is_meant(int fd) {
  if (control == NULL) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < (ssize_t)under_length) return 0;
  path[length] = '\0';
  return strncmp(path, under, under_length) == 0 && (path[under_length] == '/' || path[under_length] == '\0');
}

/* Takes one of a number that is above 0; a number below 0 is never used up. */
static int take(_Atomic int32_t *left) {
  int32_t now = atomic_load(left);
  while (now > 0) {
    if (atomic_compare_exchange_weak(left, &now, now - 1)) return 1;
  }
  return now < 0;
}

/* The error that this call gets, or 0. */
static int error_of(_Atomic int32_t *given, _Atomic int32_t *passes, _Atomic int32_t *failures) {
  int error = atomic_load(given);
  if (error == 0 || take(passes)) return 0;
  return take(failures) ? error : 0;
}

static int before_sync(int fd) {
  if (!is_meant(fd)) return 0;
  atomic_fetch_add(&control->syncs, 1);
  atomic_fetch_add(&control->syncs_under_way, 1);
  int32_t delay = atomic_load(&control->sync_delay_us);
  if (delay > 0) {
    struct timespec left = {delay / 1000000, (long)(delay % 1000000) * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
  }
  atomic_fetch_sub(&control->syncs_under_way, 1);
  int error = error_of(&control->sync_errno, &control->sync_passes, &control->sync_failures);
  if (error != 0) atomic_fetch_add(&control->syncs_failed, 1);
  return error;
}

/* A write to a file that was opened with O_DSYNC or O_SYNC is a sync too. */
static int before_write(int fd) {
  if (!is_meant(fd)) return 0;
  atomic_fetch_add(&control->writes, 1);
  int error = error_of(&control->write_errno, &control->write_passes, &control->write_failures);
  if (error != 0) {
    atomic_fetch_add(&control->writes_failed, 1);
    return error;
  }
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_DSYNC) != 0 ? before_sync(fd) : 0;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, #name))

#define SYNC(name)                                     \
  int name(int fd) {                                   \
    int error = before_sync(fd);                       \
    if (error != 0) {                                  \
      errno = error;                                   \
      return -1;                                       \
    }                                                  \
    return REAL(name, int (*)(int))(fd);               \
  }

SYNC(fsync)
SYNC(fdatasync)

#define WRITE(name, parameters, arguments, type)       \
  ssize_t name parameters {                            \
    int error = before_write(fd);                      \
    if (error != 0) {                                  \
      errno = error;                                   \
      return -1;                                       \
    }                                                  \
    return REAL(name, type) arguments;                 \
  }

WRITE(write, (int fd, const void *bytes, size_t length), (fd, bytes, length),
      ssize_t (*)(int, const void *, size_t))
WRITE(pwrite, (int fd, const void *bytes, size_t length, off_t at), (fd, bytes, length, at),
      ssize_t (*)(int, const void *, size_t, off_t))
WRITE(pwrite64, (int fd, const void *bytes, size_t length, off64_t at), (fd, bytes, length, at),
      ssize_t (*)(int, const void *, size_t, off64_t))
WRITE(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count),
      ssize_t (*)(int, const struct iovec *, int))
WRITE(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at),
      ssize_t (*)(int, const struct iovec *, int, off_t))
WRITE(pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at),
      ssize_t (*)(int, const struct iovec *, int, off64_t))
