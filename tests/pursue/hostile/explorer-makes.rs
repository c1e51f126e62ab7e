//! tries: making agents itself
//! leads: explorer
//! ends: 2
//! says: is no explorer

use assay::*;

pub fn explore(_around: String) -> Vec<catalogue::Proposal> {
    let _ = spawn::make("count");
    Vec::new()
}
