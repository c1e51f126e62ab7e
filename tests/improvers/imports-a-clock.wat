;; incident: a component that imports a clock, to tell the trial from use, or to be paid by the second
;; known: STOP: one of its tasks pays for elapsed seconds, and improvers found that
;; ends: rejected
;; says: wasi:clocks/monotonic-clock@0.2.0
(component
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance))
  (core module $m
    (memory (export "memory") 1)
    (func (export "improve") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $improve (param "program" string) (param "brief" string) (result (result string (error string)))
    (canon lift (core func $i "improve") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "improve" (func $improve)))
