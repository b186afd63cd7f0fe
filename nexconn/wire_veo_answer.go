package nexconn

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// veoReply is CreateVideoGenerationResponse, which is an id alone, and
// VideoGenerationJobInfo with its VideoGenerationData and VideoResult. Its
// words are capitalised, its times ISO 8601. video.md 3.2.
type veoReply struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Message   string `json:"message"`
	CreatedAt moment `json:"created_at"`
	UpdatedAt moment `json:"updated_at"`
	Data      struct {
		Videos []struct {
			URL      string `json:"url"`
			MIMEType string `json:"mimeType"`
		} `json:"videos"`
		FilteredCount   int      `json:"raiMediaFilteredCount"`
		FilteredReasons []string `json:"raiMediaFilteredReasons"`
	} `json:"data"`
}

func veoAnswer(body []byte) (*Job, error) {
	var r veoReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	j := &Job{ID: r.ID, Status: statusOf(r.Status), CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time}
	if j.Status == Succeeded {
		for _, v := range r.Data.Videos {
			if v.URL != "" {
				j.Outputs = append(j.Outputs, linked(v.URL, v.MIMEType, "video/mp4", time.Time{}, r.UpdatedAt.Time))
			}
		}
		r.filter(j)
	}
	j.failed(readFault(body), r.Message)
	return j, nil
}

// filter reads what the safety filter withheld: all of it is a failure.
func (r veoReply) filter(j *Job) {
	reasons := strings.Join(r.Data.FilteredReasons, "; ")
	if reasons != "" {
		reasons = ": " + reasons
	}
	switch {
	case len(j.Outputs) == 0:
		j.Status = Failed
		j.Failure = &Failure{Code: ContentRejected, Message: "every clip was withheld by the safety filter" + reasons}
	case r.Data.FilteredCount > 0:
		j.Warnings = append(j.Warnings, fmt.Sprintf("The safety filter withheld %d of the clips%s.", r.Data.FilteredCount, reasons))
	}
}
