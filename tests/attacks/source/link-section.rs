//! row: 15
//! attack: forging the component's description of itself
//! says: link_section
//! verdict: rejected
#[unsafe(link_section = "component-type:forged")]
pub static FORGED: [u8; 4] = *b"evil";

pub fn priority(item: u32, remaining: u32) -> f64 {
    0.0
}
