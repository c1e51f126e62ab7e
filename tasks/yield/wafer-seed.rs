//! Compares zones of the wafer, and lets only large ones lead.

/// The finding `wafer-variation`: how much lower yield is inside of each zone than outside: `edge`, `center`, `column-X`.
pub fn run(input: String) -> Result<String, String> {
    let (_, dies) = dies(&input)?;
    let mut sites = Vec::new();
    for (index, (fields, good)) in dies.iter().enumerate() {
        let (Ok(x), Ok(y)) = (fields[2].parse::<i32>(), fields[3].parse::<i32>()) else {
            return Err(format!(
                "line {}: x and y are whole numbers, not {},{}",
                index + 2,
                fields[2],
                fields[3]
            ));
        };
        sites.push((x, y, *good));
    }
    let middle = |of: fn(&(i32, i32, bool)) -> i32| {
        let (low, high) = (sites.iter().map(of).min(), sites.iter().map(of).max());
        (f64::from(low.unwrap_or(0)) + f64::from(high.unwrap_or(0))) / 2.0
    };
    let (across, down) = (middle(|site| site.0), middle(|site| site.1));
    let distance = |x: i32, y: i32| (f64::from(x) - across).hypot(f64::from(y) - down);
    let outermost = sites.iter().map(|(x, y, _)| distance(*x, *y)).fold(1e-9, f64::max);
    let mut zones: Vec<(String, i32)> = vec![("edge".to_owned(), -1), ("center".to_owned(), -2)];
    let mut columns: Vec<i32> = sites.iter().map(|site| site.0).collect();
    columns.sort_unstable();
    columns.dedup();
    zones.extend(columns.iter().map(|column| (format!("column-{column}"), *column)));
    let mut list = Vec::new();
    for (zone, (name, column)) in zones.iter().enumerate() {
        // Good and all dies, outside and inside.
        let mut counts = [(0.0, 0.0); 2];
        for (x, y, good) in &sites {
            let (edge, center) = ring(distance(*x, *y) / outermost);
            let inside = match zone {
                0 => edge,
                1 => center,
                _ => x == column,
            };
            let count = &mut counts[usize::from(inside)];
            count.0 += f64::from(u8::from(*good));
            count.1 += 1.0;
        }
        let share = |(good, all): (f64, f64)| if all > 0.0 { good / all } else { 1.0 };
        let difference = share(counts[0]) - share(counts[1]);
        list.push((rank(difference, counts[1].1, counts[0].1), name.clone(), difference));
    }
    list.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    Ok(finding("wafer-variation", list.into_iter().map(|(_, name, difference)| (name, difference))))
}

/// Whether a die lies at the edge, and whether in the centre, by its distance from the middle (1: the outermost).
fn ring(radius: f64) -> (bool, bool) {
    (radius > 0.8, radius < 0.4)
}

/// What zones are ranked by: how much lower yield is inside, if enough dies lie inside to say so.
fn rank(difference: f64, inside: f64, _outside: f64) -> f64 {
    // assay: evolve
    if inside < 60.0 {
        return 0.0;
    }
    difference
    // assay: end
}

/// A row of the table: its fields, and whether the die is good.
type Die<'a> = (Vec<&'a str>, bool);

/// The columns' names and the dies of a clean table.
fn dies(table: &str) -> Result<(Vec<&str>, Vec<Die<'_>>), String> {
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    if names.len() < 8 || names[..7] != ["lot", "wafer", "x", "y", "day", "product", "area"] {
        return Err("line 1: a table of dies begins with lot,wafer,x,y,day,product,area,…".to_owned());
    }
    let mut dies = Vec::new();
    for (index, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != names.len() {
            return Err(format!(
                "line {}: {} fields, and the header has {}",
                index + 2,
                fields.len(),
                names.len()
            ));
        }
        let good = fields[7..].iter().all(|result| *result == "1");
        dies.push((fields, good));
    }
    if dies.is_empty() { Err("the table has no dies".to_owned()) } else { Ok((names, dies)) }
}

/// A finding: the question, then key and value, in this order.
fn finding(question: &str, list: impl Iterator<Item = (String, f64)>) -> String {
    let lines = list.take(24).map(|(key, value)| format!("{key}\t{value:.4}\n"));
    format!("finding\t{question}\n{}", lines.collect::<String>())
}
