;; row: 20
;; attack: a type that doubles forty times
;; verdict: rejected
(component
  (type $t0 (tuple u8 u8))
  {{40|(type $t1% (tuple 0))}}
)
