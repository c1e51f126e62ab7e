//! Says that it is the edge, as it often is. A whole job has to start from something.

/// A report on an export that it hardly looks at.
pub fn run(input: String) -> Result<String, String> {
    let _ = input;
    Ok("Question: wafer-variation\nAnswer: edge\n1. edge: 0.3000\n\nIt mostly is the edge.\n".to_owned())
}
