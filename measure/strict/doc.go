// Package strict reads configuration in YAML, and is the only reader of it in
// the house: of gateways, profiles, plants, laboratories, methods and centres.
//
// Strict means: an unknown key is a fault, with the key that was probably
// meant; so are a key given twice, a key without a value, an anchor, alias or
// YAML tag (the value is written out where it is used), a bare number where a
// unit belongs, and a value of the wrong kind. Reading goes on after each, and
// [Document.Err] returns all of them at once as [Problems]: file, line, column,
// what is wrong and what to do. What is valid and worth a second look is said
// by [Node.Note] and stands apart, in [Document.Notes].
//
//	d, root := strict.Open("plant.yaml", data)
//	f := root.Fields("plant", "every")
//	root.Need(f, "plant")
//	id, every := f["plant"].PlainName("plant"), f["every"].Duration()
//	return id, every, d.Err()
//
// It reads text and computes nothing.
package strict
