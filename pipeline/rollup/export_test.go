package rollup

type Standstills = standstills

var (
	Flag    = flag
	TicksOf = ticksOf
	Within  = within
)
