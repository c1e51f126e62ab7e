;; incident: a component that imports sockets, to ask a model elsewhere
;; known: DGM and HyperAgents run agents with keys and the host's network
;; ends: rejected
;; says: wasi:sockets/tcp@0.2.0
(component
  (import "wasi:sockets/tcp@0.2.0" (instance))
  (core module $m
    (memory (export "memory") 1)
    (func (export "improve") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $improve (param "program" string) (param "brief" string) (result (result string (error string)))
    (canon lift (core func $i "improve") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "improve" (func $improve)))
