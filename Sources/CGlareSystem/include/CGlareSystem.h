/* What Swift's Glibc module hides behind _GNU_SOURCE or variadic calls, one function a need.
   Each returns what the system call returns and leaves errno as it set it. */
#ifndef CGLARESYSTEM_H
#define CGLARESYSTEM_H

#include <stdint.h>
#include <sys/types.h>

/* lseek(2) with SEEK_DATA and SEEK_HOLE. */
off_t cglare_seek_data(int fd, off_t from);
off_t cglare_seek_hole(int fd, off_t from);

/* ioctl(2) FICLONE: `to` shares all blocks of `from`. */
int cglare_clone(int to, int from);

/* fallocate(2): makes a stretch a hole; the file keeps its size. */
int cglare_punch_hole(int fd, off_t offset, off_t length);

/* renameat2(2) with RENAME_NOREPLACE. */
int cglare_rename_new(int from_dir, const char *from, int to_dir, const char *to);

/* openat(2) without variadic arguments. */
int cglare_openat(int dir, const char *name, int flags, mode_t mode);

/* openat2(2), for reading: a path below a directory, in one call, through no symlink. With `cached_only` it
   fails with EAGAIN where the disk would have to be waited for (Linux 5.12). */
int cglare_open_below(int dir, const char *path, int cached_only);

/* preadv2(2) with RWF_NOWAIT: EAGAIN where the disk would have to be waited for. */
ssize_t cglare_read_cached(int fd, void *bytes, size_t count, off_t offset);

/* fstatfs(2): 1 where the filesystem has no disk, -1 on failure. */
int cglare_is_in_memory(int fd);

/* fcntl(2) F_SETLEASE: takes a write lease, or gives it back. */
int cglare_take_write_lease(int fd);
int cglare_release_lease(int fd);

/* mincore(2): 1 where any page of a stretch is in memory, 0 where none is, -1 where nobody can tell. */
int cglare_is_cached(int fd, off_t offset, size_t length);

/* pipe2(2) with O_CLOEXEC. */
int cglare_pipe(int ends[2]);

/* Starts a program, by its path or as PATH has it, in a process group of its own, with every signal at its default
   and none blocked: with nothing to read, standard error into `err`, and standard output into `out`, or nowhere where that is
   -1. It is killed when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG), which posix_spawn(3) has no
   word for. Returns its id, or -1 also where it can't be run. */
pid_t cglare_spawn(const char *program, char *const words[], char *const variables[], int out, int err);

/* Sends a datagram to the socket of that name, in which a leading @ stands for the abstract namespace. */
int cglare_send_datagram(const char *socket_name, const char *text);

/* 1 where all `count` bytes are zero. */
int cglare_is_zero(const void *bytes, size_t count);

/* futimens(2) of the modification time alone; the access time stays. */
int cglare_set_modified(int fd, int64_t seconds, int64_t nanoseconds);

#endif
