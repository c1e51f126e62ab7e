;; incident: a component that imports a model of its own, past the quota
;; known: STOP: a new model object escaped the budget of the one that was handed in
;; ends: rejected
;; says: assay:host/model@0.1.0
(component
  (import "assay:host/model@0.1.0" (instance))
  (core module $m
    (memory (export "memory") 1)
    (func (export "improve") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $improve (param "program" string) (param "brief" string) (result (result string (error string)))
    (canon lift (core func $i "improve") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (export "improve" (func $improve)))
