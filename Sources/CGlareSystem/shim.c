#define _GNU_SOURCE
#include "CGlareSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Before any other code runs: of three standard descriptors that are closed, as by `>&-`, none must become
   a file or a queue of the runtime's. A write to one that is held so fails with EBADF, as it should. */
__attribute__((constructor)) static void hold_standard_descriptors(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) == -1) (void)open("/dev/null", O_RDONLY);
}

/* An ignored SIGCHLD is inherited, as from a shell's `trap '' CHLD`: the system then takes away children that
   ended, and nobody could ask for their status, nor be sure that an id is still theirs. */
__attribute__((constructor)) static void keep_ended_children(void) {
  const struct sigaction standard = {.sa_handler = SIG_DFL};
  (void)sigaction(SIGCHLD, &standard, NULL);
}

off_t cglare_seek_data(int fd, off_t from) { return lseek(fd, from, SEEK_DATA); }
off_t cglare_seek_hole(int fd, off_t from) { return lseek(fd, from, SEEK_HOLE); }

int cglare_clone(int to, int from) { return ioctl(to, FICLONE, from); }

int cglare_punch_hole(int fd, off_t offset, off_t length) {
  return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int cglare_rename_new(int from_dir, const char *from, int to_dir, const char *to) {
  return renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE);
}

int cglare_openat(int dir, const char *name, int flags, mode_t mode) {
  return openat(dir, name, flags, mode);
}

int cglare_open_below(int dir, const char *path, int cached_only) {
  struct open_how how = {
      .flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | (cached_only ? RESOLVE_CACHED : 0)};
  return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

ssize_t cglare_read_cached(int fd, void *bytes, size_t count, off_t offset) {
  struct iovec vector = {.iov_base = bytes, .iov_len = count};
  return preadv2(fd, &vector, 1, offset, RWF_NOWAIT);
}

int cglare_is_in_memory(int fd) {
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return -1;
  return status.f_type == TMPFS_MAGIC || status.f_type == (typeof(status.f_type))RAMFS_MAGIC;
}

int cglare_take_write_lease(int fd) {
  /* Who opens the file meanwhile makes the kernel signal us, and the default signal, SIGIO, kills.
     SIGURG is ignored by default. */
  if (fcntl(fd, F_SETSIG, SIGURG) != 0) return -1;
  return fcntl(fd, F_SETLEASE, F_WRLCK);
}
int cglare_release_lease(int fd) { return fcntl(fd, F_SETLEASE, F_UNLCK); }

/* A buffer whose first byte is zero and that equals itself shifted by one is zero throughout;
   memcmp is vectorised in every libc, and fast in debug builds too. */
int cglare_is_zero(const void *bytes, size_t count) {
  const unsigned char *p = bytes;
  if (count == 0) return 1;
  return p[0] == 0 && memcmp(p, p + 1, count - 1) == 0;
}

int cglare_is_cached(int fd, off_t offset, size_t length) {
  unsigned char pages[1024];
  long page = sysconf(_SC_PAGESIZE);
  off_t start = offset / page * page;
  size_t size = length + (size_t)(offset - start);
  size_t count = (size + (size_t)page - 1) / (size_t)page;
  if (length == 0 || count > sizeof pages) return -1;
  void *map = mmap(NULL, size, PROT_NONE, MAP_SHARED, fd, start);
  if (map == MAP_FAILED) return -1;
  int result = mincore(map, size, pages);
  munmap(map, size);
  if (result != 0) return -1;
  for (size_t i = 0; i < count; i++)
    if (pages[i] & 1) return 1;
  return 0;
}

int cglare_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/* In the child, where only what is safe in a signal handler may be called. */
static void become(const char *program, char *const words[], char *const variables[], int out, int err, pid_t parent) {
  const struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < _NSIG; number++) (void)sigaction(number, &standard, NULL);
  /* Also one that can't be told any more dies with its parent. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || setpgid(0, 0) != 0) return;
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing == -1 || dup2(nothing, 0) == -1 || dup2(out == -1 ? nothing : out, 1) == -1 || dup2(err, 2) == -1) return;
  sigset_t none;
  sigemptyset(&none);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  execvpe(program, words, variables);
}

pid_t cglare_spawn(const char *program, char *const words[], char *const variables[], int out, int err) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  sigset_t all, before;
  sigfillset(&all);
  (void)sigprocmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
  pid_t id = fork();
  int code = errno;
  if (id == 0) {
    become(program, words, variables, out, err, parent);
    code = errno;
    (void)!write(report[1], &code, sizeof code);
    _exit(127);
  }
  (void)sigprocmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (id != -1) {
    ssize_t count;
    do count = read(report[0], &code, sizeof code);
    while (count == -1 && errno == EINTR);
    if (count == sizeof code) {
      while (waitpid(id, NULL, 0) == -1 && errno == EINTR) continue;
      id = -1;
    }
  }
  close(report[0]);
  errno = code;
  return id;
}

int cglare_send_datagram(const char *socket_name, const char *text) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(socket_name);
  if (length == 0 || length >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, socket_name, length);
  if (socket_name[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  ssize_t sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  close(fd);
  return sent < 0 ? -1 : 0;
}

int cglare_set_modified(int fd, int64_t seconds, int64_t nanoseconds) {
  struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                              {.tv_sec = seconds, .tv_nsec = nanoseconds}};
  return futimens(fd, times);
}
