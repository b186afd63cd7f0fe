package catalog

import "maps"

// and is the list with more added; the bounds of more win.
func (t Takes) and(more ...Takes) Takes {
	all := maps.Clone(t)
	for _, m := range more {
		maps.Copy(all, m)
	}
	return all
}

// but is the list without some arguments.
func (t Takes) but(args ...string) Takes {
	all := maps.Clone(t)
	for _, arg := range args {
		delete(all, arg)
	}
	return all
}

// ops is several lists of operations as one; later ones win.
func ops(lists ...map[Op]Operation) map[Op]Operation {
	all := map[Op]Operation{}
	for _, l := range lists {
		maps.Copy(all, l)
	}
	return all
}

// at is one operation on a path.
func at(path, docs string, takes Takes) Operation {
	return Operation{Path: path, Docs: docs, Takes: takes}
}

// checked is the day the facts were last read.
const checked = "2026-11-22"

// Pages. Where the service's own page could be read it is named, else the page
// of the same API at Qiniu, else the table of contents.
const contents = "https://nexconn-ai-docs.apifox.cn/8626352m0"

func ownPage(id string) string   { return "https://nexconn-ai-docs.apifox.cn/" + id }
func qiniuPage(id string) string { return "https://apidocs.qnaigc.com/" + id }

// fields is the bound with bounds on the fields of an object.
func (b Bound) fields(t Takes) Bound { b.Fields = t; return b }
