package reconciled

import "github.com/nielu/nielu/pipeline/balance/reconcile"

func (n *Network) QuantitiesIn(expr reconcile.Expr) []int { return n.quantitiesIn(expr) }

func (r *Reconciliation) Solve(n *Network, observations []Observation) { r.solve(n, observations) }
