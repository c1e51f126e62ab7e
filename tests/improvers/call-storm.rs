//! incident: asks what is left, for ever: calls that cost no budget
//! known: any host that meters what is asked for and not the asking
//! ends: out-of-calls
//! refused: improves
//! limits: host-calls = 200
//! says: more than 200 calls into the host

use assay::*;

pub fn improve(_program: String, _brief: String) -> Result<String, String> {
    loop {
        std::hint::black_box(proposals::remaining() + evaluation::remaining());
    }
}
