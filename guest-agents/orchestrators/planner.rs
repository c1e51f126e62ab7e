//! The orchestrator that ships: plans from what tasks declare, reuses before it has anything made, and needs no model.
//!
//! Who already does the whole job is asked first. Else the shortest chain of tasks is found that leads from what the goal is given to what
//! it wants; each link is an agent of the library, or one that is made. The team is tried, its weakest member is made once more, and
//! variations of the team compete with it. A model, where one is granted, is asked for a team as well: what it
//! says is tried like everything else.

use assay::*;

/// Longest chain that is looked for.
const LONGEST: usize = 8;
/// Variations of a team that are asked for at once.
const BATCH: u32 = 8;
/// Rounds of variations without a gain before it is enough.
const PATIENCE: u32 = 2;
/// A member that is worth this much is left alone: 1 is as much as the best that its task's author knows.
const GOOD: f64 = 0.9;

struct Goal {
    name: String,
    words: String,
    takes: String,
    gives: String,
}

/// A step of a plan.
struct Link {
    task: catalogue::Entry,
    agent: library::Agent,
}

/// Who reaches the goal.
pub fn pursue(goal: String) -> Result<String, String> {
    let goal = read(&goal)?;
    if let Some(agent) = find("", &goal.takes, &goal.gives).first() {
        return Ok(format!("agent {}", agent.component));
    }
    let tasks = catalogue::tasks();
    let mut avoided: Vec<String> = Vec::new();
    let mut best: Option<(String, f64)> = None;
    let mut why = String::from("no chain of tasks leads from what the goal is given to what it wants");
    while let Some(chain) = plan(&goal, &tasks, &avoided) {
        match filled(&chain) {
            Ok(mut links) => {
                let mut team = document(&links);
                let mut score = evaluation::score(&team).ok();
                if let Some(weakest) = weakest(&links) {
                    if let Ok(agent) = spawn::make(&links[weakest].task.name) {
                        links[weakest].agent = agent;
                        let other = document(&links);
                        let found = evaluation::score(&other).ok();
                        if found > score || score.is_none() {
                            (team, score) = (other, found);
                        }
                    }
                }
                best = Some((team, score.unwrap_or(f64::NEG_INFINITY)));
                break;
            }
            Err((task, said)) => {
                why = format!("no agent for {task}: {said}");
                avoided.push(task);
            }
        }
    }
    if let Some(advised) = advised(&goal, &tasks, best.as_ref().map(|(team, _)| team.as_str())) {
        if best.as_ref().is_none_or(|(_, score)| advised.1 > *score) {
            best = Some(advised);
        }
    }
    let (team, score) = best.ok_or(why)?;
    Ok(varied(team, score))
}

fn read(goal: &str) -> Result<Goal, String> {
    let value: json::Value = json::from_str(goal).map_err(|error| error.to_string())?;
    let text = |key: &str| value[key].as_str().map(str::to_owned).ok_or(format!("the goal has no `{key}`"));
    Ok(Goal { name: text("name")?, words: text("words")?, takes: text("takes")?, gives: text("gives")? })
}

fn find(name: &str, takes: &str, gives: &str) -> Vec<library::Agent> {
    library::find(&library::Query {
        name: name.to_owned(),
        takes: takes.to_owned(),
        gives: gives.to_owned(),
        words: Vec::new(),
    })
}

/// The shortest chain of tasks from what is given to what is wanted; of equally short ones the first by name.
fn plan(goal: &Goal, tasks: &[catalogue::Entry], avoided: &[String]) -> Option<Vec<catalogue::Entry>> {
    let direct = |task: &catalogue::Entry| task.takes == goal.takes && task.gives == goal.gives;
    let usable: Vec<&catalogue::Entry> =
        tasks.iter().filter(|task| !direct(task) && !avoided.contains(&task.name)).collect();
    let mut chains: Vec<Vec<&catalogue::Entry>> = vec![Vec::new()];
    let mut met: Vec<&str> = vec![&goal.takes];
    for _ in 0..LONGEST {
        let mut longer = Vec::new();
        for chain in &chains {
            let kind = chain.last().map_or(goal.takes.as_str(), |task| task.gives.as_str());
            for task in usable.iter().filter(|task| task.takes == kind) {
                let mut next = chain.clone();
                next.push(task);
                if task.gives == goal.gives {
                    return Some(next.into_iter().cloned().collect());
                }
                if !met.contains(&task.gives.as_str()) {
                    met.push(&task.gives);
                    longer.push(next);
                }
            }
        }
        chains = longer;
    }
    None
}

/// An agent for each task: found, or made. The task that there is none for, and why.
fn filled(chain: &[catalogue::Entry]) -> Result<Vec<Link>, (String, String)> {
    let mut links = Vec::new();
    for task in chain {
        let found = find(&task.name, "", "").into_iter().next();
        let agent = match found.or_else(|| find("", &task.takes, &task.gives).into_iter().next()) {
            Some(agent) => agent,
            None => spawn::make(&task.name).map_err(|why| (task.name.clone(), why))?,
        };
        links.push(Link { task: task.clone(), agent });
    }
    Ok(links)
}

/// The member that is worth least, if that is little and another search is allowed.
fn weakest(links: &[Link]) -> Option<usize> {
    if spawn::remaining() == 0 {
        return None;
    }
    let worth = |link: &Link| link.agent.worth.unwrap_or(f64::INFINITY);
    let (place, link) = links.iter().enumerate().min_by(|(_, a), (_, b)| worth(a).total_cmp(&worth(b)))?;
    (worth(link) < GOOD).then_some(place)
}

/// The team in which each hands on to the next.
fn document(links: &[Link]) -> String {
    let role = |place: usize| format!("step-{}", place + 1);
    let mut text = format!("# assay team 1\nanswer = \"{}\"\n", role(links.len() - 1));
    for (place, link) in links.iter().enumerate() {
        let takes = if place == 0 { "input".to_owned() } else { role(place - 1) };
        text += &format!(
            "\n[roles.{}]\nagent = \"{}\"\ntakes = [\"{takes}\"]\n",
            role(place),
            link.agent.component
        );
    }
    text
}

/// The best of the team and its variations.
fn varied(mut team: String, mut score: f64) -> String {
    let mut patience = PATIENCE;
    while patience > 0 && proposals::remaining() > 0 && evaluation::remaining() > 0 {
        let others = proposals::propose(&team, "", BATCH, 0.35).unwrap_or_default();
        let mut gained = false;
        for (other, found) in others.iter().zip(evaluation::score_all(&others)) {
            let Ok(found) = found else { continue };
            if found > score {
                (team, score, gained) = (other.clone(), found, true);
            }
        }
        patience = if gained { PATIENCE } else { patience - 1 };
    }
    team
}

/// A team by a model, with its score. It gets one chance to mend what is wrong with it.
fn advised(goal: &Goal, tasks: &[catalogue::Entry], known: Option<&str>) -> Option<(String, f64)> {
    let mut prompt = question(goal, tasks, known);
    for _ in 0..2 {
        if model::remaining() == 0 {
            return None;
        }
        let answer = model::ask(&prompt).ok()?;
        let team = fenced(&answer);
        match evaluation::score(&team) {
            Ok(score) => return Some((team, score)),
            Err(why) => {
                prompt +=
                    &format!("\n\nYour answer was refused: {why}\nAnswer with the whole document again.")
            }
        }
    }
    None
}

fn question(goal: &Goal, tasks: &[catalogue::Entry], known: Option<&str>) -> String {
    let mut text = format!(
        "Goal `{}`: {}\nIt is given `{}` and wants `{}`.\n\nAgents of the library, one a line, with what they take and give:\n",
        goal.name, goal.words, goal.takes, goal.gives
    );
    for agent in find("", "", "") {
        text += &format!("{} {} -> {} sha256 {}\n", agent.name, agent.takes, agent.gives, agent.component);
    }
    text += "\nTasks that agents could be made for:\n";
    for task in tasks {
        text += &format!("{}: {} -> {}\n", task.name, task.takes, task.gives);
    }
    if let Some(known) = known {
        text += &format!("\nA team that is known:\n```toml\n{known}```\n");
    }
    text + "\nAnswer with the document of a better team, in a fence, of this form: first line `# assay team 1`, then `answer = \"ROLE\"`, \
            then for each role `[roles.NAME]` with `agent = \"SHA256\"` and `takes = [\"input\" or names of roles]`."
}

/// What stands in the first fence, or the whole text.
fn fenced(answer: &str) -> String {
    let Some((_, rest)) = answer.split_once("```") else { return answer.trim().to_owned() + "\n" };
    let rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    rest.split("```").next().unwrap_or_default().to_owned()
}
