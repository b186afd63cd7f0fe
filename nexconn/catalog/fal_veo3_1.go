package catalog

var _ = add(veoQueue("fal-ai/veo3.1", "Veo 3.1 on the queue: clips of 4, 6 or 8 s up to 4k with sound unless told not to."))
