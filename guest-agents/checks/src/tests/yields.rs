//! What is drawn follows the models that are named; stages join to whole jobs; better stages make better jobs; nothing traps.

use crate::stand_in::be_agent;
use crate::{Fault, Outcome};
use crate::{yield_circuits, yield_clean, yield_ingest, yield_lots, yield_lowest, yield_report};
use crate::{yield_circuits_seed, yield_clean_seed, yield_ingest_seed, yield_lots_seed, yield_lowest_seed};
use crate::{
    yield_guess_circuits, yield_guess_lots, yield_guess_lowest, yield_guess_size, yield_guess_wafer,
};
use crate::{yield_judge_finding, yield_judge_rows, yield_report_seed, yield_simulator};
use crate::{yield_size, yield_size_seed, yield_wafer, yield_wafer_seed};

type Agent = fn(String) -> Result<String, String>;

/// A question: its word, lots, wafers and model of its classes, who guesses, the seed's analysis and the reference's.
type Question = (&'static str, u32, u32, &'static str, [Agent; 3]);

const QUESTIONS: [Question; 5] = [
    ("lowest-yield", 3, 3, "poisson", [yield_guess_lowest::run, yield_lowest_seed::run, yield_lowest::run]),
    ("wafer-variation", 2, 3, "poisson", [yield_guess_wafer::run, yield_wafer_seed::run, yield_wafer::run]),
    (
        "circuit-contribution",
        2,
        3,
        "poisson",
        [yield_guess_circuits::run, yield_circuits_seed::run, yield_circuits::run],
    ),
    ("lot-history", 4, 3, "poisson", [yield_guess_lots::run, yield_lots_seed::run, yield_lots::run]),
    ("size-yield", 2, 6, "murphy", [yield_guess_size::run, yield_size_seed::run, yield_size::run]),
];

fn draw(seed: u64, stage: &str, question: &str, lots: u32, wafers: u32, model: &str) -> String {
    let parameters = format!(
        r#"{{"stage":"{stage}","question":"{question}","lots":{lots},"wafers":{wafers},"model":"{model}"}}"#
    );
    yield_simulator::draw(seed, parameters).unwrap()
}

/// The agents one after the other.
fn chain(agents: &[Agent], input: &str) -> Result<String, String> {
    agents.iter().try_fold(input.to_owned(), |text, agent| agent(text))
}

fn judge(agents: &[Agent], case: &str) -> Result<Outcome, Fault> {
    let agents = agents.to_vec();
    be_agent(move |input| chain(&agents, input));
    judged(case)
}

/// What an agent is worth that gives this answer, whatever it is asked.
fn judge_answer(answer: String, case: &str) -> Result<Outcome, Fault> {
    be_agent(move |_| Ok(answer.clone()));
    judged(case)
}

fn judged(case: &str) -> Result<Outcome, Fault> {
    let rows = ["yield die-table", "yield clean-dies"].iter().any(|head| case.starts_with(head));
    if rows {
        yield_judge_rows::evaluate(case.to_owned())
    } else {
        yield_judge_finding::evaluate(case.to_owned())
    }
}

/// The mean over 24 cases.
fn mean(agents: &[Agent], stage: &str, (question, lots, wafers, model, _): Question) -> f64 {
    let score = |seed| judge(agents, &draw(seed, stage, question, lots, wafers, model)).unwrap().score;
    (0..24).map(score).sum::<f64>() / 24.0
}

#[test]
fn one_seed_draws_one_case_and_strange_parameters_are_named() {
    for (question, lots, wafers, model, _) in QUESTIONS {
        for stage in ["ingest", "clean", "analyse", "report", "goal"] {
            let case = draw(7, stage, question, lots, wafers, model);
            assert_eq!(case, draw(7, stage, question, lots, wafers, model));
            assert_ne!(case, draw(8, stage, question, lots, wafers, model));
        }
    }
    for (parameters, why) in [
        ("[]", "JSON object"),
        (r#"{"stage":"clean"}"#, "`question` is missing"),
        (
            r#"{"stage":"sell","question":"any","lots":1,"wafers":1,"model":"murphy"}"#,
            "must be one of ingest",
        ),
        (r#"{"stage":"clean","question":"any","lots":0,"wafers":1,"model":"murphy"}"#, "from 1 to 20"),
        (
            r#"{"stage":"clean","question":"any","lots":1,"wafers":1,"model":"murphy","x":1}"#,
            "no parameter `x`",
        ),
    ] {
        let said = yield_simulator::draw(1, parameters.to_owned()).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn dies_are_good_as_often_as_the_model_says() {
    for (model, murphy) in [("poisson", false), ("murphy", true)] {
        let case = draw(3, "analyse", "size-yield", 20, 20, model);
        let (truth, table) = case.split_once("\ninput\n").unwrap();
        let figures = truth.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
        let figures: Vec<(&str, f64)> = figures.map(|line| (line[0], line[1].parse().unwrap())).collect();
        let density = figures[0].1;
        for (key, promised) in &figures[1..] {
            let size = key.strip_prefix("yield-at-").unwrap();
            let defects = density * size.parse::<f64>().unwrap() / 100.0;
            let formula =
                if murphy { ((1.0 - (-defects).exp()) / defects).powi(2) } else { (-defects).exp() };
            assert!((formula - promised).abs() < 1e-3, "{model} {key}: {formula} {promised}");
            let rows = table.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
            let rows: Vec<Vec<&str>> = rows.filter(|row| row[6] == size).collect();
            let good = rows.iter().filter(|row| !row[7..].contains(&"0")).count() as f64;
            let share = good / rows.len() as f64;
            assert!((share - promised).abs() < 0.03, "{model} {key}: {share} {promised}");
        }
    }
}

#[test]
fn every_reference_does_its_stage_and_every_seed_less() {
    let any = QUESTIONS[1];
    let (ingest, ingest_seed): (Agent, Agent) = (yield_ingest::run, yield_ingest_seed::run);
    assert_eq!(mean(&[ingest], "ingest", any), 1.0);
    assert!(mean(&[ingest_seed], "ingest", any) < 0.7);
    let (clean, clean_seed) =
        (mean(&[yield_clean::run], "clean", any), mean(&[yield_clean_seed::run], "clean", any));
    assert!(clean > 0.99 && clean_seed < 0.9, "clean: {clean} {clean_seed}");
    for question in QUESTIONS {
        let (name, .., [_, seed, reference]) = question;
        let (least, most) = (mean(&[seed], "analyse", question), mean(&[reference], "analyse", question));
        assert!(most > 0.8 && least < most - 0.05, "{name}: {least} {most}");
        let (short, whole) = (
            mean(&[yield_report_seed::run], "report", question),
            mean(&[yield_report::run], "report", question),
        );
        assert!(whole > 0.99 && short < whole - 0.02, "report of {name}: {short} {whole}");
    }
}

#[test]
fn guessing_is_worth_less_than_the_seeds_together_and_these_less_than_the_references() {
    for question in QUESTIONS {
        let (name, .., [guess, seed, reference]) = question;
        let seeds: [Agent; 4] = [yield_ingest_seed::run, yield_clean_seed::run, seed, yield_report_seed::run];
        let references: [Agent; 4] = [yield_ingest::run, yield_clean::run, reference, yield_report::run];
        let (guessed, least, most) = (
            mean(&[guess], "goal", question),
            mean(&seeds, "goal", question),
            mean(&references, "goal", question),
        );
        assert!(guessed + 0.02 < least && least + 0.1 < most, "{name}: {guessed} {least} {most}");
    }
}

#[test]
fn an_export_in_another_style_is_understood() {
    let export = include_str!("../../../../tasks/yield/example.csv");
    let answers = [
        ("lowest-yield", "Answer: SZ 450"),
        ("wafer-variation", "Answer: edge"),
        ("circuit-contribution", "Answer: ADC"),
        ("lot-history", "Answer: A7740"),
        ("size-yield", "Answer: defect-density"),
    ];
    for ((name, .., [_, _, reference]), (asked, answer)) in QUESTIONS.into_iter().zip(answers) {
        assert_eq!(name, asked);
        let said =
            chain(&[yield_ingest::run, yield_clean::run, reference, yield_report::run], export).unwrap();
        assert_eq!(said.lines().nth(1), Some(answer), "{said}");
    }
}

#[test]
fn what_is_no_export_is_refused_in_words_wherever_it_breaks() {
    let head = "lot,wafer,x,y,day,product,area,c1\n";
    for (export, why) in [
        ("", "no header line"),
        ("\u{feff}\r\n# nothing\n", "no header line"),
        ("a,b,c\n1,2,3\n", "no column `lot`"),
        ("lot,\"wafer,x\n", "quote that is not closed"),
        (head, "no column holds results"),
        (&format!("{head}L1,1,0,0,1,A,20.0,1\nL1,1,0\n"), "line 3: 3 fields"),
        (&format!("{head}L1,1,0,0,1,\"A,20.0,1\n"), "line 2: a quote is not closed"),
        (&format!("{head}L1,one,0,0,1,A,20.0,1\n"), "line 2: `wafer` can't be `one`"),
        (&format!("{head}L1,1,0,0,1,A,-3,1\n"), "line 2: `area` can't be `-3`"),
        (&format!("{head}L1,1,0,0,2024-13-01,A,1,1\n"), "line 2: `day` can't be"),
        (&format!("{head}L1,1,99999999999,0,1,A,1,1\n"), "line 2: `x` can't be"),
        (&format!("{head}L1,1,0,0,1,A,20.0,perhaps\n"), "no column holds results"),
    ] {
        let said = yield_ingest::run(export.to_owned()).unwrap_err();
        assert!(said.contains(why), "{export:?}: {said}");
    }
    // Whatever a stage is given instead of what it takes, it says so; one die is a table, too.
    let one = format!("{head}L1,1,0,0,1,A,20.0,1\n");
    let extremes = format!("{head}L1,1,-2147483648,2147483647,4294967295,A,0.1,0\n");
    for (name, .., [_, seed, reference]) in QUESTIONS {
        for analysis in [seed, reference] {
            for table in [one.as_str(), extremes.as_str()] {
                let finding = analysis(table.to_owned()).unwrap_or_else(|why| why);
                assert!(!finding.is_empty(), "{name}");
            }
            for table in [
                "",
                "x",
                head,
                "lot,wafer\n1,2\n",
                &format!("{head}L1,1\n"),
                &format!("{head}{}\n", "é,".repeat(7)),
            ] {
                assert!(!analysis(table.to_owned()).unwrap_or_else(|why| why).is_empty(), "{name}");
            }
        }
    }
    for stage in [yield_clean::run, yield_clean_seed::run, yield_report::run, yield_report_seed::run] {
        for text in ["", "x", "é", "finding\tx\n", "finding\tx\nkey\n", "finding\tx\nkey\tNaN\n"] {
            assert!(!stage(text.to_owned()).unwrap_err().is_empty());
        }
    }
}

#[test]
fn judges_tell_a_wrong_answer_from_none() {
    let finding = "yield finding lowest-yield\nA\t0.4000\t0.2000\nB\t0.9000\t0.2000\ninput\nx";
    let say = |case: &str, answer: &'static str| {
        let refuses: Agent = |_| Err("no".to_owned());
        if answer == "err" { judge(&[refuses], case) } else { judge_answer(answer.to_owned(), case) }
    };
    for (answer, score) in [
        ("finding\tlowest-yield\nA\t0.4\nB\t0.9\n", 1.0),
        ("finding\tlowest-yield\nB\t0.9\nA\t0.4\n", 0.75),
        ("finding\tlowest-yield\nA\t0.5\nB\t0.9\n", 0.875),
        ("finding\tlowest-yield\nA\t0.4\n", 0.75),
        ("finding\tlowest-yield\n", 0.0),
        ("finding\tlot-history\nA\t0.4\nB\t0.9\n", 0.0),
        ("err", 0.0),
    ] {
        let own = say(finding, answer).unwrap().score;
        assert!((own - score).abs() < 1e-9, "{answer}: {own}");
    }
    for answer in ["", "A\t1", "finding\tlowest-yield\nA\tNaN\n", "finding\tlowest-yield\nA\t1\nA\t1\n"] {
        assert!(matches!(say(finding, answer), Err(Fault::InvalidOutput(_))), "{answer}");
    }
    let report = finding.replace("finding", "report");
    let whole = "Question: lowest-yield\nAnswer: A\n1. A: 0.4\n2. B: 0.9\n\nA is lowest.\n";
    assert_eq!(say(&report, whole).unwrap().score, 1.0);
    for answer in [
        "",
        "Question: lowest-yield\nAnswer: B\n1. A: 0.4\n\nWords.\n",
        "Question: lowest-yield\nAnswer: A\n1. A: 0.4\n\n\n",
        "Question: lowest-yield\nAnswer: A\n2. A: 0.4\n\nWords.\n",
        "Question: lowest-yield\nAnswer: A\n1. A: 0.40000001\n\nWords.\n",
    ] {
        assert!(matches!(say(&report, answer), Err(Fault::InvalidOutput(_))), "{answer}");
    }
    let head = "lot,wafer,x,y,day,product,area,c1\n";
    let rows = "yield clean-dies any\nlot,wafer,x,y,day,product,area,c1\nL,1,0,0,1,A,2.0,1\nL,1,1,0,1,A,2.0,0\ninput\nx";
    assert_eq!(say(rows, "lot,wafer,x,y,day,product,area,c1\nL,1,1,0,1,A,2.0,0\n").unwrap().score, 0.5);
    assert_eq!(say(rows, "lot,wafer,x,y,day,product,area,c1\n").unwrap().score, 0.0);
    assert!(matches!(
        say(rows, "lot,wafer,x,y,day,product,area,c1\nL,1,1,0,1,A,,0\n"),
        Err(Fault::InvalidOutput(_))
    ));
    for case in ["", "yield finding x\nA\t1\t0\ninput\nx", &format!("yield clean-dies any\n{head}")] {
        assert!(matches!(say(case, "x"), Err(Fault::BadCase(_))), "{case}");
    }
}

/// The text with a few characters changed, lost, doubled or put in, or cut off: the same for the same seed.
fn damaged(text: &str, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound.max(1) as u64) as usize
    };
    let mut letters: Vec<char> = text.chars().collect();
    let strange = [',', ';', '\t', '"', '\n', '\r', '-', '9', '.', 'e', '\0', 'é', '\u{feff}', ' '];
    for _ in 0..1 + below(4) {
        let at = below(letters.len());
        match below(5) {
            0 if at < letters.len() => letters[at] = strange[below(strange.len())],
            1 if at < letters.len() => drop(letters.remove(at)),
            2 if below(8) == 0 => letters.truncate(at),
            3 if at < letters.len() => letters.insert(at, letters[at]),
            _ => letters.insert(at, strange[below(strange.len())]),
        }
    }
    letters.into_iter().collect()
}

#[test]
fn no_answer_breaks_a_judge() {
    for (question, lots, wafers, model, [_, _, analysis]) in QUESTIONS {
        let stages: [(&str, &[Agent]); 5] = [
            ("ingest", &[yield_ingest::run]),
            ("clean", &[yield_clean::run]),
            ("analyse", &[analysis]),
            ("report", &[yield_report::run]),
            ("goal", &[yield_ingest::run, yield_clean::run, analysis, yield_report::run]),
        ];
        for (stage, agents) in stages {
            let case = draw(5, stage, question, lots, wafers, model);
            let (_, input) = case.split_once("\ninput\n").unwrap();
            let right = chain(agents, input).unwrap();
            let best = judge_answer(right.clone(), &case).unwrap().score;
            let nonsense =
                ["", "\n", "\0", "NaN", "\u{feff}", "finding", "finding\t", "Question: ", "é,é", ",,,,,,,,"];
            for answer in nonsense {
                let said = judge_answer(answer.to_owned(), &case);
                // A finding on no question at all is one on another question.
                let nothing = match &said {
                    Ok(outcome) => outcome.score == 0.0,
                    Err(fault) => matches!(fault, Fault::InvalidOutput(_)),
                };
                assert!(nothing, "{question} {stage} {answer:?}: {said:?}");
            }
            let (first, rest) = right.split_once('\n').unwrap();
            let repeated = format!("{first}\n{}", rest.repeat(2));
            let numbers = ["NaN", "inf", "-inf", "1e999", "-0", "1e308", "99999999999999999999"];
            let swapped = numbers.map(|number| right.replace('0', number).replace('1', number));
            let huge = [right.repeat(2000), "9".repeat(1 << 20), "\n".repeat(1 << 20)];
            let damage = (0..60).map(|seed| damaged(&right, seed));
            let all = swapped.into_iter().chain(huge).chain([repeated, input.to_owned()]).chain(damage);
            for answer in all {
                let head: String = answer.chars().take(80).collect();
                match judge_answer(answer, &case) {
                    // Words for people may be damaged without loss, and a figure may get nearer by luck.
                    Ok(outcome) => {
                        assert!((0.0..=best + 0.05).contains(&outcome.score), "{question} {stage}: {head}");
                    }
                    Err(fault) => {
                        assert!(matches!(fault, Fault::InvalidOutput(_)), "{question} {stage}: {head}")
                    }
                }
            }
        }
    }
}

#[test]
fn exports_of_one_content_give_one_table() {
    let plain = "lot,wafer,x,y,day,product,area,c1,c2\nL1,1,0,-1,9,A-1,20.5,1,0\nL1,1,1,0,9,,,,1\n";
    let quoted: String = plain
        .lines()
        .map(|line| line.split(',').map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    let commented: String = plain
        .lines()
        .enumerate()
        .map(|(index, line)| {
            line.to_owned() + if index == 0 { ",Operator,Temp,Bin\n" } else { ",\"Meier, J.\",25.1,1\n" }
        })
        .collect();
    for export in [
        plain.to_owned(),
        plain.replace('\n', "\r\n"),
        format!("\u{feff}{plain}"),
        format!("# tester 7; night shift\n\n{plain}\n"),
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain.replace(',', "|"),
        plain.replace(',', " , "),
        plain.replace(',', ";").replace("20.5", "20,5"),
        plain.replace("c1,c2\n", "C1,C2\n").to_lowercase().replace("l1,", "L1,").replace("a-1", "A-1"),
        plain.replace("lot,wafer", "Lot ID,Wafer No.").replace("area", "Chip area [mm²]"),
        quoted,
        commented,
    ] {
        assert_eq!(yield_ingest::run(export.clone()).as_deref(), Ok(plain), "{export}");
        // The seed knows fewer separators, and says so.
        if let Ok(table) = yield_ingest_seed::run(export) {
            assert_eq!(table, plain);
        }
    }
}

#[test]
fn nothing_that_people_bring_breaks_a_stage() {
    let example = include_str!("../../../../tasks/yield/example.csv");
    let short: String = example.lines().take(60).map(|line| line.to_owned() + "\n").collect();
    let header = example.lines().next().unwrap();
    for export in
        ["", "\u{feff}", header, &header.replace(';', "\t"), "\r\n", "\"", ";;;;;;;;\n;;;;;;;;\n", "\0"]
    {
        for ingest in [yield_ingest::run, yield_ingest_seed::run] {
            assert!(!ingest(export.to_owned()).unwrap_err().is_empty(), "{export:?}");
        }
    }
    for (_, lots, wafers, model, [guess, seed, reference]) in QUESTIONS {
        let drawn = draw(2, "goal", "any", lots.min(2), wafers.min(2), model);
        let (_, drawn) = drawn.split_once("\ninput\n").unwrap();
        for text in [short.as_str(), drawn] {
            for number in 0..40 {
                // Each stage is given damaged input, too, not only the first.
                for (ingest, clean, analysis, report) in [
                    (
                        yield_ingest_seed::run as Agent,
                        yield_clean_seed::run as Agent,
                        seed,
                        yield_report_seed::run as Agent,
                    ),
                    (yield_ingest::run, yield_clean::run, reference, yield_report::run),
                ] {
                    let export = damaged(text, number);
                    assert!(guess(export.clone()).is_ok());
                    let mut passed_on = ingest(export);
                    for stage in [clean, analysis, report] {
                        let Ok(given) = passed_on else { break };
                        let _ = stage(damaged(&given, number));
                        passed_on = stage(given);
                    }
                    let told = passed_on.unwrap_or_else(|why| format!("err: {why}"));
                    assert!(told.starts_with("Question: ") || told.starts_with("err: "), "{told}");
                }
            }
        }
    }
}
