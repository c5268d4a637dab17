package lots

// Join brings laboratory files together, in the order in which they were
// entered: of a lot or a campaign that is given in several, the last word
// stands. Name, accreditation and digest are those of the last.
func Join(files []*Lab) *Lab {
	whole := &Lab{}
	for _, lab := range files {
		whole.Name, whole.Accreditation, whole.Digest = lab.Name, lab.Accreditation, lab.Digest
		whole.Lots = mergeByName(whole.Lots, lab.Lots, func(l Lot) string { return l.ID })
		whole.Controls = MergeControls(lab.Controls, whole.Controls)
		whole.Campaigns = mergeByName(whole.Campaigns, lab.Campaigns, func(c Campaign) string { return c.ID })
	}
	return whole
}

// mergeByName returns the newer entries and those of the older ones that they do
// not speak of.
func mergeByName[T any](older, newer []T, name func(T) string) []T {
	said := map[string]bool{}
	for _, x := range newer {
		said[name(x)] = true
	}
	var all []T
	for _, x := range older {
		if !said[name(x)] {
			all = append(all, x)
		}
	}
	return append(all, newer...)
}
