;; row: 21
;; attack: an import under the evaluator's name
;; says: assay:host/judge
;; verdict: rejected
(component
  (import "assay:host/judge@0.1.0" (instance))
  (core module $m (func (export "p") (param i32 i32) (result f64) (f64.const 0)) )
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))
