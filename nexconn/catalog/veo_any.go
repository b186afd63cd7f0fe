package catalog

// Any other Veo: the ids are not stated by the service, so free ones pass
// (video.md 3.3). What differs by generation is unverified.
var _ = add(func() Model {
	d := veoModel("veo-", "Any other Veo id; passed on with what is known of the family.",
		veoTakes(Takes{
			"seconds":    Between(4, 8).Unverified(),
			"audio":      Any(),
			"resolution": OneOf("720p", "1080p", "4k").Unverified(),
		}), nil,
		veoAssets().Unverified().WithWarning("the documents name two Veo ids for references; sent anyway."))
	m := d.Model
	m.Pattern = true
	for i := range m.Rules {
		m.Rules[i].Unverified = true
	}
	return m
})
