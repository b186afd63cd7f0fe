package nexconn

import (
	"encoding/json"
	"time"
)

// seedanceReply is CreateVideoTaskResponse, which is an id alone, and
// GetVideoTaskResponse with its VideoTaskOutputContent and VideoTaskUsage (of
// which VideoTaskToolUsageItem counts searches, not read here). video.md 6.2.
type seedanceReply struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
	Duration  amount `json:"duration"`
	Content   struct {
		VideoURL     string `json:"video_url"`
		LastFrameURL string `json:"last_frame_url"`
	} `json:"content"`
	Usage struct {
		CompletionTokens amount `json:"completion_tokens"`
	} `json:"usage"`
}

func seedanceAnswer(body []byte) (*Job, error) {
	var r seedanceReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	j := &Job{ID: r.ID, Status: statusOf(r.Status), CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time}
	j.Usage.OutputTokens = int(r.Usage.CompletionTokens)
	if j.Status == Succeeded {
		if r.Content.VideoURL != "" {
			o := linked(r.Content.VideoURL, "", "video/mp4", time.Time{}, r.UpdatedAt.Time)
			o.Seconds = max(0, float64(r.Duration)) // -1 repeats that the model decided
			j.Outputs = append(j.Outputs, o)
		} else {
			j.Warnings = append(j.Warnings, "The service says that the job succeeded but names no result.")
		}
		if r.Content.LastFrameURL != "" {
			o := linked(r.Content.LastFrameURL, "", "image/png", time.Time{}, r.UpdatedAt.Time)
			o.Role = "last_frame"
			j.Outputs = append(j.Outputs, o)
		}
	}
	j.failed(readFault(body), "")
	return j.tally(), nil
}
