//! Claims about prompts and answers: what a model reads, and which programs its text can become.

mod answers;
mod prompts;
