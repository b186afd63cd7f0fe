package catalog

var _ = add(func() Model {
	return veoQueue("fal-ai/veo3.1", "Veo 3.1 on the queue: videos of 4, 6 or 8 s up to 4k with sound by default.", veo31Price(likeSister))
})
