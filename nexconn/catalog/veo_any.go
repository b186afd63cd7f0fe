package catalog

// Any other Veo: the ids are not stated by the service, so free ones pass
// (video.md 3.3). What differs by generation is told.
var _ = add(func() Model {
	m := veoModel("veo-", "Any other Veo id; passed on with what is known of the family.",
		veoTakes(Takes{
			"seconds":    Between(4, 8).Hearsay(),
			"audio":      Any(),
			"resolution": OneOf("720p", "1080p", "4k").Hearsay(),
		}), nil,
		veoAssets().Hearsay().Doubting("the documents name two Veo ids for references; sent all the same."))
	m.Pattern = true
	for i := range m.Rules {
		m.Rules[i].Told = true
	}
	return m
}())
