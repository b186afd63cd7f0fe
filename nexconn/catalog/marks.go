package catalog

// What model files say of a model besides what it takes and costs. Days of
// retirement and successors are those of the sister brand's list (market.md 5);
// this service may keep other days, so they are marks and warnings.

// draft is a model that is being written down.
type draft struct{ Model }

// called is the model with other names for it.
func (d draft) called(aliases ...string) draft { d.Aliases = aliases; return d }

// retires is the model with the day it is reported to go, and what is named in
// its place.
func (d draft) retires(day, successor string) draft {
	d.RetiredOn, d.Successor = day, successor
	return d
}

// withdrawn is the model marked as gone, on a day that isn't known.
func (d draft) withdrawn() draft { d.Retired = true; return d }

// best is the model marked as one to try first.
func (d draft) best() draft { d.Recommended = true; return d }

// able is the model with further words it may be looked for by.
func (d draft) able(words ...string) draft {
	d.Capabilities = append(d.Capabilities, words...)
	return d
}

// from is the model with the page its facts were read on.
func (d draft) from(page string) draft { d.Docs = page; return d }

// within is the model with a rule of its own.
func (d draft) within(r Rule) draft { d.Rules = append([]Rule{r}, d.Rules...); return d }

// listed is the model whose id stands in the tool's description.
func (d draft) listed() draft { d.Listed = true; return d }

// sounding is the model with sound by default.
func (d draft) sounding() draft { d.Defaults["audio"] = true; return d }

// priced is the model with its price.
func (d draft) priced(lists ...[]Rate) draft { d.Price = price(lists...); return d }
