package nexconn

import (
	"cmp"
	"encoding/json"
)

// videosReply is what /v1/videos answers to a create and to a query, and to a
// remix: VideoCreateResponse, KlingV21CreateResponse, KlingV21StatusResponse,
// KlingV25TurboCreateResponse, KlingV25TurboStatusResponse,
// KlingV26CreateResponse, KlingV26VideoStatusResponse,
// KlingVideoO1CreateResponse and KlingVideoO1StatusResponse. All but id and
// status is optional somewhere. video.md 4.2, 5.8.
type videosReply struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	CreatedAt   moment  `json:"created_at"`
	UpdatedAt   moment  `json:"updated_at"`
	CompletedAt moment  `json:"completed_at"`
	ExpiresAt   moment  `json:"expires_at"`
	Progress    *amount `json:"progress"`
	Seconds     amount  `json:"seconds"`
	Size        string  `json:"size"`
	TaskResult  struct {
		Videos []struct {
			URL      string `json:"url"`
			Duration amount `json:"duration"`
		} `json:"videos"`
	} `json:"task_result"`
}

func videoAnswer(body []byte) (*Job, error) {
	var r videosReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	j := &Job{ID: r.ID, Status: statusOf(r.Status), CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time}
	if r.Progress != nil && !j.Status.Done() {
		p := min(max(float64(*r.Progress)/100, 0), 1)
		j.Progress = &p
	}
	done := r.CompletedAt.Time
	if done.IsZero() {
		done = r.UpdatedAt.Time
	}
	if j.Status == Succeeded {
		for _, v := range r.TaskResult.Videos {
			if v.URL == "" {
				continue
			}
			o := linked(v.URL, "", "video/mp4", r.ExpiresAt.Time, done)
			o.Seconds = float64(cmp.Or(v.Duration, r.Seconds))
			o.sized(r.Size)
			j.Outputs = append(j.Outputs, o)
		}
		if len(j.Outputs) == 0 {
			j.Warnings = append(j.Warnings, "The service says that the job is completed but names no result.")
		}
	}
	j.failed(readFault(body), "")
	return j.tally(), nil
}
