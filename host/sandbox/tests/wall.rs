//! The outer wall, seen from inside: what a confined process reports, and what it can't do.
#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

use sandbox::protocol::{FromWorker, Metering, ToWorker, Walls, encode, read_frame};
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const SANDBOX: &str = env!("CARGO_BIN_EXE_assay-sandbox");

fn walls(command: &mut Command) -> Walls {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let configure =
        encode(&ToWorker::Configure { stack_bytes: 1 << 19, metering: Metering::Engine }).unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&configure).unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let FromWorker::Ready { walls, .. } = read_frame(&mut output).unwrap() else { panic!("not ready") };
    drop(input);
    assert!(child.wait().unwrap().success());
    walls
}

#[test]
fn a_worker_has_all_its_walls_and_tried_them() {
    let walls = walls(&mut Command::new(SANDBOX));
    assert_eq!(walls.missing(), [""; 0], "{walls:?}");
    let root = rustix::process::geteuid().is_root();
    assert_eq!(walls.user, root, "root becomes nobody; others stay who they are");
}

/// Run a shell script in the compile box, with `folder` as its scratch and nothing of the user's readable.
fn boxed(folder: &Path, script: &str) -> Output {
    Command::new(SANDBOX)
        .args(["compile-box", "10", "1000000000", "1000000"])
        .args(["--read", "/bin", "--read", "/usr/bin", "--write"])
        .arg(folder)
        .args(["--", "/bin/sh", "-c", script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn scratch(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("assay-wall-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_compiler_reads_its_toolchain_and_writes_its_scratch_and_that_is_all() {
    let folder = scratch("files");
    let secret = scratch("secret").join("key");
    std::fs::write(&secret, "secret").unwrap();
    let fine = boxed(&folder, "echo one > a && mv a b && cat b && dd if=b of=c 2> /dev/null && cat c");
    assert_eq!(String::from_utf8_lossy(&fine.stdout), "one\none\n", "{fine:?}");
    let attempts = [
        format!("cat {}", secret.display()),
        format!("echo x > {}", secret.display()),
        format!("ln {} here && cat here", secret.display()),
        format!("ln -s {} there && cat there", secret.display()),
        "cat /etc/passwd".to_owned(),
        "cat /proc/self/environ".to_owned(),
        "ls /".to_owned(),
        "ls /home".to_owned(),
        "echo x > /tmp/assay-wall-escaped".to_owned(),
        "echo x > /dev/shm/assay-wall-escaped".to_owned(),
        "mkfifo pipe".to_owned(),
        "mknod device c 1 3".to_owned(),
        "chmod 4755 b && chown 0 b && false".to_owned(),
        "mount -t tmpfs none .".to_owned(),
        "unshare -U true".to_owned(),
        "kill -0 1".to_owned(),
    ];
    for attempt in attempts {
        let output = boxed(&folder, &attempt);
        assert!(!output.status.success(), "`{attempt}` worked: {output:?}");
        assert!(!String::from_utf8_lossy(&output.stdout).contains("secret"), "`{attempt}` read it");
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "secret");
    std::fs::remove_dir_all(folder).unwrap();
    std::fs::remove_dir_all(secret.parent().unwrap()).unwrap();
}

#[test]
fn a_compiler_has_no_socket_and_no_capability() {
    let folder = scratch("net");
    // bash makes connections through redirections; where it is missing, so is the attempt.
    let output = boxed(&folder, "bash -c 'exec 3<>/dev/tcp/127.0.0.1/1' 2>&1");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("not permitted") || words.contains("not found"), "{words}");
    let output = Command::new(SANDBOX)
        .args(["compile-box", "10", "1000000000", "1000000", "--read", "/bin", "--read", "/usr/bin"])
        .args(["--read", "/proc", "--write"])
        .arg(&folder)
        .args(["--", "/bin/cat", "/proc/self/status"])
        .output()
        .unwrap();
    let status = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = |key: &str| {
        let line =
            status.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {status}"));
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(value("CapEff:"), "0000000000000000");
    assert_eq!(value("CapPrm:"), "0000000000000000");
    assert_eq!((value("NoNewPrivs:"), value("Seccomp:")), ("1".to_owned(), "2".to_owned()));
    if rustix::process::geteuid().is_root() {
        assert_eq!(value("Uid:"), "65534");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_box_without_its_arguments_says_what_it_wants() {
    for (arguments, words) in [
        (&["compile-box"][..], "expected CPU_SECONDS"),
        (&["compile-box", "1", "1", "x"], "expected CPU_SECONDS"),
        (&["compile-box", "9", "99999999", "9", "--read"], "a path is missing"),
        (&["compile-box", "9", "99999999", "9", "--free"], "unknown option"),
        (&["compile-box", "9", "99999999", "9", "--", "/bin/true"], "no folder to write to"),
    ] {
        let output = Command::new(SANDBOX).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(125), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{output:?}");
    }
}
