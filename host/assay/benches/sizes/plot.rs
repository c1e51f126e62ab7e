//! A plot: points on two logarithmic axes, the line through them, and its slope. One file of SVG, nothing to load.

use std::fmt::Write;

/// What was measured.
pub(crate) struct Series {
    /// Name of the file, without its end.
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    /// Of the sizes.
    pub(crate) unit: &'static str,
    /// Size and seconds.
    pub(crate) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;

impl Series {
    /// Of the least-squares line through the logarithms.
    pub(crate) fn slope(&self) -> f64 {
        self.line().0
    }

    fn line(&self) -> (f64, f64) {
        let logs: Vec<(f64, f64)> = self.points.iter().map(|(x, y)| (x.log10(), y.log10())).collect();
        let count = logs.len() as f64;
        let mean = |value: fn(&(f64, f64)) -> f64| logs.iter().map(value).sum::<f64>() / count;
        let (x, y) = (mean(|p| p.0), mean(|p| p.1));
        let above: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
        let slope = above / logs.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
        (slope, y - slope * x)
    }

    pub(crate) fn svg(&self) -> String {
        let (slope, offset) = self.line();
        let decades = |values: Vec<f64>| {
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
            (low.log10().floor(), high.log10().ceil())
        };
        let (x0, x1) = decades(self.points.iter().map(|p| p.0).collect());
        let (y0, y1) = decades(self.points.iter().map(|p| p.1).collect());
        let x = |log: f64| LEFT + (log - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT);
        let y = |log: f64| HEIGHT - BOTTOM - (log - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM);
        let mut svg = String::new();
        // Writing to a string can't fail.
        let _ = writeln!(
            svg,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="{LEFT}" y="24" font-size="15">{}: slope {slope:.2}</text>"##,
            self.title
        );
        for decade in x0 as i32..=x1 as i32 {
            let at = x(f64::from(decade));
            let _ = writeln!(
                svg,
                r##"<path d="M{at:.1} {TOP}V{:.1}" stroke="#ddd"/><text x="{at:.1}" y="{:.1}" text-anchor="middle">{}</text>"##,
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 18.0,
                10_u64.pow(decade.unsigned_abs())
            );
        }
        for decade in y0 as i32..=y1 as i32 {
            let at = y(f64::from(decade));
            let _ = writeln!(
                svg,
                r##"<path d="M{LEFT} {at:.1}H{:.1}" stroke="#ddd"/><text x="{:.1}" y="{:.1}" text-anchor="end">{} s</text>"##,
                WIDTH - RIGHT,
                LEFT - 8.0,
                at + 4.0,
                10_f64.powi(decade)
            );
        }
        let ends = [self.points[0].0, self.points[self.points.len() - 1].0].map(f64::log10);
        let _ = writeln!(
            svg,
            r##"<path d="M{:.1} {:.1}L{:.1} {:.1}" stroke="#c60" stroke-width="1.5"/>"##,
            x(ends[0]),
            y(slope * ends[0] + offset),
            x(ends[1]),
            y(slope * ends[1] + offset)
        );
        for (size, seconds) in &self.points {
            let (at, height) = (x(size.log10()), y(seconds.log10()));
            // Below and to the right of a rising line; the last one to the left of its point, within the frame.
            let (dx, anchor) = if size.log10() > x1 - 0.2 { (-10.0, "end") } else { (8.0, "start") };
            let dy = if anchor == "end" { 4.0 } else { 14.0 };
            let _ = writeln!(
                svg,
                r##"<circle cx="{at:.1}" cy="{height:.1}" r="3.5" fill="#06c"/><text x="{:.1}" y="{:.1}" text-anchor="{anchor}" font-size="11">{}</text>"##,
                at + dx,
                height + dy,
                time(*seconds)
            );
        }
        let _ = writeln!(
            svg,
            r##"<text x="{:.1}" y="{:.1}" text-anchor="middle">{}</text>
</svg>"##,
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 12.0,
            self.unit
        );
        svg
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}
