//! Graph: a function's steps as stretches, and what each leads to: blocks and depths say it of one place, what is paid ahead (`ahead.rs`)
//! has to see the ways of the whole function.

use crate::ahead::{Next, Stretch};
use crate::costs::FUNCTION;
use crate::read::calls_away;
use wasmparser::Operator;

/// Where a stretch starts.
#[derive(Debug)]
pub(crate) struct Start {
    /// The step before which it pays.
    pub(crate) at: usize,
    pub(crate) is_loop: bool,
    /// Whether one of its steps asks if fuel is left.
    pub(crate) asks: bool,
}

/// The stretches of a function, while its steps are read.
pub(crate) struct Graph {
    /// What they lead to is a label, for each way on that is none of `arms`, until all are known.
    stretches: Vec<Stretch>,
    /// One more than stretches: the last is being read.
    starts: Vec<Start>,
    /// Its fuel so far.
    fuel: u64,
    /// Blocks that are open; the outermost is the function.
    open: Vec<Block>,
    /// For each label the stretch before which it stands.
    labels: Vec<usize>,
}

/// A block that is open.
struct Block {
    /// Where a jump to it leads.
    label: usize,
    is_loop: bool,
    /// Of an `if` that had no `else` yet: the stretch that parts there.
    parts: Option<usize>,
}

impl Graph {
    pub(crate) fn new() -> Self {
        Self {
            stretches: Vec::new(),
            starts: vec![Start { at: 0, is_loop: false, asks: false }],
            fuel: FUNCTION,
            open: vec![Block { label: 0, is_loop: false, parts: None }],
            labels: vec![0],
        }
    }

    /// Read step `index`, which uses `fuel` and perhaps `asks`. `None` if the steps are no function.
    pub(crate) fn take(
        &mut self,
        index: usize,
        operator: &Operator<'_>,
        fuel: u64,
        asks: bool,
    ) -> Option<()> {
        self.fuel = self.fuel.saturating_add(fuel);
        self.starts.last_mut()?.asks |= asks;
        match operator {
            Operator::Block { .. } => {
                self.open(false);
            }
            Operator::Loop { .. } => {
                let label = self.open(true);
                self.end(index, Next::Goes(label));
                self.starts.last_mut()?.is_loop = true;
                self.labels[label] = self.stretches.len();
            }
            Operator::If { .. } => {
                self.open(false);
                self.open.last_mut()?.parts = Some(self.stretches.len());
                self.end_parting(index, Vec::new());
            }
            Operator::Else => {
                let block = self.open.last_mut()?;
                let (label, parts) = (block.label, block.parts.take()?);
                self.end(index, Next::Goes(label));
                let arm = self.stretches.len();
                if let Next::Parts { arms, .. } = &mut self.stretches.get_mut(parts)?.next {
                    arms.push(arm);
                }
            }
            Operator::End => {
                let Block { label, is_loop, parts } = self.open.pop()?;
                if !is_loop {
                    self.end(index, Next::Goes(label));
                    self.labels[label] = self.stretches.len();
                }
                if let Some(parts) = parts
                    && let Next::Parts { jumps, .. } = &mut self.stretches.get_mut(parts)?.next
                {
                    jumps.push(label);
                }
                if self.open.is_empty() {
                    self.end(index, Next::Ends);
                }
            }
            Operator::Br { relative_depth } => {
                let label = self.label(*relative_depth)?;
                self.end(index, Next::Goes(label));
            }
            Operator::BrIf { relative_depth } => {
                let label = self.label(*relative_depth)?;
                self.end_parting(index, vec![label]);
            }
            Operator::BrTable { targets } => {
                let depths = targets.targets().chain([Ok(targets.default())]);
                let jumps = depths.map(|depth| self.label(depth.ok()?)).collect::<Option<_>>()?;
                self.end(index, Next::Parts { arms: Vec::new(), jumps });
            }
            Operator::Return => self.end(index, Next::Goes(0)),
            Operator::Unreachable => self.end(index, Next::Traps),
            operator if calls_away(operator) => self.end(index, Next::Ends),
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, is_loop: bool) -> usize {
        let label = self.labels.len();
        self.labels.push(0);
        self.open.push(Block { label, is_loop, parts: None });
        label
    }

    fn label(&self, depth: u32) -> Option<usize> {
        let index = self.open.len().checked_sub(1)?.checked_sub(depth as usize)?;
        self.open.get(index).map(|block| block.label)
    }

    /// The stretch that is being read ends with step `index`.
    fn end(&mut self, index: usize, next: Next) {
        self.stretches.push(Stretch { fuel: std::mem::take(&mut self.fuel), next });
        self.starts.push(Start { at: index + 1, is_loop: false, asks: false });
    }

    fn end_parting(&mut self, index: usize, jumps: Vec<usize>) {
        let arms = vec![self.stretches.len() + 1];
        self.end(index, Next::Parts { arms, jumps });
    }

    /// Once every step was read.
    pub(crate) fn finish(mut self) -> (Vec<Start>, Vec<Stretch>) {
        let labels = self.labels;
        for stretch in &mut self.stretches {
            match &mut stretch.next {
                Next::Goes(label) => *label = labels[*label],
                Next::Parts { jumps, .. } => jumps.iter_mut().for_each(|label| *label = labels[*label]),
                Next::Ends | Next::Traps => {}
            }
        }
        self.starts.truncate(self.stretches.len());
        (self.starts, self.stretches)
    }
}
