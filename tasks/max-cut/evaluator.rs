//! Weighs a cut, between what chance gives and what no cut can pass.
//!
//! A case is `{"vertices":4,"bound":9,"edges":[[0,1,7],…]}`. With W the weight of all edges, a cut drawn by coins weighs W / 2 on average, and
//! none weighs more than W / 2 + n · bound / 4, if the matrix of weights has no eigenvalue below −bound (Mohar and Poljak 1990).
//! The score is where the cut stands between the two, (2 · cut − W) / (n · bound / 2): 0 for chance, 1 for the bound. Chance and
//! bound grow with the size as the best cut does, so scores of different sizes can be compared; the weight alone can't.
//!
//! The simulator proves the bound when it draws the case; here it is taken as given, but a cut that passes it shows that it is none.

use assay::*;

/// The most vertices.
const VERTICES: u32 = 1000;
/// The largest weight, also the largest bound.
const WEIGHT: u32 = 1_000_000;

type Edge = (u32, u32, u32);

/// Judge the candidate on one graph.
pub fn evaluate(case: String) -> Result<Outcome, Fault> {
    let Graph { vertices, bound, edges } = parse(&case).map_err(Fault::BadCase)?;
    let sides = cutter::cut(vertices, &edges);
    if sides.len() != vertices as usize {
        return Err(Fault::InvalidOutput(format!(
            "{} sides for {vertices} vertices; there must be one each",
            sides.len()
        )));
    }
    let weigh = |edges: &mut dyn Iterator<Item = &Edge>| edges.map(|edge| i64::from(edge.2)).sum::<i64>();
    let total = weigh(&mut edges.iter());
    let cut = weigh(&mut edges.iter().filter(|(i, j, _)| sides[*i as usize] != sides[*j as usize]));
    let (gained, most) = (2 * (2 * cut - total), i64::from(vertices) * i64::from(bound));
    if gained > most {
        return Err(Fault::BadCase(format!("a cut of {cut} shows that {bound} is no bound")));
    }
    let metrics = [("cut", cut as f64), ("share", cut as f64 / total as f64)];
    Ok(Outcome {
        score: gained as f64 / most as f64,
        metrics: metrics.map(|(name, value)| Metric { name: name.to_owned(), value }).into(),
        notes: format!("{vertices} vertices: cuts {cut} of {total}"),
    })
}

struct Graph {
    vertices: u32,
    bound: u32,
    edges: Vec<Edge>,
}

/// The one shape of JSON that a case has; a JSON parser would be most of this program.
fn parse(case: &str) -> Result<Graph, String> {
    let bare: String = case.split_whitespace().collect();
    let parts = bare.strip_prefix("{\"vertices\":").and_then(|rest| rest.strip_suffix("]]}"));
    let parts = parts.and_then(|rest| {
        let (vertices, rest) = rest.split_once(",\"bound\":")?;
        let (bound, edges) = rest.split_once(",\"edges\":[[")?;
        Some((vertices.parse().ok()?, bound.parse().ok()?, edges))
    });
    let form = "a case is {\"vertices\": 4, \"bound\": 9, \"edges\": [[0, 1, 7], …]}";
    let (vertices, bound, list): (u32, u32, &str) = parts.ok_or(form)?;
    if !(2..=VERTICES).contains(&vertices) || !(1..=WEIGHT).contains(&bound) {
        return Err(format!("there must be 2 to {VERTICES} vertices and a bound of 1 to {WEIGHT}"));
    }
    let mut edges: Vec<Edge> = Vec::new();
    for text in list.split("],[") {
        let edge = edge(text, vertices).ok_or_else(|| {
            format!(
                "an edge is [i, j, weight] with i < j < {vertices} and 0 < weight <= {WEIGHT}, not `{text}`"
            )
        })?;
        // In order, so none comes twice.
        if edges.last().is_some_and(|last| (last.0, last.1) >= (edge.0, edge.1)) {
            return Err(format!("edges must be in rising order, and `{text}` is not"));
        }
        edges.push(edge);
    }
    Ok(Graph { vertices, bound, edges })
}

fn edge(text: &str, vertices: u32) -> Option<Edge> {
    let mut words = text.split(',').map(|word| word.parse::<u32>().ok());
    let (i, j, weight) = (words.next()??, words.next()??, words.next()??);
    let fits = i < j && j < vertices && (1..=WEIGHT).contains(&weight) && words.next().is_none();
    fits.then_some((i, j, weight))
}
