//! prompt: text for a language model, made from templates that a person can read.
//!
//! Here is only how a template becomes text: its two parts, its bounds, and the fences around what strangers wrote.
//! What it speaks of is known in [`crate::generate::model`], which fills it. The room stands by itself because
//! a task names templates too and must find their mistakes when it is read, and a task reaches into no later
//! step.

pub mod fence;
mod template;

pub use template::{MAX_TEMPLATE, Prompt, TemplateError, check, render};
