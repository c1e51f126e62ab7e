//! Which system calls there are, as seccomp filters: an allow-list for each of the two lives.
//!
//! What is not listed fails with EPERM, so that libraries take their fallbacks and a probe sees the wall's own answer;
//! `clone3` fails with ENOSYS, so that the C library falls back to `clone`, whose flags a filter can read.

use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::io;

/// Memory, threads, signals to oneself, time, and descriptors that are open already.
const COMPUTING: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
];

/// Files and processes; where they may be is Landlock's business. No sockets but pairs, no tracing, no mounts, no keys, no
/// kernel interfaces that others are not known to need.
const BUILDING: &[i64] = &[
    libc::SYS_chdir,
    libc::SYS_clone,
    libc::SYS_copy_file_range,
    libc::SYS_execve,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getpgid,
    libc::SYS_getrusage,
    libc::SYS_ioctl,
    libc::SYS_kill,
    libc::SYS_linkat,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pipe2,
    libc::SYS_prctl,
    libc::SYS_pread64,
    libc::SYS_prlimit64,
    libc::SYS_pwrite64,
    libc::SYS_readlinkat,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sendfile,
    libc::SYS_sendmsg,
    libc::SYS_set_tid_address,
    libc::SYS_setpgid,
    libc::SYS_socketpair,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_symlinkat,
    libc::SYS_sysinfo,
    libc::SYS_tgkill,
    libc::SYS_umask,
    libc::SYS_unlinkat,
    libc::SYS_utimensat,
    libc::SYS_wait4,
    libc::SYS_waitid,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_getpgrp,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_pipe,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
];

/// `ioctl(PAGEMAP_SCAN)`: which pages of its own memory were touched (linux/fs.h).
const PAGEMAP_SCAN: u64 = 0xc060_6610;

/// A worker: threads, but no process; its own memory, but no file.
pub(super) fn worker() -> io::Result<Vec<BpfProgram>> {
    let own = u64::from(std::process::id());
    let name = u64::from(libc::PR_SET_NAME.unsigned_abs());
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    let some = [
        (libc::SYS_clone, vec![argument(0, Qword, MaskedEq(thread), thread)?]),
        (libc::SYS_ioctl, vec![argument(1, Dword, Eq, PAGEMAP_SCAN)?]),
        (libc::SYS_prctl, vec![argument(0, Dword, Eq, name)?]),
        (libc::SYS_tgkill, vec![argument(0, Dword, Eq, own)?]),
    ];
    filters(COMPUTING.iter().map(|call| (*call, Vec::new())).chain(some))
}

/// A compiler and the linker that it starts.
pub(super) fn compiler() -> io::Result<Vec<BpfProgram>> {
    filters(COMPUTING.iter().chain(BUILDING).map(|call| (*call, Vec::new())))
}

fn argument(
    index: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> io::Result<SeccompRule> {
    SeccompCondition::new(index, length, operator, value)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(io::Error::other)
}

fn filters(allowed: impl Iterator<Item = (i64, Vec<SeccompRule>)>) -> io::Result<Vec<BpfProgram>> {
    let errno = |number: libc::c_int| SeccompAction::Errno(number.unsigned_abs());
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = allowed.collect();
    // The other filter decides; of an answer and a refusal the refusal wins.
    allowed.insert(libc::SYS_clone3, Vec::new());
    let none = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    // The long one last: it forbids putting up another.
    [(none, SeccompAction::Allow, errno(libc::ENOSYS)), (allowed, errno(libc::EPERM), SeccompAction::Allow)]
        .into_iter()
        .map(|(calls, mismatch, matched)| {
            let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
            let filter = SeccompFilter::new(calls, mismatch, matched, arch).map_err(io::Error::other)?;
            filter.try_into().map_err(io::Error::other)
        })
        .collect()
}
