package report

// What the tests look at from outside.
var (
	PageStyle = pageStyle
	Tonnes    = tonnes
)
