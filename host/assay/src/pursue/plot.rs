//! Growth, drawn: goals from left to right, and what changed from one to the next. One SVG without scripts or fonts of its own.

use super::memory::Epoch;
use std::fmt::Write as _;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 34.0;

/// One panel: what it shows, and a value a goal.
struct Panel {
    title: &'static str,
    values: Vec<Option<f64>>,
}

impl Epoch {
    /// Agents that were there already, as a share of those that were needed; none where none was.
    pub fn reuse_rate(&self) -> Option<f64> {
        (self.needed > 0).then(|| self.reused as f64 / self.needed as f64)
    }
}

/// The picture.
pub fn growth_svg(epochs: &[Epoch]) -> String {
    let of = |value: fn(&Epoch) -> Option<f64>| epochs.iter().map(value).collect::<Vec<_>>();
    let panels = [
        Panel { title: "reuse rate (agents reused / agents needed)", values: of(Epoch::reuse_rate) },
        Panel {
            title: "held-out tasks solved (share)",
            values: of(|epoch| {
                (epoch.held_out.1 > 0).then(|| epoch.held_out.0 as f64 / epoch.held_out.1 as f64)
            }),
        },
        Panel {
            title: "difficulty solved so far (sum, as declared)",
            values: of(|epoch| Some(epoch.sophistication as f64)),
        },
        Panel { title: "agents made", values: of(|epoch| Some(epoch.made as f64)) },
        Panel {
            title: "candidates that the goal itself needed",
            values: of(|epoch| Some(epoch.needed_candidates as f64)),
        },
    ];
    let height = panels.len() as f64 * (HEIGHT + TOP) + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    for (place, panel) in panels.iter().enumerate() {
        draw(&mut svg, panel, TOP + place as f64 * (HEIGHT + TOP));
    }
    let bottom = height - 14.0;
    for (place, epoch) in epochs.iter().enumerate() {
        let x = across(place, epochs.len());
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{bottom}\" text-anchor=\"middle\">{}</text>",
            escaped(&epoch.goal)
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, panel: &Panel, top: f64) {
    let most = panel.values.iter().flatten().fold(1.0_f64, |most, value| most.max(*value));
    let (plot, bottom) = (HEIGHT - 24.0, top + HEIGHT - 24.0);
    let y = |value: f64| bottom - value / most * plot;
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>",
        top - 8.0,
        panel.title
    );
    for value in [0.0, most] {
        let right = WIDTH - 20.0;
        let _ = writeln!(
            svg,
            "<line x1=\"{LEFT}\" y1=\"{0:.1}\" x2=\"{right}\" y2=\"{0:.1}\" stroke=\"#ccc\"/><text x=\"{1:.1}\" y=\"{2:.1}\" text-anchor=\"end\">{3}</text>",
            y(value),
            LEFT - 8.0,
            y(value) + 4.0,
            (value * 100.0).round() / 100.0
        );
    }
    let points: Vec<(f64, f64, f64)> = panel
        .values
        .iter()
        .enumerate()
        .filter_map(|(place, value)| value.map(|value| (across(place, panel.values.len()), y(value), value)))
        .collect();
    let line: Vec<String> = points.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>",
        line.join(" ")
    );
    for (x, y, value) in points {
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f5fa8\"/><text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            // Below the point: titles are above.
            y + 16.0,
            (value * 100.0).round() / 100.0
        );
    }
}

/// Where a goal's column is.
fn across(place: usize, count: usize) -> f64 {
    LEFT + (WIDTH - LEFT - 40.0) * (place as f64 + 0.5) / count.max(1) as f64
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(goal: &str, needed: u64, reused: u64) -> Epoch {
        Epoch {
            goal: goal.into(),
            without: Vec::new(),
            reached: true,
            difficulty: 3,
            score: Some(0.5),
            seed_score: None,
            needed,
            reused,
            foreseen: 0,
            made: needed - reused,
            ahead: 0,
            candidates: 96,
            needed_candidates: 48,
            fuel: 1,
            explored: 0,
            held_out: (0, 0),
            sophistication: 3,
            refused: Default::default(),
        }
    }

    #[test]
    fn it_is_one_picture_without_holes_for_any_journal() {
        for epochs in [Vec::new(), vec![epoch("a<b", 0, 0)], vec![epoch("a", 4, 0), epoch("b", 4, 3)]] {
            let svg = growth_svg(&epochs);
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{svg}");
            assert!(!svg.contains("a<b"));
            let drawn: usize = epochs.iter().filter(|epoch| epoch.needed > 0).count();
            assert_eq!(svg.matches("<circle").count(), drawn + 3 * epochs.len());
        }
        assert_eq!(epoch("b", 4, 3).reuse_rate(), Some(0.75));
        assert_eq!(epoch("b", 0, 0).reuse_rate(), None);
    }
}
