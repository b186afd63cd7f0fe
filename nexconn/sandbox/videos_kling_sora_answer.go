package sandbox

import (
	"strconv"
	"time"
)

type video struct {
	ID          string      `json:"id"`
	Object      string      `json:"object"`
	Model       string      `json:"model"`
	Mode        string      `json:"mode,omitempty"`
	Status      string      `json:"status"`
	Progress    *int        `json:"progress,omitempty"`
	CreatedAt   int64       `json:"created_at"`
	UpdatedAt   int64       `json:"updated_at"`
	CompletedAt *int64      `json:"completed_at,omitempty"`
	ExpiresAt   int64       `json:"expires_at,omitempty"`
	Seconds     string      `json:"seconds"`
	Size        string      `json:"size"`
	RemixOf     string      `json:"remixed_from_video_id,omitempty"`
	TaskResult  *taskResult `json:"task_result,omitempty"`
	Error       *taskError  `json:"error,omitempty"`
}

type taskResult struct {
	Videos []resultVideo `json:"videos"`
}

type resultVideo struct {
	ID       string `json:"id"`
	URL      string `json:"url"`
	Duration string `json:"duration"`
}

type taskError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// videoAnswer is KlingV21CreateResponse and its kin, or with query their status
// responses.
func (s *Server) videoAnswer(j job, query bool) video {
	v := video{
		ID: j.ID, Object: "video", Model: j.Model, Mode: j.Mode, CreatedAt: j.Made.Unix(), UpdatedAt: j.updated().Unix(),
		Seconds: strconv.Itoa(j.Seconds), Size: j.Size, RemixOf: j.RemixOf,
	}
	words := []string{"initializing", "queued", "in_progress", "in_progress", "in_progress", "downloading", "uploading"}
	if isSora(j.Model) {
		words = []string{"queued", "in_progress", "in_progress", "in_progress"}
	}
	if !query {
		v.Status = words[0]
		return v
	}
	v.Status = j.stage(words...)
	var done int64
	if j.over() {
		done = j.ends().Unix()
	}
	v.CompletedAt = &done
	if shapedLikeV26(j.Model) {
		p := int(j.progress() * 100)
		v.Object, v.Progress = "video.generation", &p
		if j.succeeded() {
			v.ExpiresAt = j.ends().Add(j.Keeps).Unix()
		}
	}
	switch {
	case j.failed():
		v.Status, v.Error = "failed", videoError(j)
	case j.over():
		v.Status = "completed"
		v.TaskResult = &taskResult{Videos: []resultVideo{{ID: j.ID + "-1", URL: s.link(j, "1.mp4"), Duration: strconv.Itoa(j.Seconds)}}}
	}
	return v
}

func videoError(j job) *taskError {
	switch {
	case j.Fate == failContent && isSora(j.Model):
		return &taskError{"moderation_blocked", "your request was blocked by our moderation system"}
	case j.Fate == failContent:
		return &taskError{"generation_failed", "the content does not comply with the rules"}
	}
	return &taskError{"generation_failed", "the provider ran out of time after " + j.Takes.Round(time.Second).String()}
}
