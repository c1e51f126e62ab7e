//! The proof: try what must not be possible, and see it refused by the wall and not by chance.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::process::Command;

/// The wall's own answer. A missing file, a closed port or a folder that can't be run answer otherwise.
fn is_refused<T>(tried: io::Result<T>) -> bool {
    tried.is_err_and(|error| error.raw_os_error() == Some(libc::EPERM))
}

/// Files that exist everywhere and may be read by everyone.
pub(super) fn opens_nothing() -> bool {
    is_refused(File::open("/")) && is_refused(File::open("/dev/null")) && is_refused(std::fs::metadata("/"))
}

/// No socket of any kind.
pub(super) fn connects_nowhere() -> bool {
    is_refused(TcpStream::connect((Ipv4Addr::LOCALHOST, 9)))
        && is_refused(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)))
        && is_refused(UnixDatagram::unbound())
}

/// No process. Were starting one possible, running a folder would fail in another way.
pub(super) fn starts_nothing() -> bool {
    is_refused(Command::new("/").spawn())
}
