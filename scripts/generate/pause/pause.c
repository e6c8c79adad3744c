// The container that holds a pod's namespaces, and a dialler into them. No C library: a few kilobytes that
// kubelite carries and loads into the engine by itself.
//
//   pause                   waits for TERM or INT, and reaps orphans (it is process 1 of pods that share processes)
//   pause dial PID PORT     joins the network of process PID, connects to PORT on its loopback address (IPv4, then
//                           IPv6), writes one zero byte as a sign that it is connected, and from then on copies
//                           standard input to the connection and the connection to standard output
//
// Exit codes of dial: 0 done, 1 wrong arguments, 2 no such namespace, 3 connection refused (or other failure).

typedef unsigned long size_t;
typedef long ssize_t;

#if defined(__x86_64__)
enum { SYS_read = 0, SYS_write = 1, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_socket = 41, SYS_connect = 42,
       SYS_shutdown = 48, SYS_exit_group = 231, SYS_openat = 257, SYS_ppoll = 271, SYS_rt_sigtimedwait = 128,
       SYS_wait4 = 61, SYS_setns = 308, SYS_close = 3, SYS_fcntl = 72 };
static long call(long n, long a, long b, long c, long d, long e) {
  long r;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return r;
}
__asm__(".globl _start\n_start:\n  xor %ebp,%ebp\n  mov %rsp,%rdi\n  and $-16,%rsp\n  call run\n");
#elif defined(__aarch64__)
enum { SYS_read = 63, SYS_write = 64, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_socket = 198,
       SYS_connect = 203, SYS_shutdown = 210, SYS_exit_group = 94, SYS_openat = 56, SYS_ppoll = 73,
       SYS_rt_sigtimedwait = 137, SYS_wait4 = 260, SYS_setns = 268, SYS_close = 57, SYS_fcntl = 25 };
static long call(long n, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n  mov x29,#0\n  mov x0,sp\n  bl run\n");
#else
#error "no system calls for this machine"
#endif

#define SIG(n) (1UL << ((n) - 1))
enum { INT = 2, TERM = 15, CHLD = 17, PIPE = 13, WNOHANG = 1, CLONE_NEWNET = 0x40000000, POLLIN = 1, POLLOUT = 4,
       F_SETFL = 4, O_RDWR = 2, O_NONBLOCK = 04000, AGAIN = -11 };

static void leave(int code) {
  for (;;) call(SYS_exit_group, code, 0, 0, 0, 0);
}

// Signals are taken one by one instead of handled: process 1 of a namespace ignores signals without a handler.
static void hold(void) {
  unsigned long set = SIG(INT) | SIG(TERM) | SIG(CHLD);
  call(SYS_rt_sigprocmask, 0, (long)&set, 0, 8, 0);
  for (;;) {
    long got = call(SYS_rt_sigtimedwait, (long)&set, 0, 0, 8, 0);
    if (got == INT || got == TERM) leave(0);
    while (call(SYS_wait4, -1, 0, WNOHANG, 0, 0) > 0);
  }
}

static int number(const char *text) {
  int n = 0;
  for (; *text >= '0' && *text <= '9'; text++) n = n * 10 + (*text - '0');
  return *text ? -1 : n;
}

static void join_network(const char *pid) {
  char path[64];
  char *to = path;
  for (const char *from = "/proc/"; *from;) *to++ = *from++;
  for (int i = 0; pid[i] && i < 16; i++) *to++ = pid[i];
  for (const char *from = "/ns/net"; *from;) *to++ = *from++;
  *to = 0;
  long fd = call(SYS_openat, -100, (long)path, 02000000, 0, 0);
  if (fd < 0 || call(SYS_setns, fd, CLONE_NEWNET, 0, 0, 0) < 0) leave(2);
  call(SYS_close, fd, 0, 0, 0, 0);
}

static long loopback(int port) {
  struct { unsigned short family; unsigned char port[2]; unsigned char address[4]; char pad[8]; } v4 = {
      2, {port >> 8, port & 255}, {127, 0, 0, 1}, {0}};
  long fd = call(SYS_socket, 2, 1 | 02000000, 0, 0, 0);
  if (fd >= 0 && call(SYS_connect, fd, (long)&v4, sizeof v4, 0, 0) == 0) return fd;
  struct { unsigned short family; unsigned char port[2]; unsigned flow; unsigned char address[16]; unsigned scope; } v6 = {
      10, {port >> 8, port & 255}, 0, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 0};
  fd = call(SYS_socket, 10, 1 | 02000000, 0, 0, 0);
  return fd >= 0 && call(SYS_connect, fd, (long)&v6, sizeof v6, 0, 0) == 0 ? fd : -1;
}

// One direction. While bytes wait no more are read, so that each side is held up by the other, but never both at once.
struct way {
  int from, to, open, start, end;
  char buffer[65536];
};
static struct way in, out;

static void fill(struct way *w) {
  long n = call(SYS_read, w->from, (long)w->buffer, sizeof w->buffer, 0, 0);
  if (n == AGAIN) return;
  w->start = 0;
  w->end = n > 0 ? n : 0;
  w->open = n > 0;
}

// False where the other end takes nothing any more.
static int drain(struct way *w) {
  long n = call(SYS_write, w->to, (long)(w->buffer + w->start), w->end - w->start, 0, 0);
  if (n == AGAIN) return 1;
  if (n < 0) return 0;
  w->start += n;
  return 1;
}

static int waits(struct way *w) { return w->start < w->end; }

static void dial(const char *pid, int port) {
  unsigned long set = SIG(PIPE);
  call(SYS_rt_sigprocmask, 0, (long)&set, 0, 8, 0);
  join_network(pid);
  int peer = (int)loopback(port);
  if (peer < 0) leave(3);
  call(SYS_write, 1, (long)"", 1, 0, 0);
  call(SYS_fcntl, peer, F_SETFL, O_RDWR | O_NONBLOCK, 0, 0);
  call(SYS_fcntl, 1, F_SETFL, O_RDWR | O_NONBLOCK, 0, 0);
  in.from = 0, in.to = peer, in.open = 1;
  out.from = peer, out.to = 1, out.open = 1;
  for (int ended = 0; out.open || waits(&out);) {
    int asked = (out.open && !waits(&out) ? POLLIN : 0) | (waits(&in) ? POLLOUT : 0);
    struct { int fd; short events, got; } watched[3] = {
        {in.open && !waits(&in) ? 0 : -1, POLLIN, 0}, {waits(&out) ? 1 : -1, POLLOUT, 0}, {asked ? peer : -1, asked, 0}};
    if (call(SYS_ppoll, (long)watched, 3, 0, 0, 8) < 0) leave(3);
    if (watched[0].got) fill(&in);
    if (watched[1].got && !drain(&out)) leave(0);
    if (watched[2].got && waits(&in) && !drain(&in)) in.open = in.start = in.end = 0;
    if (watched[2].got && out.open && !waits(&out)) fill(&out);
    if (!in.open && !waits(&in) && !ended) {
      call(SYS_shutdown, peer, 1, 0, 0, 0);
      ended = 1;
    }
  }
  leave(0);
}

void run(long *stack) {
  long count = *stack;
  char **argument = (char **)(stack + 1);
  if (count < 2) hold();
  int port = count == 4 && argument[1][0] == 'd' && number(argument[2]) > 0 ? number(argument[3]) : -1;
  if (port <= 0 || port > 65535) leave(1);
  dial(argument[2], port);
}
