//! Mutated: a search whose candidates are made by `mutate`, or, where they are teams, by variation.
//!
//! Compiling and evaluating one batch leave a processor idle at its end, and proposing the next one leaves all of them
//! idle. So some batches are at work while another is proposed: it sees the archive without them. How many is a function
//! of the batch's number, never of who was quick.

use super::Hunt;
use super::flight::Flight;
use crate::generate::settings;
use crate::run::event::Phase;
use crate::run::propose::{Pending, propose, propose_teams};
use crate::run::record::RunError;
use std::collections::VecDeque;

/// A region too small for so many different candidates ends the search early: batches in a row without any.
const BARREN: u32 = 8;

impl Hunt<'_> {
    /// Search until the budget is spent. False if it was stopped.
    pub(super) async fn mutated(&mut self) -> Result<bool, RunError> {
        let settings = settings(&self.judge.task.mutate);
        let mut pending = Pending::default();
        let mut flights: VecDeque<Flight> = VecDeque::new();
        let (mut launched, mut landed, mut barren) = (0, 0, 0);
        loop {
            // As many as may be at work beside the next one, and that one.
            while launched - landed <= self.search.ahead_of(launched) && barren <= BARREN {
                let aloft: usize = flights.iter().map(Flight::len).sum();
                let left = self.search.candidates.saturating_sub(self.recorder.state.searched + aloft as u64);
                if left == 0 {
                    break;
                }
                let (state, search, count) =
                    (&self.recorder.state, &self.search, left.min(self.search.batch));
                let proposals = match &self.teams {
                    Some(teams) => propose_teams(state, search, &teams.roster, launched, count, &mut pending),
                    None => propose(state, search, &settings, launched, count, &mut pending),
                };
                barren = if proposals.is_empty() { barren + 1 } else { 0 };
                flights.push_back(self.launch(Phase::Search, proposals, aloft)?);
                launched += 1;
            }
            let Some(flight) = flights.pop_front() else { return Ok(true) };
            if !self.land(flight, &flights).await? {
                return Ok(false);
            }
            pending.landed(landed);
            landed += 1;
            self.progress.batch(&self.recorder.state, landed, self.recorder.is_replaying());
        }
    }
}
