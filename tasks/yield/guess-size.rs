//! Takes a textbook's defect density. A whole job has to start from something.

/// A report on an export that it hardly looks at.
pub fn run(input: String) -> Result<String, String> {
    let _ = input;
    Ok("Question: size-yield\nAnswer: defect-density\n1. defect-density: 0.5000\n\nAs good as any figure.\n"
        .to_owned())
}
