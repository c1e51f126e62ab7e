//! incident: returns a text that rewrites the screen of whoever reads it
//! known: logs that are shown as they are
//! ends: invalid-output
//! refused: improves
//! says: returned something other than a program of the task

pub fn improve(_program: String, _brief: String) -> Result<String, String> {
    Ok("\u{1b}[2J\u{1b}]0;utility 1.0\u{7}\r\u{0}\u{202e}".to_owned())
}
