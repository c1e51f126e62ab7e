//! row: 47
//! attack: std still has files, sockets and processes; here they are empty
//! verdict: scored
pub fn priority(item: u32, remaining: u32) -> f64 {
    let reached = std::fs::read("/etc/passwd").is_ok()
        || std::net::TcpStream::connect("127.0.0.1:80").is_ok()
        || std::process::Command::new("/bin/sh").spawn().is_ok();
    assert!(!reached, "reached the machine");
    f64::from(item) - f64::from(remaining)
}
