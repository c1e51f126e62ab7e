use std::cell::Cell;
use std::sync::Arc;

use super::*;

/// Seconds on tokio's clock since `start`.
fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

fn passing(after: Option<u64>) -> Result<(), Failed<&'static str>> {
    Err(Failed::Passing(Again { error: "passing", after: after.map(Duration::from_secs) }))
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_repeated_so_often_and_a_lasting_one_never() {
    let tries = Cell::new(0);
    let attempt = async || {
        tries.set(tries.get() + 1);
        passing(None)
    };
    assert_eq!(persist(&Gate::new(None), 4, "k", attempt).await, Err("passing"));
    assert_eq!(tries.get(), 5);
    let attempt = async || {
        tries.set(tries.get() + 1);
        Err::<(), _>(Failed::Lasting("lasting"))
    };
    assert_eq!(persist(&Gate::new(None), 4, "k", attempt).await, Err("lasting"));
    assert_eq!(tries.get(), 6);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_asks_for_is_waited_up_to_a_minute() {
    for (asked, waited) in [(0, 0.0), (7, 7.0), (86_400, 60.0), (u64::MAX, 60.0)] {
        let (start, first) = (Instant::now(), Cell::new(true));
        let attempt = async || if first.replace(false) { passing(Some(asked)) } else { Ok(()) };
        assert_eq!(persist(&Gate::new(None), 1, "k", attempt).await, Ok(()));
        assert!((since(start) - waited).abs() < 0.01, "{asked}: {}", since(start));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_quiet_is_left_alone_by_every_call() {
    let gate = Arc::new(Gate::new(None));
    let start = Instant::now();
    // No retry left: the other calls wait all the same.
    assert!(persist(&gate, 0, "a", async || passing(Some(20))).await.is_err());
    let others: Vec<_> = (0..3)
        .map(|n| {
            let gate = gate.clone();
            tokio::spawn(async move {
                let done = persist(&gate, 0, &n.to_string(), async || Ok::<_, Failed<()>>(())).await;
                (done, since(start))
            })
        })
        .collect();
    for other in others {
        let (done, at) = other.await.unwrap();
        assert_eq!(done, Ok(()));
        assert!((at - 20.0).abs() < 0.01, "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_turn_when_the_server_asks_for_quiet_waits_longer() {
    let gate = Arc::new(Gate::new(Some(60)));
    let start = Instant::now();
    gate.pass().await;
    let waiting = tokio::spawn({
        let gate = gate.clone();
        async move {
            gate.pass().await;
            since(start)
        }
    });
    sleep(Duration::from_millis(500)).await;
    gate.hold(Duration::from_secs(10));
    let at = waiting.await.unwrap();
    assert!((at - 10.5).abs() < 0.01, "{at}");
}

#[tokio::test(start_paused = true)]
async fn a_rate_spaces_calls_evenly_and_no_rate_lets_all_through() {
    for (rate, expected) in [(Some(30), [0.0, 2.0, 4.0, 6.0]), (None, [0.0; 4])] {
        let gate = Arc::new(Gate::new(rate));
        let start = Instant::now();
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move {
                    gate.pass().await;
                    since(start)
                })
            })
            .collect();
        for (call, expected) in calls.into_iter().zip(expected) {
            let at = call.await.unwrap();
            assert!((at - expected).abs() < 0.01, "{at} instead of {expected}");
        }
    }
}

#[test]
fn waits_double_are_spread_and_have_a_bound() {
    for repeated in 0..25 {
        let span = Duration::from_secs(1 << repeated.min(5)).min(MAX_SPAN);
        let waits: Vec<_> = (0..100).map(|n| backoff(&n.to_string(), repeated)).collect();
        assert!(waits.iter().all(|wait| *wait <= span));
        assert!(waits.iter().any(|wait| *wait < span / 10));
        assert!(waits.iter().any(|wait| *wait > span * 9 / 10));
    }
    assert_eq!(backoff("12/0", 3), backoff("12/0", 3));
}

#[test]
fn retry_after_is_seconds_or_a_date_measured_by_the_servers_own_clock() {
    let date = Some("Wed, 28 Feb 2024 23:59:30 GMT");
    let span = |value| retry_after(value, date).map(|span| span.as_secs());
    assert_eq!(span(" 7 "), Some(7));
    assert_eq!(span("Thu, 29 Feb 2024 00:00:30 GMT"), Some(60));
    assert_eq!(span("Fri, 01 Mar 2024 00:00:00 GMT"), Some(86_430));
    assert_eq!(span("Wed, 28 Feb 2024 23:59:00 GMT"), Some(0));
    assert_eq!(span("Wed, 01 Jan 2025 00:00:00 GMT"), Some(307 * 86_400 + 30));
    assert_eq!(retry_after("Thu, 29 Feb 2024 00:00:30 GMT", None), None);
    for garbage in [
        "",
        "-1",
        "1.5",
        "soon",
        "99999999999999999999",
        "Thu, 29 Feb 2024 00:00:30",
        "Thu, 29 Feb 2024 00:00:30 CET",
        "Thu, 29 Feb 2024 00:00:30 GMT x",
        "Thu, 99 Feb 2024 00:00:30 GMT",
        "Thu, 29 Feb 99999999999999999999 00:00:30 GMT",
        "Thu, +9 Feb 2024 00:00:30 GMT",
        "Thu, 29 Feb 2024 00:00:30:00 GMT",
        "Thu, 29 Foo 2024 00:00:30 GMT",
    ] {
        assert_eq!(span(garbage), None, "{garbage}");
    }
}
