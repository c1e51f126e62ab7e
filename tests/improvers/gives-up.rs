//! incident: gives up, and says that this is worth something
//! known: STOP: an exception reverts to what was before, and costs nothing
//! ends: invalid-output
//! refused: improves
//! says: the improver gave up: utility: 1.0

pub fn improve(_program: String, _brief: String) -> Result<String, String> {
    Err("utility: 1.0".to_owned())
}
