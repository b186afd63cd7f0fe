package catalog

import "strings"

// marketUnits are the list's words for what is billed by the token or the
// request (market.md 1.5). "" is a word that is known and doesn't matter here:
// batches, the cheaper hours, caches with a contract of their own, spoken
// answers. Thinking and not thinking are two rates of one unit.
var marketUnits = map[string]Unit{
	"input": PerInputToken, "ncache": PerInputToken, "t_input": PerInputToken, "i_input": PerInputToken, "a_input": PerAudioToken,
	"cache": PerCachedToken, "c_cache": PerWrittenToken, "c_1h_cache": PerHourToken, "ex_cache": "",
	"output": PerOutputToken, "t_output": PerOutputToken, "th_output": PerOutputToken, "nth_output": PerOutputToken,
	"i_output": PerPictureToken, "a_output": "",
	"th_input": PerInputToken, "nth_input": PerInputToken,
	"web_search_req": PerSearch,
}

// marketPictures are its words for pictures.
var marketPictures = map[string][]Cond{
	"ti_quantity": {During(TextToImage)}, "ii_quantity": {During(ImageToImage)}, "mi2i_quantity": {During(MultiImage)}, "omi_quantity": nil,
}

// marketRate is the rate that a word of the list stands for, without its price.
// use is false for one that says nothing of a single call; known is false for a
// word that this program doesn't know.
func marketRate(key string, m Model) (r Rate, use, known bool) {
	key = strings.ToLower(key)
	key, peak := strings.CutSuffix(key, "_peak")
	if _, cheap := strings.CutSuffix(key, "_offpeak"); cheap && !peak || strings.HasPrefix(key, "bi_") {
		return r, false, true
	}
	if unit, ok := marketUnits[key]; ok {
		return Rate{Unit: unit}, unit != "", true
	}
	if conds, ok := marketPictures[key]; ok {
		return Rate{Unit: PerImage, When: conds}, true, true
	}
	for _, form := range []struct {
		suffix string
		unit   Unit
	}{{"_duration", PerSecond}, {"v_output", PerOutputToken}} {
		if words, ok := strings.CutSuffix(key, form.suffix); ok {
			conds, ok := marketConds(strings.Split(strings.Trim(words, "_"), "_"), m)
			return Rate{Unit: form.unit, When: conds}, ok, ok
		}
	}
	return r, false, false
}

// marketConds are the conditions that the parts of a word stand for.
func marketConds(parts []string, m Model) (conds []Cond, ok bool) {
	for _, part := range parts {
		switch part {
		case "", "v", "norefv", "novoice", "woiv": // what isn't asked for otherwise
		case "av":
			conds = append(conds, Is("audio", true))
		case "std", "pro":
			conds = append(conds, Is("mode", part))
		case "4k":
			if m.Wire == KlingVideo || m.Wire == KlingOmni {
				conds = append(conds, Is("mode", part))
			} else {
				conds = append(conds, Is("resolution", part))
			}
		case "540p":
			conds = append(conds, viduSmall)
		case "720p":
			if m.Wire != Vidu { // its default, and the price of what isn't named
				conds = append(conds, Is("resolution", part))
			}
		case "480p", "1080p":
			conds = append(conds, Is("resolution", part))
		case "refv", "wiv":
			conds = append(conds, Some("source_video", "reference_videos"))
		case "voice":
			conds = append(conds, Given("voice"))
		case "mc":
			conds = append(conds, During(MotionControl))
		case "t2v":
			conds = append(conds, During(TextToVideo))
		case "i2v":
			conds = append(conds, During(ImageToVideo, FirstLastFrame))
		case "r2v":
			conds = append(conds, During(Reference, Subject, VideoReference))
		default:
			return nil, false
		}
	}
	return conds, true
}
