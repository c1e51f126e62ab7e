;; row: 24
;; attack: a module that calls itself the evaluator, and traps
;; verdict: trapped
(component
  (core module $evaluator (func (export "p") (param i32 i32) (result f64) unreachable) )
  (core instance $i (instantiate $evaluator))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))
