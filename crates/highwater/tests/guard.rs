//! The hidden `guard` command: what it starts ends with whoever started it, and its words are nobody's options.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

const HIGHWATER: &str = env!("CARGO_BIN_EXE_highwater");

/// Starts a command under the guard: what it wrote, and the other end of the guard's socket.
fn held(command: &[&str]) -> (std::process::Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = Command::new(HIGHWATER)
        .args(["guard", "hold", "2", HIGHWATER, "guard"])
        .args(command)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    (child, ours)
}

#[test]
fn a_commands_words_stay_its_own() {
    let (mut child, mut ours) = held(&["printf", "<%s>", "--", "--color=never", "-h", "a b", ""]);
    let mut lines = BufReader::new(ours.try_clone().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().starts_with("started "));
    assert_eq!(next(), "code 0");
    ours.write_all(b"stop 1000\n").unwrap();
    assert_eq!(next(), "gone 0");
    let mut written = String::new();
    child.stdout.take().unwrap().read_to_string(&mut written).unwrap();
    assert_eq!(written, "<--><--color=never><-h><a b><>");
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_it_started_ends_with_who_started_it() {
    let (mut child, ours) = held(&["sh", "-c", "sleep 1000 & sleep 1000"]);
    let mut line = String::new();
    BufReader::new(&ours).read_line(&mut line).unwrap();
    drop(ours);
    let mut rest = String::new();
    // Its standard output is at its end only when all that had it have gone.
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_is_not_for_people() {
    let output = Command::new(HIGHWATER).arg("guard").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let help = Command::new(HIGHWATER).arg("--help").output().unwrap();
    assert!(!String::from_utf8_lossy(&help.stdout).contains("guard"));
}
