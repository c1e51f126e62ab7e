//! Reads exports with commas. Takes other marks for separators only in the wide tables that its author had seen.

/// The columns of a die table in their order, each under the names that exports give it, in lower case.
const COLUMNS: [&[&str]; 7] = [
    &["lot", "lot_id"],
    &["wafer", "wafer_no"],
    &["x", "die_x"],
    &["y", "die_y"],
    &["day", "test_day"],
    &["product", "device"],
    &["area", "area_mm2"],
];

/// A die table of an export: the columns above, then every other column as a circuit.
pub fn run(input: String) -> Result<String, String> {
    let text = input.trim_start_matches('\u{feff}');
    let spoken = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let lines = text.lines().enumerate().filter(|(_, line)| spoken(line)).collect::<Vec<_>>();
    let (_, head) = lines.first().ok_or("the export has no header line")?;
    let counted = |mark: char| head.matches(mark).count();
    let separator = separator(counted(';'), counted('\t'), counted('|'));
    let names: Vec<String> = head.split(separator).map(|name| bare(name).to_lowercase()).collect();
    let mut columns = Vec::new();
    for known in COLUMNS {
        let place = names.iter().position(|name| known.contains(&name.as_str()));
        columns.push(place.ok_or_else(|| format!("the header has no column `{}`: {head:.80}", known[0]))?);
    }
    let circuits: Vec<usize> = (0..names.len()).filter(|place| !columns.contains(place)).collect();
    if circuits.is_empty() {
        return Err("the header has no column of a circuit".to_owned());
    }
    let circuit_names = circuits.iter().map(|place| names[*place].replace(',', " "));
    let header: Vec<String> = COLUMNS.iter().map(|known| known[0].to_owned()).chain(circuit_names).collect();
    let mut table = header.join(",") + "\n";
    for (index, line) in &lines[1..] {
        let fields: Vec<&str> = line.split(separator).map(bare).collect();
        if fields.len() != names.len() {
            let (has, wants) = (fields.len(), names.len());
            return Err(format!("line {}: {has} fields, and the header has {wants}", index + 1));
        }
        let mut row = Vec::new();
        for (column, place) in columns.iter().enumerate() {
            let field = read(column, fields[*place]);
            row.push(field.ok_or_else(|| {
                format!("line {}: `{}` can't be `{:.40}`", index + 1, COLUMNS[column][0], fields[*place])
            })?);
        }
        for place in &circuits {
            let passed = result(fields[*place]).ok_or_else(|| {
                format!("line {}: `{}` is no result: {:.40}", index + 1, names[*place], fields[*place])
            })?;
            row.push(passed.to_owned());
        }
        table += &row.join(",");
        table += "\n";
    }
    Ok(table)
}

/// The separator, from how often each mark comes in the header.
fn separator(semicolons: usize, tabs: usize, bars: usize) -> char {
    // assay: evolve
    if semicolons > 20 {
        return ';';
    }
    if tabs > 20 {
        return '\t';
    }
    if bars > 20 {
        return '|';
    }
    ','
    // assay: end
}

fn bare(field: &str) -> &str {
    field.trim().trim_matches('"').trim()
}

fn missing(field: &str) -> bool {
    ["", "-", "?", "na", "n/a", "nan", "null"].contains(&field.to_lowercase().as_str())
}

/// The field of a column in canonical form: whole numbers, a size with a point, a label; none if it can't be read.
fn read(column: usize, field: &str) -> Option<String> {
    match column {
        5 | 6 if missing(field) => Some(String::new()),
        0 | 5 => Some(field.replace(',', " ")).filter(|label| !missing(label)),
        6 => {
            let area: f64 = field.replace(',', ".").parse().ok()?;
            (area > 0.0 && area.is_finite()).then(|| format!("{area:.1}"))
        }
        1 | 4 => field.parse::<u32>().ok().map(|number| number.to_string()),
        _ => field.parse::<i32>().ok().map(|number| number.to_string()),
    }
}

/// 1 for passed, 0 for failed, nothing for not known; none for a word that says none of it.
fn result(field: &str) -> Option<&'static str> {
    match field.to_lowercase().as_str() {
        "1" | "p" | "pass" | "passed" | "ok" | "good" => Some("1"),
        "0" | "f" | "fail" | "failed" | "ng" | "bad" => Some("0"),
        _ => missing(field).then_some(""),
    }
}
