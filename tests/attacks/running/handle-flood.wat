;; row: 37
;; attack: timers without end, none given back
;; grants: wasi
;; limits: handles = 100
;; key: handles
;; says: handles
;; verdict: out-of-calls
(component
  (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
    (alias outer 1 $pollable (type $pollable'))
    (export "pollable" (type $p (eq $pollable')))
    (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
  (core func $sleep (canon lower (func $clock "subscribe-duration")))
  (core instance $host (export "sleep" (func $sleep)))
  (core module $m
    (import "host" "sleep" (func $sleep (param i64) (result i32)))
    (func (export "p") (param i32 i32) (result f64)
      (loop $l (drop (call $sleep (i64.const 1))) (br $l))
      (unreachable)))
  (core instance $i (instantiate $m (with "host" (instance $host))))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))
