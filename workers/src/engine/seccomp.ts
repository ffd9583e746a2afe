/**
 * The system calls a job may make; every other one fails with EPERM. Written here rather than left to the engine, whose
 * built-in profile is as old as the engine. Two calls that the usual profiles allow are deliberately not here: those that
 * look into other processes (ptrace, process_vm_*, kcmp, pidfd_getfd), and personality, which switches off address
 * randomisation. Nor are those whose bugs were ways out of containers: io_uring, userfaultfd, bpf, perf_event_open,
 * keyrings, and mounting or namespaces of any kind.
 */
const ALLOWED: Record<string, string> = {
	"files and directories":
		"access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate " +
		"fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat " +
		"fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr lchown lgetxattr link linkat listxattr llistxattr " +
		"lremovexattr lseek lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 " +
		"pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr rename renameat renameat2 rmdir sendfile " +
		"setxattr splice stat statfs statx symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime " +
		"utimensat utimes vmsplice write writev inotify_add_watch inotify_init inotify_init1 inotify_rm_watch",
	memory:
		"brk cachestat madvise map_shadow_stack memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap mseal msync munlock " +
		"munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages membarrier get_mempolicy",
	"processes and threads":
		"arch_prctl capget capset execve execveat exit exit_group fork getegid geteuid getgid getgroups getpgid getpgrp getpid getppid " +
		"getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid kill pidfd_open pidfd_send_signal prctl prlimit64 " +
		"rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler " +
		"sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_robust_list " +
		"set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid " +
		"setrlimit setsid setuid tgkill tkill vfork wait4 waitid get_robust_list getcpu ioprio_get ioprio_set landlock_add_rule " +
		"landlock_create_ruleset landlock_restrict_self",
	signals:
		"alarm pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend " +
		"rt_sigtimedwait rt_tgsigqueueinfo sigaltstack signalfd signalfd4",
	"waiting and time":
		"clock_getres clock_gettime clock_nanosleep epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd " +
		"eventfd2 futex futex_requeue futex_wait futex_waitv futex_wake getitimer gettimeofday nanosleep poll ppoll pselect6 select " +
		"time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime " +
		"times",
	"pipes, sockets, messages":
		"accept accept4 bind connect getpeername getsockname getsockopt listen pipe pipe2 recvfrom recvmmsg recvmsg sendmmsg sendmsg " +
		"sendto setsockopt shutdown mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd " +
		"semctl semget semop semtimedop shmat shmctl shmdt shmget io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit",
	"the system": "getrandom ioctl sysinfo uname",
};

/** Families of sockets a job may open: local, IPv4, IPv6, and routing questions that libc asks. Not AF_ALG, AF_VSOCK, AF_PACKET. */
const SOCKET_FAMILIES = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 };
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NEW_NAMESPACE = 0x7e02_0000;
/** The flags of clone3 lie in memory, where a filter cannot look: "no such call" makes every libc fall back to clone. */
const ENOSYS = 38;

type Argument = { index: number; value: number; valueTwo?: number; op: string };

const allow = (names: string[], args: Argument[] = []) => ({ names, action: "SCMP_ACT_ALLOW", args });

/**
 * The profile in the engine's JSON. Programs of another word size than the engine's are not run at all: their calls have
 * other numbers, and few people look for bugs there.
 */
function profile(): string {
	const names = Object.values(ALLOWED).flatMap((group) => group.split(" "));
	return JSON.stringify({
		defaultAction: "SCMP_ACT_ERRNO",
		archMap: [
			{ architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
			{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
		],
		syscalls: [
			allow(names),
			...Object.values(SOCKET_FAMILIES).flatMap((value) =>
				allow(["socket", "socketpair"], [{ index: 0, value, op: "SCMP_CMP_EQ" }]),
			),
			allow(["clone"], [{ index: 0, value: CLONE_NEW_NAMESPACE, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]),
			{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS, args: [] },
		],
	});
}

/** For `SecurityOpt`: `seccomp=<this>`. */
export const SECCOMP_PROFILE = profile();
