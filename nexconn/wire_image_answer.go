package nexconn

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// klingImageReply is KlingImageTaskResponse, which is a task_id alone, and
// KlingImageTaskStatusResponse. Its word of success is "succeed" where it was
// seen, "completed" or "succeeded" in a copy. vidu-images-files.md 4.4.
type klingImageReply struct {
	TaskID  string `json:"task_id"`
	Created moment `json:"created"`
	// Status is a word, or false in the images' own error shape.
	Status        json.RawMessage    `json:"status"`
	StatusMessage string             `json:"status_message"`
	Data          []klingImageOutput `json:"data"`
}

type klingImageOutput struct {
	Index *amount `json:"index"`
	URL   string  `json:"url"`
}

func klingImageAnswer(body []byte) (*Job, error) {
	var r klingImageReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	var word string
	_ = json.Unmarshal(r.Status, &word) // not a text: no word
	j := &Job{ID: r.TaskID, Status: statusOf(word), CreatedAt: r.Created.Time}
	if j.Status == Succeeded {
		for _, d := range inOrder(r.Data) {
			if d.URL != "" {
				j.Outputs = append(j.Outputs, linked(d.URL, "", "image/png", time.Time{}, time.Time{}))
			}
		}
		if len(j.Outputs) == 0 {
			j.Warnings = append(j.Warnings, "The service says that the pictures are done but names none.")
		}
	}
	j.failed(readFault(body), r.StatusMessage)
	return j.tally(), nil
}

// inOrder is pictures by their index; where one has none, as they came.
func inOrder(list []klingImageOutput) []klingImageOutput {
	if slices.ContainsFunc(list, func(o klingImageOutput) bool { return o.Index == nil }) {
		return list
	}
	slices.SortStableFunc(list, func(a, b klingImageOutput) int { return cmp.Compare(*a.Index, *b.Index) })
	return list
}

// geminiReply is ImageGenerationResponse: bytes, never a link.
// vidu-images-files.md 6.3.
type geminiReply struct {
	Created moment `json:"created"`
	Data    []struct {
		B64JSON string `json:"b64_json"`
	} `json:"data"`
	OutputFormat string `json:"output_format"`
	Size         string `json:"size"`
	Usage        struct {
		InputTokens   int `json:"input_tokens"`
		OutputTokens  int `json:"output_tokens"`
		OutputDetails struct {
			ReasoningTokens int `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	} `json:"usage"`
}

func geminiAnswer(body []byte) (*Job, error) {
	var r geminiReply
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	j := &Job{
		Status: Succeeded, CreatedAt: r.Created.Time, UpdatedAt: r.Created.Time,
		Usage: Usage{InputTokens: r.Usage.InputTokens, OutputTokens: r.Usage.OutputTokens, ReasoningTokens: r.Usage.OutputDetails.ReasoningTokens},
	}
	for i, d := range r.Data {
		text := d.B64JSON
		if head, data, ok := strings.Cut(text, ","); ok && strings.HasPrefix(head, "data:") {
			text = data
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(data) == 0 {
			return nil, fmt.Errorf("picture %d of the answer is not base64", i)
		}
		o := Output{Data: data, MIME: "image/" + strings.ToLower(cmp.Or(r.OutputFormat, "png"))}
		o.sized(r.Size)
		j.Outputs = append(j.Outputs, o)
	}
	if len(j.Outputs) == 0 {
		return nil, fmt.Errorf("the answer holds no picture")
	}
	return j.tally(), nil
}
