;; row: 25
;; attack: a module instantiated forty times
;; key: instances
;; verdict: out-of-memory
(component
  (core module $m (func (export "p") (param i32 i32) (result f64) (f64.const 0)) )
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result f64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy))
  (core module $n)
  {{40|(core instance (instantiate $n))}})
