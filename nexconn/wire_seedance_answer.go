package nexconn

import "time"

// seedanceAnswer reads CreateVideoTaskResponse, which is an id alone, and
// GetVideoTaskResponse with its VideoTaskOutputContent and VideoTaskUsage (of
// which VideoTaskToolUsageItem counts searches, not read here). video.md 6.2.
func seedanceAnswer(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	j := a.read("id", "video/mp4")
	j.Usage.OutputTokens = a.find("usage").one().at("completion_tokens").count()
	j.noOutput("The service says that the job succeeded but names no result.")
	if last := a.find("content").one().at("last_frame_url").text(); last != "" && j.Status == Succeeded {
		o := linked(last, "", "image/png", time.Time{}, j.UpdatedAt)
		o.Role = "last_frame"
		j.Outputs = append(j.Outputs, o)
	}
	return j.tally(), nil
}
