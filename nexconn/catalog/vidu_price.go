package catalog

// Vidu is billed by the second and by resolution; where none is said, by its
// default, 720p. 560p is another word for 540p. (prices.tsv)
var (
	viduSharpest = Is("resolution", "1080p")
	viduSmall    = Is("resolution", "540p", "560p", "360p")

	// viduCredits: what each second of a q2 after the first costs, and what is
	// added for sound and for a prompt that Vidu writes, in credits of 0.03125
	// yuan. (prices-vidu-q2.tsv, market.md 2)
	viduCredits = &Source{Certainty: ByTwo, Date: "2026-08-13",
		Name: "Vidu's list of credits (a copy of platform.vidu.com/docs/pricing) beside the first second in the list of api.modelink.ai"}
)

// viduSeconds is a price for each second at 540p, 720p and 1080p, in yuan.
func viduSeconds(small, middle, sharpest float64) []Rate {
	return sisterList.rates(cnySecond(sharpest, viduSharpest), cnySecond(small, viduSmall), cnySecond(middle))
}

// viduSteps is a price for the first second and for each further one, at 540p,
// 720p and 1080p, in yuan, of some operations.
func viduSteps(during Cond, first, further [3]float64) (rates []Rate) {
	for i, conds := range [][]Cond{{during, viduSmall}, {during, viduSharpest}, {during}} {
		at := []int{0, 2, 1}[i]
		rates = append(rates, sisterList.rates(per(PerFirstSecond, cny(first[at]), conds...))...)
		rates = append(rates, viduCredits.rates(per(PerFurtherSecond, cny(further[at]), conds...))...)
	}
	return rates
}

// viduAdded is what a q2 adds for sound made with pictures, 15 credits, and for
// is_rec, 10.
func viduAdded() []Rate {
	sound := []Cond{During(ImageToVideo, FirstLastFrame, Reference, Subject, VideoReference), Is("audio", true)}
	return viduCredits.rates(
		per(PerCall, cny(.78125), append(sound, Given("is_rec"))...),
		per(PerCall, cny(.46875), sound...), per(PerCall, cny(.3125), Given("is_rec")))
}

// viduWritten is what q3 adds for is_rec.
func viduWritten() []Rate { return viduCredits.rates(per(PerCall, cny(.3125), Given("is_rec"))) }
