/*
 * A disk that is slow or fails, for one process: with LD_PRELOAD it stands between the program and the C library's
 * writes and syncs. What it does is read from a small file that the test changes while the program runs, and that file
 * counts what passed.
 *
 *   HOBNOB_SHIM_CONTROL  the file, an array of 32-bit integers in the order of `struct control`
 *   HOBNOB_SHIM_UNDER    only files below this folder are meant
 *   HOBNOB_SHIM_UNDO     a file to which it appends what each write replaced, and which syncs ended, so that the test can
 *                        take back after a kill what a power cut may lose: `struct record`, each followed by the old bytes
 *
 * Without these variables it changes nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
  _Atomic int32_t syncs_lie;     /* 1: syncs succeed and keep nothing */
};

enum { RECORD_WRITE = 1, RECORD_SYNCED = 2, RECORD_WRITE_KEPT = 3 };

struct record {
  uint32_t kind;
  uint32_t old_length; /* bytes that follow: what the file had there */
  uint64_t inode;
  uint64_t at;         /* RECORD_SYNCED: records of this file before this position are kept; RECORD_WRITE_KEPT: this one is */
  uint64_t length;
  uint64_t old_size;
};

static struct control *control;
static char under[PATH_MAX];
static size_t under_length;
static int undo = -1;
/* Held while a write is recorded and made, so that a sync covers what is made and nothing else. */
static pthread_mutex_t undo_lock = PTHREAD_MUTEX_INITIALIZER;

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
  const char *undo_path = getenv("HOBNOB_SHIM_UNDO");
  if (undo_path != NULL) undo = open(undo_path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void give_up(void) {
  static const char text[] = "shim: the undo log cannot be written\n";
  syscall(SYS_write, 2, text, sizeof text - 1);
  abort();
}

static void append(const void *bytes, size_t length) {
  if (syscall(SYS_write, undo, bytes, length) != (long)length) give_up();
}

static uint64_t undo_end(void) {
  struct stat found;
  if (fstat(undo, &found) != 0) give_up();
  return (uint64_t)found.st_size;
}

/* Writes down what the file has where it is about to be written. Returns where the record is. */
static uint64_t record_write(int fd, uint64_t at, size_t length) {
  struct stat found;
  if (fstat(fd, &found) != 0) give_up();
  uint64_t size = (uint64_t)found.st_size;
  uint64_t old_length = at >= size ? 0 : (size - at < length ? size - at : length);
  uint64_t position = undo_end();
  struct record record = {RECORD_WRITE, (uint32_t)old_length, found.st_ino, at, length, size};
  append(&record, sizeof record);
  if (old_length == 0) return position;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int readable = open(path, O_RDONLY | O_CLOEXEC);
  void *old = malloc(old_length);
  if (readable < 0 || old == NULL) give_up();
  if (pread(readable, old, old_length, (off_t)at) != (ssize_t)old_length) give_up();
  close(readable);
  append(old, old_length);
  free(old);
  return position;
}

static void record_kept(uint32_t kind, int fd, uint64_t position) {
  struct stat found;
  if (fstat(fd, &found) != 0) give_up();
  struct record record = {kind, 0, found.st_ino, position, 0, 0};
  append(&record, sizeof record);
}

/* Where a write without a position goes. */
static uint64_t write_position(int fd) {
  struct stat found;
  if ((fcntl(fd, F_GETFL) & O_APPEND) != 0) {
    if (fstat(fd, &found) != 0) give_up();
    return (uint64_t)found.st_size;
  }
  off_t at = lseek(fd, 0, SEEK_CUR);
  if (at < 0) give_up();
  return (uint64_t)at;
}

static size_t length_of(const struct iovec *parts, int count) {
  size_t length = 0;
  for (int at = 0; at < count; at++) length += parts[at].iov_len;
  return length;
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

#define SYNC(name)                                                                         \
  int name(int fd) {                                                                       \
    int error = before_sync(fd);                                                           \
    if (error != 0) {                                                                      \
      errno = error;                                                                       \
      return -1;                                                                           \
    }                                                                                      \
    int is_recorded = undo >= 0 && is_meant(fd) && !atomic_load(&control->syncs_lie);      \
    uint64_t covers = 0;                                                                   \
    if (is_recorded) {                                                                     \
      pthread_mutex_lock(&undo_lock);                                                      \
      covers = undo_end();                                                                 \
      pthread_mutex_unlock(&undo_lock);                                                    \
    }                                                                                      \
    int result = REAL(name, int (*)(int))(fd);                                             \
    if (is_recorded && result == 0) {                                                      \
      pthread_mutex_lock(&undo_lock);                                                      \
      record_kept(RECORD_SYNCED, fd, covers);                                              \
      pthread_mutex_unlock(&undo_lock);                                                    \
    }                                                                                      \
    return result;                                                                         \
  }

SYNC(fsync)
SYNC(fdatasync)

#define WRITE(name, parameters, arguments, type, position, length)                         \
  ssize_t name parameters {                                                                \
    int error = before_write(fd);                                                          \
    if (error != 0) {                                                                      \
      errno = error;                                                                       \
      return -1;                                                                           \
    }                                                                                      \
    if (undo < 0 || !is_meant(fd)) return REAL(name, type) arguments;                      \
    pthread_mutex_lock(&undo_lock);                                                        \
    uint64_t record = record_write(fd, (uint64_t)(position), length);                      \
    ssize_t result = REAL(name, type) arguments;                                           \
    int is_synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0 && !atomic_load(&control->syncs_lie); \
    if (is_synced && result == (ssize_t)(length)) record_kept(RECORD_WRITE_KEPT, fd, record); \
    pthread_mutex_unlock(&undo_lock);                                                      \
    return result;                                                                         \
  }

WRITE(write, (int fd, const void *bytes, size_t length), (fd, bytes, length),
      ssize_t (*)(int, const void *, size_t), write_position(fd), length)
WRITE(pwrite, (int fd, const void *bytes, size_t length, off_t at), (fd, bytes, length, at),
      ssize_t (*)(int, const void *, size_t, off_t), at, length)
WRITE(pwrite64, (int fd, const void *bytes, size_t length, off64_t at), (fd, bytes, length, at),
      ssize_t (*)(int, const void *, size_t, off64_t), at, length)
WRITE(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count),
      ssize_t (*)(int, const struct iovec *, int), write_position(fd), length_of(parts, count))
WRITE(pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at),
      ssize_t (*)(int, const struct iovec *, int, off_t), at, length_of(parts, count))
WRITE(pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at),
      ssize_t (*)(int, const struct iovec *, int, off64_t), at, length_of(parts, count))
