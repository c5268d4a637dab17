// Package claim counts what a claim rests on: the product of a plant, the
// methane that is destroyed, the emission of the stack, and the conditions a
// method asks for.
//
// In come rollups and lots, out come amounts. Only paired readings count, two
// usable ones that follow each other with nothing bad between them, and what
// is not read counts on the careful side: losing readings never helps a claim.
//
// Start reading at [CountProduct], then at [Burn], [StackOf] and [TallyConditions].
package claim
