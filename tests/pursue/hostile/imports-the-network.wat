;; tries: reaching another machine
;; leads: orchestrator
;; ends: 2
;; says: wasi:sockets/tcp@0.2.0
(component
  (import "wasi:sockets/tcp@0.2.0" (instance))
  (core module $m
    (memory (export "memory") 1)
    (func (export "pursue") (param i32 i32) (result i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $pursue (param "goal" string) (result (result string (error string)))
    (canon lift (core func $i "pursue") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "pursue" (func $pursue)))
