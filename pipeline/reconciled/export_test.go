package reconciled

var Number = number

func (n *Network) Named(expr string) []int { return n.named(expr) }

func (r *Reconciliation) Solve(n *Network, observations []Observation) { r.solve(n, observations) }
