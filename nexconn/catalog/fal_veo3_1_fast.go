package catalog

var _ = add(func() Model {
	return veoQueue("fal-ai/veo3.1/fast", "Veo 3.1 fast on the queue: cheaper and quicker than fal-ai/veo3.1.", veo31FastPrice(likeSister))
})
