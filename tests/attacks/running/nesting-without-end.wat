;; row: 45
;; attack: an agent that may ask for evaluations asks for one of itself, which asks for one of itself …
;; asks: assay:host/evaluation@0.1.0
;; limits: depth = 3
;; key: depth
;; says: out-of-calls
;; verdict: scored
(component
  (import "assay:host/evaluation@0.1.0" (instance $evaluation
    (export "score" (func (param "request" string) (result (result string (error string)))))))
  (core module $libc
    (memory (export "memory") 2)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.and (i32.add (i32.add (local.get $at) (local.get 3)) (i32.const 7)) (i32.const -8)))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
  (core func $ask (canon lower (func $evaluation "score")
    (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (core instance $host (export "ask" (func $ask)))
  (core module $candidate
    (import "libc" "memory" (memory 1))
    (import "host" "ask" (func $ask (param i32 i32 i32)))
    ;; Scores 0; the answer, whatever it says, goes into the notes.
    (func (export "evaluate") (param $case i32) (param $length i32) (result i32)
      (call $ask (local.get $case) (local.get $length) (i32.const 4096))
      (i64.store (i32.const 1048) (i64.load (i32.const 4100)))
      (i32.const 1024)))
  (core instance $main (instantiate $candidate (with "libc" (instance $libc)) (with "host" (instance $host))))
  (type $metric (record (field "name" string) (field "value" f64)))
  (type $outcome (record (field "score" f64) (field "metrics" (list $metric)) (field "notes" string)))
  (type $fault (variant (case "invalid-output" string) (case "bad-case" string)))
  (func $evaluate (param "case" string) (result (result $outcome (error $fault)))
    (canon lift (core func $main "evaluate") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
  (component $judge
    (type $metric' (record (field "name" string) (field "value" f64)))
    (import "metric" (type $metric (eq $metric')))
    (type $outcome' (record (field "score" f64) (field "metrics" (list $metric)) (field "notes" string)))
    (import "outcome" (type $outcome (eq $outcome')))
    (type $fault' (variant (case "invalid-output" string) (case "bad-case" string)))
    (import "fault" (type $fault (eq $fault')))
    (import "evaluate" (func $evaluate (param "case" string) (result (result $outcome (error $fault)))))
    (export $metric-e "metric" (type $metric'))
    (type $outcome2 (record (field "score" f64) (field "metrics" (list $metric-e)) (field "notes" string)))
    (export $outcome-e "outcome" (type $outcome2))
    (export $fault-e "fault" (type $fault'))
    (export "evaluate" (func $evaluate)
      (func (param "case" string) (result (result $outcome-e (error $fault-e))))))
  (instance $judged (instantiate $judge (with "metric" (type $metric)) (with "outcome" (type $outcome))
    (with "fault" (type $fault)) (with "evaluate" (func $evaluate))))
  (export "assay:host/judge@0.1.0" (instance $judged)))
