//! tries: taking the pursuit down with it
//! leads: explorer
//! ends: 0 reached

use assay::*;

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    panic!("with all hands");
}
