//! tries: an answer that drowns its reader
//! leads: orchestrator
//! ends: 1 not reached
//! says: it ended

pub fn pursue(_goal: String) -> Result<String, String> {
    Ok("# assay team 1\n".repeat(1 << 20))
}
