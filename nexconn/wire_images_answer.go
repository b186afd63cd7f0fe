package nexconn

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// klingImageAnswer reads KlingImageTaskResponse, which is a task_id alone, and
// KlingImageTaskStatusResponse. Its word of success is "succeed" where it was
// seen, "completed" or "succeeded" in a copy. vidu-images-files.md 4.4.
func klingImageAnswer(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	a.job = byIndex(a.job)
	j := a.read("task_id", "image/png")
	j.noOutput("The service says that the pictures are done but names none.")
	return j.tally(), nil
}

// byIndex puts the pictures of data in the order of their index; where one has
// none, they stay as they came.
func byIndex(n node) node {
	list, ok := n.at("data").v.([]any)
	if !ok {
		return n
	}
	index := func(v any) (float64, bool) { return node{v}.at("index").number() }
	if slices.ContainsFunc(list, func(v any) bool {
		_, ok := index(v)
		return !ok
	}) {
		return n
	}
	slices.SortStableFunc(list, func(v, w any) int {
		a, _ := index(v)
		b, _ := index(w)
		return cmp.Compare(a, b)
	})
	return n
}

// geminiAnswer reads ImageGenerationResponse: bytes by the documents, a link or
// a chat's form from relays. vidu-images-files.md 6.3.
func geminiAnswer(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	usual := "image/" + strings.ToLower(cmp.Or(a.find("output_format").text(), "png"))
	j := &Job{Status: Succeeded, CreatedAt: a.find("created").time(), Warnings: a.warnings}
	j.UpdatedAt = j.CreatedAt
	usage := a.find("usage").one()
	j.Usage = Usage{
		InputTokens: usage.at("input_tokens", "prompt_tokens").count(), OutputTokens: usage.at("output_tokens", "completion_tokens").count(),
		ReasoningTokens: usage.at("output_tokens_details", "completion_tokens_details").at("reasoning_tokens").count(),
	}
	media := a.outputs(j, usual)
	switch {
	case len(j.Outputs) > 0, media.unreachable:
	case len(a.warnings) > 0:
		return nil, errCut
	case media.broken > 0:
		return nil, errors.New("the answer's pictures can't be read")
	default:
		return nil, a.noPicture()
	}
	return j.tally(), nil
}

// noPicture says why an answer holds no picture, as far as it tells: in an
// error's words, by the reason that the turn ended, or in the model's own text.
func (a jobAnswer) noPicture() *Error {
	f := a.failure()
	choice := append(a.root.at("candidates").items(), a.root.at("choices").items()...)
	return noPictureFor(f, choice)
}

func noPictureFor(f fault, choices []node) *Error {
	for _, c := range choices {
		f.upstreamCode = cmp.Or(f.upstreamCode, clip(c.at("finish_reason").text(), maxCode))
		for _, part := range c.at("content", "message").at("parts", "content").items() {
			f.message = cmp.Or(f.message, clip(cmp.Or(part.at("text").text(), part.text()), maxWords))
		}
		f.message = cmp.Or(f.message, clip(c.at("finish_message").text(), maxWords))
	}
	e := &Error{Code: UpstreamError, UpstreamCode: f.upstreamCode, Message: "the answer holds no picture"}
	if f.message != "" {
		e.Message = "the answer holds no picture: " + f.words(200)
	} else if f.upstreamCode != "" {
		e.Message = "the answer holds no picture: " + f.upstreamCode
	}
	if f.aboutContent() || endedForSafety(f.upstreamCode) || endedForSafety(f.message) {
		e.Code = ContentRejected
	}
	return e
}

// endedForSafety knows the reasons for which Gemini ends a turn on what was
// asked or made, and their like.
func endedForSafety(reason string) bool {
	reason = strings.ToUpper(reason)
	return slices.ContainsFunc([]string{"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "RECITATION", "SPII", "CONTENT_FILTER"},
		func(word string) bool { return strings.Contains(reason, word) })
}
