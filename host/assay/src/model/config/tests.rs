use super::*;

fn read(text: &str) -> Result<Models, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("models.toml");
    std::fs::write(&path, text).unwrap();
    Models::read(&path)
}

fn with(lines: &str) -> Result<Model, ConfigError> {
    let text =
        format!("# models\n[models.fast]\nmodel = \"m\"\nendpoint = \"http://127.0.0.1:1/v1\"\n{lines}\n");
    read(&text).map(|models| models.get("fast").unwrap().clone())
}

fn at(endpoint: &str, key: &str) -> Result<Model, ConfigError> {
    let text = format!("[models.fast]\nmodel = \"m\"\nendpoint = \"{endpoint}\"\n{key}\n");
    read(&text).map(|models| models.get("fast").unwrap().clone())
}

#[test]
fn what_is_left_out_has_the_documented_defaults() {
    let model = with("").unwrap();
    let expected = Model {
        name: "fast".into(),
        endpoint: "http://127.0.0.1:1/v1".into(),
        id: "m".into(),
        key: KeySource::None,
        price_input: 0,
        price_output: 0,
        max_tokens: 2048,
        temperature: 0.7,
        timeout: Duration::from_secs(120),
        retries: 4,
        requests_per_minute: None,
    };
    assert_eq!(model, expected);
    assert_eq!(model.key.read().unwrap().map(|key| key.to_string()), None);
}

#[test]
fn every_setting_is_read() {
    let model = with(
        "key-env = \"A_KEY\"\nprice-input = 0.15\nprice-output = 3\nmax-tokens = 7\ntemperature = 0\n\
         timeout-seconds = 9\nretries = 0\nrequests-per-minute = 60",
    )
    .unwrap();
    assert_eq!(model.key, KeySource::Env("A_KEY".into()));
    assert_eq!((model.price_input, model.price_output), (150_000, 3_000_000));
    assert_eq!((model.max_tokens, model.temperature, model.retries), (7, 0.0, 0));
    assert_eq!((model.timeout, model.requests_per_minute), (Duration::from_secs(9), Some(60)));
    let request = model.named().request(Vec::new());
    assert_eq!((request.model.as_str(), request.max_tokens, request.seed), ("fast", 7, None));
}

#[test]
fn a_price_too_small_to_keep_is_not_dropped() {
    assert_eq!(with("price-input = 1e-9").unwrap().price_input, 1);
}

#[test]
fn a_key_file_is_looked_for_beside_the_models_file() {
    let KeySource::File(path) = with("key-file = \"a.key\"").unwrap().key else { panic!() };
    assert!(path.is_absolute() && path.ends_with("a.key"), "{}", path.display());
    let elsewhere = with("key-file = \"/etc/a.key\"").unwrap().key;
    assert_eq!(elsewhere, KeySource::File("/etc/a.key".into()));
}

#[test]
fn a_key_never_travels_in_the_clear() {
    let key = "key-env = \"A_KEY\"";
    for endpoint in
        ["https://example.com/v1", "http://localhost:8/v1/", "http://[::1]:8/v1", "http://127.9.9.9"]
    {
        let model = at(endpoint, key).unwrap();
        assert_eq!(model.endpoint, endpoint.trim_end_matches('/'));
    }
    for endpoint in ["http://example.com/v1", "http://10.0.0.1/v1", "http://localhost.example.com"] {
        let error = at(endpoint, key).unwrap_err().to_string();
        assert!(error.contains("in the clear"), "{error}");
        at(endpoint, "").unwrap();
    }
}

#[test]
fn an_endpoint_is_an_http_url_with_nothing_secret_in_it() {
    let refused = [
        ("ftp://example.com", "https:// or http://"),
        ("example.com/v1", "URL"),
        ("no url", "URL"),
        ("", "URL"),
        ("https://me:hunter22@example.com", "user or password"),
        ("https://example.com/v1?key=hunter22", "after `?`"),
        ("https://example.com/v1#hunter22", "after `?`"),
    ];
    for (endpoint, words) in refused {
        let error = at(endpoint, "").unwrap_err().to_string();
        assert!(error.contains("models.toml:1: models.fast: `endpoint`"), "{error}");
        assert!(error.contains(words) && !error.contains("hunter22"), "{error}");
    }
}

#[test]
fn values_out_of_range_are_refused_at_their_model() {
    let refused = [
        ("price-input = -1", "price-input"),
        ("price-output = nan", "price-output"),
        ("price-output = inf", "price-output"),
        ("max-tokens = 0", "max-tokens"),
        ("temperature = 2.5", "temperature"),
        ("timeout-seconds = 0", "timeout-seconds"),
        ("retries = 21", "retries"),
        ("requests-per-minute = 0", "requests-per-minute"),
        ("key-env = \"A\"\nkey-file = \"b\"", "key-env"),
        ("key-env = \"1A\"", "key-env"),
    ];
    for (line, key) in refused {
        let error = with(line).unwrap_err();
        assert!(matches!(error, ConfigError::Value { line: 2, key: at, .. } if at == key), "{error}");
    }
    let error = read("[models.\"a b\"]\nmodel = \"m\"\nendpoint = \"http://a\"").unwrap_err();
    assert!(matches!(error, ConfigError::Value { key: "name", .. }), "{error}");
    let error = read("[models.a]\nmodel = \"\"\nendpoint = \"http://a\"").unwrap_err();
    assert!(matches!(error, ConfigError::Value { key: "model", .. }), "{error}");
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    for line in [
        "key = \"gsk_hunter22\"",
        "key-env = \"gsk_hunter22\"",
        "retries = \"gsk, expected hunter22\" # hunter22",
        "key-env = 'gsk_hunter22",
    ] {
        let error = with(line).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter22"), "{error:?}");
    }
}

#[test]
fn unknown_keys_are_refused_with_their_line() {
    let error = with("prize-input = 1").unwrap_err();
    assert!(matches!(error, ConfigError::Syntax { line: 5, .. }), "{error}");
    assert!(
        error.to_string().contains("prize-input") && error.to_string().contains("price-input"),
        "{error}"
    );
    assert!(matches!(read("[model.a]"), Err(ConfigError::Syntax { .. })));
    assert!(matches!(read("[models.a]\nmodel = \"m\""), Err(ConfigError::Syntax { .. })));
}

#[test]
fn a_missing_file_and_a_missing_model_are_named() {
    let error = Models::read(Path::new("no/such.toml")).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }) && error.to_string().contains("no/such.toml"));
    let models = read(
        "[models.a]\nmodel = \"m\"\nendpoint = \"http://a\"\n[models.b]\nmodel = \"m\"\nendpoint = \"http://a\"",
    )
    .unwrap();
    let error = models.get("c").unwrap_err();
    assert!(matches!(error, ConfigError::Unknown { .. }));
    assert!(error.to_string().ends_with("it has `a`, `b`"), "{error}");
    assert_eq!(models.iter().count(), 2);
    let error = read("models = {}").unwrap().get("c").unwrap_err();
    assert!(error.to_string().ends_with("it has none"), "{error}");
}
