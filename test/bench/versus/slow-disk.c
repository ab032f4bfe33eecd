/*
 * A folder whose disk takes longer to sync: everything is passed to the folder behind it, and each sync (fsync, fdatasync,
 * msync, and what a write to a file that was opened with O_DSYNC or O_SYNC brings) then waits for the delay as well. It is a file system
 * in user space (FUSE), so that it slows a static program, which a preloaded library would not, as much as any other.
 *
 *   slow-disk FOLDER DELAY_MS COUNTS_FILE MOUNTPOINT -f
 *
 * COUNTS_FILE gets the number of syncs as 8 bytes, as it grows.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/*
 * What the kernel sees to itself: it calls fsync after each write to a file opened with O_DSYNC or O_SYNC, knows the end of
 * the file, and needs to read the rest of a page of which a part is written.
 */
#define FOR_THE_KERNEL (O_ACCMODE | O_APPEND | O_SYNC | O_DSYNC)

static int base;
static struct timespec delay;
static _Atomic unsigned long *syncs;

/* Relative to the folder; the folder itself is ".". */
static const char *below(const char *path) { return path[1] == 0 ? "." : path + 1; }

static int code(long result) { return result < 0 ? -errno : (int)result; }

static void slow(void) {
  atomic_fetch_add(syncs, 1);
  nanosleep(&delay, NULL);
}

static void *sd_init(struct fuse_conn_info *conn, struct fuse_config *config) {
  (void)conn;
  config->use_ino = 1;
  config->nullpath_ok = 1;
  return NULL;
}

static int sd_getattr(const char *path, struct stat *out, struct fuse_file_info *file) {
  return code(file ? fstat(file->fh, out) : fstatat(base, below(path), out, AT_SYMLINK_NOFOLLOW));
}

static int sd_open(const char *path, struct fuse_file_info *file) {
  int flags = (file->flags & ~FOR_THE_KERNEL) | ((file->flags & O_ACCMODE) == O_RDONLY ? O_RDONLY : O_RDWR);
  int fd = openat(base, below(path), flags);
  if (fd < 0) return -errno;
  file->fh = fd;
  file->keep_cache = 1;
  return 0;
}

static int sd_create(const char *path, mode_t mode, struct fuse_file_info *file) {
  int fd = openat(base, below(path), (file->flags & ~FOR_THE_KERNEL) | O_RDWR | O_CREAT, mode);
  if (fd < 0) return -errno;
  file->fh = fd;
  return 0;
}

static int sd_release(const char *path, struct fuse_file_info *file) {
  (void)path;
  return code(close(file->fh));
}

static int sd_read(const char *path, char *to, size_t size, off_t at, struct fuse_file_info *file) {
  (void)path;
  return code(pread(file->fh, to, size, at));
}

static int sd_write(const char *path, const char *from, size_t size, off_t at, struct fuse_file_info *file) {
  (void)path;
  return code(pwrite(file->fh, from, size, at));
}

static int sd_fsync(const char *path, int data_only, struct fuse_file_info *file) {
  (void)path;
  int result = code(data_only ? fdatasync(file->fh) : fsync(file->fh));
  slow();
  return result;
}

static int sd_opendir(const char *path, struct fuse_file_info *file) {
  int fd = openat(base, below(path), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return -errno;
  file->fh = fd;
  return 0;
}

static int sd_fsyncdir(const char *path, int data_only, struct fuse_file_info *file) {
  return sd_fsync(path, data_only, file);
}

static int sd_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t at, struct fuse_file_info *file,
                      enum fuse_readdir_flags flags) {
  (void)path;
  (void)at;
  (void)flags;
  DIR *dir = fdopendir(dup(file->fh));
  if (dir == NULL) return -errno;
  rewinddir(dir);
  for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
    fill(buffer, entry->d_name, NULL, 0, 0);
  closedir(dir);
  return 0;
}

static int sd_truncate(const char *path, off_t size, struct fuse_file_info *file) {
  if (file) return code(ftruncate(file->fh, size));
  int fd = openat(base, below(path), O_WRONLY);
  if (fd < 0) return -errno;
  int result = code(ftruncate(fd, size));
  close(fd);
  return result;
}

static int sd_mkdir(const char *path, mode_t mode) { return code(mkdirat(base, below(path), mode)); }
static int sd_unlink(const char *path) { return code(unlinkat(base, below(path), 0)); }
static int sd_rmdir(const char *path) { return code(unlinkat(base, below(path), AT_REMOVEDIR)); }

static int sd_rename(const char *from, const char *to, unsigned flags) {
  return code(renameat2(base, below(from), base, below(to), flags));
}

static int sd_chmod(const char *path, mode_t mode, struct fuse_file_info *file) {
  return code(file ? fchmod(file->fh, mode) : fchmodat(base, below(path), mode, 0));
}

static int sd_fallocate(const char *path, int mode, off_t at, off_t size, struct fuse_file_info *file) {
  (void)path;
  return code(fallocate(file->fh, mode, at, size));
}

static int sd_statfs(const char *path, struct statvfs *out) {
  (void)path;
  return code(fstatvfs(base, out));
}

static const struct fuse_operations operations = {
    .init = sd_init,
    .getattr = sd_getattr,
    .open = sd_open,
    .create = sd_create,
    .release = sd_release,
    .read = sd_read,
    .write = sd_write,
    .fsync = sd_fsync,
    .opendir = sd_opendir,
    .releasedir = sd_release,
    .fsyncdir = sd_fsyncdir,
    .readdir = sd_readdir,
    .truncate = sd_truncate,
    .mkdir = sd_mkdir,
    .unlink = sd_unlink,
    .rmdir = sd_rmdir,
    .rename = sd_rename,
    .chmod = sd_chmod,
    .fallocate = sd_fallocate,
    .statfs = sd_statfs,
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: slow-disk FOLDER DELAY_MS COUNTS_FILE MOUNTPOINT [fuse options]\n");
    return 2;
  }
  base = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (base < 0) fail(argv[1]);
  double ms = atof(argv[2]);
  delay.tv_sec = (time_t)(ms / 1000);
  delay.tv_nsec = (long)((ms - delay.tv_sec * 1000.0) * 1e6);
  int counts = open(argv[3], O_RDWR | O_CREAT, 0644);
  if (counts < 0 || ftruncate(counts, sizeof *syncs) < 0) fail(argv[3]);
  syncs = mmap(NULL, sizeof *syncs, PROT_READ | PROT_WRITE, MAP_SHARED, counts, 0);
  if (syncs == MAP_FAILED) fail("mmap");
  umask(0);
  argv[3] = argv[0];
  return fuse_main(argc - 3, argv + 3, &operations, NULL);
}
