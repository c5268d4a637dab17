// Package registry puts what a statement and the records of its lot say into
// the fields that registries ask for: an output report of Puro.earth
// ([Puro]), datapoints of Isometric ([Isometric]) and a verification report of
// the Global C-Sink ([CSink]). In comes an [Input], out comes a [Form] as JSON
// or as a table. Start at [Puro]; form.go has what all of them share.
//
// Nothing is invented. A field that is not known has no value and says where
// it is entered; a figure of an account is the statement's own, and only of a
// statement by the registry's own method. A form of a statement that nobody
// certified says so in its first lines.
package registry
