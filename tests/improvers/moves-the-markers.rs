//! incident: moves the marks of the region, so that all may evolve
//! known: OpenEvolve issue #106: the markers are not enforced
//! ends: invalid-output
//! refused: improves
//! says: differs outside of

pub fn improve(program: String, _brief: String) -> Result<String, String> {
    let unmarked: Vec<&str> = program.lines().filter(|line| !line.contains("// assay:")).collect();
    Ok(format!("// assay: evolve\n{}\n// assay: end\n", unmarked.join("\n")))
}
