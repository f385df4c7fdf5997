//! System calls that no run has any business with, for the tier in which they reach the host's kernel. A list of what is refused: what
//! programs need is too much to be listed, and namespaces and privileges refuse most of the rest.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// Numbers from here on are calls of the x32 kind, which go by other numbers than those that are refused.
const X32: u32 = 0x4000_0000;
/// The flags of `clone` that make namespaces.
const NAMESPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;
/// What `ioctl` may not do to a terminal: type into it, or paste.
const TERMINAL: [u64; 2] = [libc::TIOCSTI, 0x541C];
/// Kinds of sockets that may be made.
const SOCKETS: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// The filters, each as the bytes of its program. All of them hold.
pub(crate) fn filters() -> Result<Vec<Vec<u8>>, String> {
    let refused = compile(refused(), libc::EPERM)?;
    // Libraries know what to do where it does not exist.
    let absent = compile(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)?;
    let mut filters: Vec<_> = [refused, absent]
        .into_iter()
        .map(|program| bytes(program.iter().map(|one| (one.code, one.jt, one.jf, one.k))))
        .collect();
    if cfg!(target_arch = "x86_64") {
        filters.push(no_x32());
    }
    Ok(filters)
}

fn compile(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, String> {
    let told = |error: seccompiler::BackendError| error.to_string();
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(told)?;
    let matched = SeccompAction::Errno(errno.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, matched, arch).map_err(told)?;
    BpfProgram::try_from(filter).map_err(told)
}

fn refused() -> BTreeMap<i64, Vec<SeccompRule>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.into_iter().map(|number| (number, Vec::new())).collect();
    // Each namespace flag by itself.
    let flags = (0..u64::BITS).map(|bit| 1_u64 << bit).filter(|flag| NAMESPACES & flag != 0);
    rules.insert(
        libc::SYS_clone,
        flags.filter_map(|flag| rule(0, SeccompCmpOp::MaskedEq(flag), flag)).collect(),
    );
    let typed = TERMINAL.into_iter().filter_map(|order| rule_of_low(1, SeccompCmpOp::Eq, order));
    rules.insert(libc::SYS_ioctl, typed.collect());
    rules.insert(libc::SYS_socket, sockets());
    rules
}

/// Sockets of other kinds, and raw ones.
fn sockets() -> Vec<SeccompRule> {
    let other: Vec<_> = SOCKETS
        .into_iter()
        .filter_map(|family| {
            condition(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, family.unsigned_abs().into())
        })
        .collect();
    let other = SeccompRule::new(other).ok();
    // The kind stands in the low bits; above are flags.
    let raw = condition(1, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(0xF), 3);
    let raw = raw.and_then(|raw| SeccompRule::new(vec![raw]).ok());
    other.into_iter().chain(raw).collect()
}

fn condition(place: u8, length: SeccompCmpArgLen, op: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(place, length, op, value).ok()
}

fn rule(place: u8, op: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
    SeccompRule::new(vec![condition(place, SeccompCmpArgLen::Qword, op, value)?]).ok()
}

/// The kernel looks at the low half of such an argument only.
fn rule_of_low(place: u8, op: SeccompCmpOp, value: u64) -> Option<SeccompRule> {
    SeccompRule::new(vec![condition(place, SeccompCmpArgLen::Dword, op, value)?]).ok()
}

/// The bytes of a program: code, jumps and operand of each instruction, as the kernel reads them.
fn bytes(program: impl IntoIterator<Item = (u16, u8, u8, u32)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (code, yes, no, operand) in program {
        bytes.extend(code.to_ne_bytes());
        bytes.extend([yes, no]);
        bytes.extend(operand.to_ne_bytes());
    }
    bytes
}

/// Loads the call's number; from [`X32`] on it does not exist.
fn no_x32() -> Vec<u8> {
    bytes([
        (0x20, 0, 0, 0),
        (0x35, 0, 1, X32),
        (0x06, 0, 0, 0x0005_0000 | libc::ENOSYS.unsigned_abs()),
        (0x06, 0, 0, 0x7FFF_0000),
    ])
}

/// Other processes, the kernel's own insides, mounts, keys, and ways around everything else.
const REFUSED: [i64; 46] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_personality,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
];
