//! Reads exports with commas or semicolons. Takes other marks for separators only in tables as wide as those that its author had seen.

/// The columns of a die table in their order, each under the names that exports give it: small letters and digits alone, without
/// what stands in brackets.
const COLUMNS: [&[&str]; 7] = [
    &["lot", "lotid", "lotno", "batch"],
    &["wafer", "waferno", "waferid", "wafernumber"],
    &["x", "diex", "xcoord", "xindex"],
    &["y", "diey", "ycoord", "yindex"],
    &["day", "testday", "date", "testdate"],
    &["product", "device", "part", "chip", "chiptype"],
    &["area", "areamm2", "diearea", "chiparea", "chipsize"],
];
/// Columns that sum up circuits, or flag something else: none of them is a circuit, though they may look like one.
const OTHERS: [&str; 6] = ["result", "passfail", "overall", "good", "bin", "retest"];

/// A die table of an export: the columns above, then as circuits all others that hold results and nothing else.
pub fn run(input: String) -> Result<String, String> {
    let text = input.trim_start_matches('\u{feff}');
    let spoken = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let mut lines = text.lines().enumerate().filter(|(_, line)| spoken(line));
    let (_, head) = lines.next().ok_or("the export has no header line")?;
    let counted = |mark: char| head.matches(mark).count();
    let separator = separator(counted(';'), counted('\t'), counted('|'));
    let names = cut(head, separator).ok_or("the header has a quote that is not closed")?;
    let mut columns = Vec::new();
    for known in COLUMNS {
        let place = names.iter().position(|name| known.contains(&plain(name).as_str()));
        columns.push(place.ok_or_else(|| format!("the header has no column `{}`: {head:.80}", known[0]))?);
    }
    let mut rows = Vec::new();
    for (index, line) in lines {
        let row = cut(line, separator).ok_or_else(|| format!("line {}: a quote is not closed", index + 1))?;
        if row.len() != names.len() {
            let (has, wants) = (row.len(), names.len());
            return Err(format!("line {}: {has} fields, and the header has {wants}", index + 1));
        }
        rows.push((index + 1, row));
    }
    let is_circuit = |place: &usize| {
        let mut fields = rows.iter().map(|(_, row)| result(&row[*place]));
        let other = columns.contains(place) || OTHERS.contains(&plain(&names[*place]).as_str());
        !other && fields.clone().all(|result| result.is_some()) && fields.any(|result| result != Some(""))
    };
    let circuits: Vec<usize> = (0..names.len()).filter(is_circuit).collect();
    if circuits.is_empty() {
        return Err("no column holds results of a circuit, such as 1 and 0 or pass and fail".to_owned());
    }
    let circuit_names = circuits.iter().map(|place| names[*place].replace(',', " "));
    let header: Vec<String> = COLUMNS.iter().map(|known| known[0].to_owned()).chain(circuit_names).collect();
    let mut table = header.join(",") + "\n";
    for (line, row) in &rows {
        for (column, place) in columns.iter().enumerate() {
            let field = read(column, &row[*place]);
            table += &field.ok_or_else(|| {
                format!("line {line}: `{}` can't be `{:.40}`", COLUMNS[column][0], row[*place])
            })?;
            table += ",";
        }
        let results: Vec<&str> = circuits.iter().filter_map(|place| result(&row[*place])).collect();
        table += &(results.join(",") + "\n");
    }
    Ok(table)
}

/// The separator, from how often each mark comes in the header.
fn separator(semicolons: usize, tabs: usize, bars: usize) -> char {
    if semicolons > 4 {
        return ';';
    }
    let marks = [('\t', tabs), ('|', bars)];
    marks.into_iter().find(|(_, count)| separates(*count)).map_or(',', |(mark, _)| mark)
}

/// Whether a mark that comes so often in the header separates columns: of which wide tables have many.
fn separates(count: usize) -> bool {
    // assay: evolve
    count > 12
    // assay: end
}

/// The fields of a line, without the spaces and quotes around them; a separator in quotes does not separate. None if a quote
/// is not closed.
fn cut(line: &str, separator: char) -> Option<Vec<String>> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for mark in line.chars() {
        if mark == '"' {
            quoted = !quoted;
        } else if mark == separator && !quoted {
            fields.push(String::new());
        } else if let Some(field) = fields.last_mut() {
            field.push(mark);
        }
    }
    fields.iter_mut().for_each(|field| *field = field.trim().to_owned());
    (!quoted).then_some(fields)
}

/// A column's name without brackets, spaces, marks and capitals.
fn plain(name: &str) -> String {
    let name = name.split(['(', '[']).next().unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
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
            (area >= 0.1 && area < 1e6).then(|| format!("{area:.1}"))
        }
        1 => field.trim_start_matches(['W', 'w']).parse::<u32>().ok().map(|number| number.to_string()),
        4 => field.parse::<u32>().ok().or_else(|| date(field)).map(|number| number.to_string()),
        _ => field.parse::<i32>().ok().map(|number| number.to_string()),
    }
}

/// The day of a date YYYY-MM-DD, counted from the first of January 1970 (Hinnant, "chrono-compatible low-level date algorithms").
fn date(field: &str) -> Option<u32> {
    let parts: Vec<u32> = field.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year @ 1970..=2999, month @ 1..=12, day @ 1..=31] = parts[..] else { return None };
    // Years begin in March, so that a leap day is the last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469)
}

/// 1 for passed, 0 for failed, nothing for not known; none for a word that says none of it.
fn result(field: &str) -> Option<&'static str> {
    match field.to_lowercase().as_str() {
        "1" | "p" | "pass" | "passed" | "ok" | "good" | "true" => Some("1"),
        "0" | "f" | "fail" | "failed" | "ng" | "bad" | "false" => Some("0"),
        _ => missing(field).then_some(""),
    }
}
