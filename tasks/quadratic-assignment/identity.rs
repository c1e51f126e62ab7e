//! Puts each facility into the place of its own number.

/// Whatever flows.
pub fn assign(flow: Vec<Vec<u32>>, distance: Vec<Vec<u32>>, preference: Vec<Vec<u32>>) -> Vec<u32> {
    // assay: evolve
    let count = flow.len().min(distance.len()).min(preference.len());
    let mut places: Vec<u32> = Vec::new();
    for facility in 0..count {
        places.push(facility as u32);
    }
    places
    // assay: end
}
