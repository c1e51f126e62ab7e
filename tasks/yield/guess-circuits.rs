//! Blames the first circuit. A whole job has to start from something.

/// A report on an export that it hardly looks at.
pub fn run(input: String) -> Result<String, String> {
    let _ = input;
    Ok("Question: circuit-contribution\nAnswer: c1\n1. c1: 0.2000\n\nTests begin there.\n".to_owned())
}
