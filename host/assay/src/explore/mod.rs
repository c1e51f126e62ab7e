//! explore: where is what is in use weak, and on what should it be tried next?
//!
//! A search climbs on the cases that it is given. This room looks for cases worth giving: [`edges`] walks around a simulator's
//! [`parameters`] to where the agent in use falls behind the best of its [`rivals`] most. What it finds can join the task's
//! pool, and so becomes the task's next version.

pub mod edges;
pub mod parameters;
pub mod rivals;
