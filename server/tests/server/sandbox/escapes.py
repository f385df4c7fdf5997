"""What code tries that wants to get out, or to do harm. Each attempt that succeeds is told in a line; at the end it says how many there were.

The kernel of gVisor answers some of them itself, for itself: those are no way out there, and say so.
"""

import ctypes
import errno
import os
import socket
import struct
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
OWN_KERNEL = os.uname().release == "4.4.0"
attempts = 0


def attempt(name, works, own=False):
    """`works` must fail, or say no. `own`: where the kernel is the sandbox's own, it may do as it likes with itself."""
    global attempts
    attempts += 1
    try:
        out = works()
    except BaseException:
        return
    if out and not (own and OWN_KERNEL):
        print(f"ESCAPED {name}: {out!r}"[:200], flush=True)


def syscall(number, *arguments):
    """Whether the system call was made: its failure for a bad argument counts as made, one for want of permission does not."""
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(argument) for argument in arguments])
    return result >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES)


def read(path):
    with open(path, "rb") as file:
        return file.read(100)


def write(path):
    with open(path, "wb") as file:
        file.write(b"x")
    return True


def connects(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as one:
        one.settimeout(1)
        one.connect(address)
        if kind == socket.SOCK_DGRAM:
            one.send(b"x")
            return one.recv(1)
        return True


def sees(path):
    return os.path.exists(path) and os.listdir(path) if os.path.isdir(path) else os.path.exists(path)


# What is not ours to see.
for path in ["/etc/shadow", "/root/.bashrc", "/home", "/var/lib", "/run/vertice", "/srv", "/opt", "/mnt", "/boot", "/etc/ssh", "/etc/ssl/private"]:
    attempt(f"sees {path}", lambda: sees(path))
for path in ["/proc/1/environ", "/proc/self/environ"]:
    attempt(f"{path} holds the server's environment", lambda: b"VERTICE" in read(path) or b"API_KEY" in read(path))
attempt("the environment holds the server's", lambda: [name for name in os.environ if "VERTICE" in name or "KEY" in name])
for path in ["/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/loop0", "/dev/kvm", "/proc/1/root/etc/shadow", "/proc/1/cwd/etc/shadow", "/sys/kernel/security"]:
    attempt(f"reads {path}", lambda: read(path))
attempt("sees processes of the host", lambda: len([name for name in os.listdir("/proc") if name.isdigit()]) > 20)
attempt("inherits descriptors", lambda: [link for link in (os.readlink(f"/proc/self/fd/{fd}") for fd in range(3, 64) if os.path.exists(f"/proc/self/fd/{fd}")) if link.startswith("/")])
# What is not ours to change.
for path in ["/usr/bin/x", "/etc/passwd", "/bin/sh", "/x", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/sys/fs/cgroup/x", "/proc/sysrq-trigger", "/etc/hosts"]:
    attempt(f"writes {path}", lambda: write(path))
for name, number, arguments in [
    ("ptrace", 101, (16, 1, 0, 0)),
    ("process_vm_readv", 310, (1, 0, 0, 0, 0, 0)),
    ("mount", 165, (0, 0, 0, 0, 0)),
    ("umount", 166, (0, 0)),
    ("pivot_root", 155, (0, 0)),
    ("chroot", 161, (0,)),
    ("open_tree", 428, (-100, 0, 1)),
    ("fsopen", 430, (0, 0)),
    ("unshare", 272, (0x10000000,)),
    ("setns", 308, (0, 0)),
    ("bpf", 321, (0, 0, 0)),
    ("userfaultfd", 323, (0,)),
    ("perf_event_open", 298, (0, 0, -1, -1, 0)),
    ("io_uring_setup", 425, (1, 0)),
    ("keyctl", 250, (0, -3, 0)),
    ("add_key", 248, (0, 0, 0, 0, -3)),
    ("open_by_handle_at", 304, (0, 0, 0)),
    ("init_module", 175, (0, 0, 0)),
    ("kexec_load", 246, (0, 0, 0, 0)),
    ("reboot", 169, (0, 0, 0)),
    ("swapon", 167, (0, 0)),
    ("settimeofday", 164, (0, 0)),
    ("acct", 163, (0,)),
    ("personality of another kind", 135, (0x0400000,)),
    ("clone into a user namespace", 56, (0x10000000 | 17, 0, 0, 0, 0)),
    ("clone3", 435, (0, 0)),
    ("a call of the x32 kind", 0x40000000 + 39, ()),
]:
    attempt(name, lambda: syscall(number, *arguments), own=True)
# Nobody is reached.
for name, address in [("metadata", ("169.254.169.254", 80)), ("a public address", ("1.1.1.1", 53)), ("a private address", ("10.0.0.1", 22)), ("the gateway", ("172.17.0.1", 80))]:
    attempt(f"connects to {name}", lambda: connects(socket.AF_INET, address))
for port in [22, 80, 3000, 5432, 6379, 8080, int(sys.argv[1]) if len(sys.argv) > 1 else 1]:
    attempt(f"connects to the host's port {port}", lambda: connects(socket.AF_INET, ("127.0.0.1", port)))
attempt("connects over IPv6", lambda: connects(socket.AF_INET6, ("2606:4700:4700::1111", 53)))
attempt("asks a name server", lambda: socket.getaddrinfo("example.com", 80))
attempt("sends datagrams", lambda: connects(socket.AF_INET, ("8.8.8.8", 53), socket.SOCK_DGRAM))
attempt("makes raw sockets", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).fileno() >= 0, own=True)
attempt("makes packet sockets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).fileno() >= 0, own=True)
attempt("makes vsock sockets", lambda: socket.socket(40, socket.SOCK_STREAM).fileno() >= 0)
attempt("makes sockets of the kernel's ciphers", lambda: socket.socket(38, socket.SOCK_SEQPACKET).fileno() >= 0)
attempt("reaches an abstract socket of the host", lambda: connects(socket.AF_UNIX, "\0/tmp/.X11-unix/X0"))
attempt("reaches the container engine", lambda: connects(socket.AF_UNIX, "/var/run/docker.sock"))
# Nobody is harmed, and no privilege is had.
attempt("ends process 1, and with it this line", lambda: os.getpid() != 1 and os.kill(1, 9))
attempt("has capabilities", lambda: [line for line in open("/proc/self/status") if line.startswith("CapEff") and int(line.split()[1], 16)], own=True)
attempt("may gain privileges", lambda: [line for line in open("/proc/self/status") if line.startswith("NoNewPrivs") and line.split()[1] != "1"])
attempt("is root on a kernel that is not its own", lambda: os.getuid() == 0, own=True)
attempt("changes its user", lambda: os.setuid(0) is None and os.getuid() == 0, own=True)
attempt("types into a terminal", lambda: __import__("fcntl").ioctl(0, 0x5412, b"x") is not None)
attempt("makes a device", lambda: os.mknod("dev", 0o600 | 0o020000, os.makedev(1, 1)) is None and read("dev"))
attempt("links to what it must not see", lambda: os.link("/etc/shadow", "shadow") is None)
attempt("reads through a link", lambda: os.symlink("/etc/shadow", "link") or read("link"))
attempt("runs what gains privileges", lambda: subprocess.run(["su", "-c", "id"], capture_output=True, timeout=5).stdout.startswith(b"uid=0") and not OWN_KERNEL)
attempt("raises its limits", lambda: __import__("resource").setrlimit(__import__("resource").RLIMIT_NOFILE, (65536, 65536)) is None)
attempt("opens more files than it may", lambda: len([open("/dev/null") for _ in range(1000)]) == 1000)
print(f"{attempts} attempts")
