package measure

import "strings"

// suggestions say what to write instead of codes that people use and UCUM
// does not have, or that mean two things.
var suggestions = map[string]string{
	"ton":    "may be metric, short or long: write t (1000 kg), [ston_av] (2000 lb) or [lton_av] (2240 lb)",
	"tons":   "may be metric, short or long: write t (1000 kg), [ston_av] (2000 lb) or [lton_av] (2240 lb)",
	"tonne":  "write t",
	"tonnes": "write t",
	"T":      "may be tonne or tesla: write t for 1000 kg",
	"TPH":    "may be metric or short tons an hour: write t/h or [ston_av]/h",
	"tph":    "may be metric or short tons an hour: write t/h or [ston_av]/h",
	"klb/hr": "write k[lb_av]/h (thousand pounds an hour)",
	"klb/h":  "write k[lb_av]/h (thousand pounds an hour)",
	"lb":     "write [lb_av]",
	"lbs":    "write [lb_av]",
	"lb/h":   "write [lb_av]/h",
	"lb/hr":  "write [lb_av]/h",
	"C":      "may be Celsius, coulomb or carbon: write Cel for a temperature",
	"°C":     "write Cel",
	"degC":   "write Cel",
	"ºC":     "write Cel",
	"F":      "write [degF] for a temperature",
	"°F":     "write [degF]",
	"degF":   "write [degF]",
	"°":      "write deg",
	"Nm3":    "would be newton times cubic metres: write m3{N} (0 Cel, 101 325 Pa, dry)",
	"Nm3/h":  "would be newton times cubic metres: write m3{N}/h (0 Cel, 101 325 Pa, dry)",
	"Nm³":    "write m3{N} (0 Cel, 101 325 Pa, dry)",
	"Nm³/h":  "write m3{N}/h (0 Cel, 101 325 Pa, dry)",
	"Nm":     "may be a newton metre, N.m, or a normal cubic metre, m3{N}",
	"klb":    "write k[lb_av]",
	"NL":     "write L{N} (0 Cel, 101 325 Pa, dry)",
	"NL/min": "write L{N}/min (0 Cel, 101 325 Pa, dry)",
	"Nl/min": "write L{N}/min (0 Cel, 101 325 Pa, dry)",
	"ln/min": "write L{N}/min (0 Cel, 101 325 Pa, dry)",
	"SLPM":   "names no reference state: write L{N}/min (0 Cel) or L{S15}/min (15 Cel)",
	"slpm":   "names no reference state: write L{N}/min (0 Cel) or L{S15}/min (15 Cel)",
	"sccm":   "names no reference state: write mL{N}/min (0 Cel) or mL{S15}/min (15 Cel)",
	"scfm":   "names no reference state: write [cft_i]{S60F}/min if 60 degrees Fahrenheit is meant",
	"Sm3":    "names no temperature: write m3{S15} (15 Cel, 101 325 Pa)",
	"Sm3/h":  "names no temperature: write m3{S15}/h (15 Cel, 101 325 Pa)",
	"ppm":    "write [ppm]",
	"ppb":    "write [ppb]",
	"pH":     "write [pH]",
	"psi":    "write [psi]; gauge pressure is [psi]{g}",
	"psig":   "write [psi]{g}",
	"psia":   "write [psi]",
	"barg":   "write bar{g}",
	"bara":   "write bar",
	"mbarg":  "write mbar{g}",
	"inHg":   "write [in_i'Hg]",
	"inH2O":  "write [in_i'H2O]",
	"mmH2O":  "write mm[H2O]",
	"mmHg":   "write mm[Hg]",
	"ft":     "write [ft_i]",
	"in":     "write [in_i]",
	"gal":    "may be US or imperial: write [gal_us]",
	"gpm":    "may be US or imperial gallons: write [gal_us]/min",
	"GPM":    "may be US or imperial gallons: write [gal_us]/min",
	"Btu":    "names no definition: write [Btu_IT]",
	"BTU":    "names no definition: write [Btu_IT]",
	"cal":    "names no definition: write cal_IT or cal_th",
	"kcal":   "names no definition: write kcal_IT or kcal_th",
	"rpm":    "write {rot}/min",
	"hp":     "write [HP], or kW",
	"kgs":    "write kg",
	"Kg":     "write kg",
	"KG":     "write kg",
	"KW":     "write kW",
	"Kw":     "write kW",
	"kw":     "write kW",
	"KWH":    "write kW.h",
	"kwh":    "write kW.h",
	"kVAr":   "write kvar",
	"kVAR":   "write kvar",
	"kva":    "write kVA",
	"hr":     "write h",
	"hour":   "write h",
	"sec":    "write s",
	"day":    "write d",
	"year":   "write a (365.25 d)",
	"y":      "write a for a year (365.25 d)",
	"yr":     "write a for a year (365.25 d)",
	"mo":     "has no fixed length: write d",
	"mth":    "has no fixed length: write d",
	"ha":     "write har",
	"vol%":   "write %",
	"wt%":    "write %",
	"mol%":   "write %",
	"%RH":    "write %{RH}",
}

// hint says more about a whole code that did not parse.
func hint(code string) string {
	switch {
	case strings.ContainsAny(code, "°º"):
		return "; for a temperature write Cel or [degF]"
	case strings.ContainsAny(code, "²³"):
		return "; write exponents as plain digits, as in m3"
	case strings.ContainsAny(code, "µμ"):
		return "; the prefix micro is u"
	case strings.ContainsAny(code, "·*×"):
		return "; a product is written with '.', as in kW.h"
	case strings.ContainsRune(code, '^'):
		return "; an exponent follows at once, as in m3"
	case strings.ContainsRune(code, ' '):
		return "; a unit has no spaces: kW.h, g/(m2.d)"
	}
	return ""
}

func wordHint(word string) string {
	if right := suggestions[word]; right != "" {
		return ": " + right
	}
	for code := range atoms {
		if strings.EqualFold(code, word) || strings.EqualFold("k"+code, word) && len(code) > 1 {
			return "; case matters"
		}
	}
	return "; see the list of units in the documentation"
}
