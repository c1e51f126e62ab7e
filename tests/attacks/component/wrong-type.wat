;; row: 21
;; attack: the right name with another type
;; verdict: rejected
(component
  (core module $m (func (export "p") (param i32 i32) (result i64) (i64.const 0)) )
  (core instance $i (instantiate $m))
  (func $p (param "item" u32) (param "remaining" u32) (result u64) (canon lift (core func $i "p")))
  (instance $policy (export "priority" (func $p)))
  (export "assay:numbers/policy@0.1.0" (instance $policy)))
