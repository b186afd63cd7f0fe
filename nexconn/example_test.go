package nexconn_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// started is a client of the sandbox. Against the service itself it is
//
//	client := &nexconn.Client{Key: nexconn.Secret(os.Getenv("NEXCONN_API_KEY"))}
func started() (client *nexconn.Client, stop func()) {
	s, err := sandbox.Start(context.Background(), "127.0.0.1:0", sandbox.Options{TimeScale: 0.1})
	if err != nil {
		log.Fatal(err)
	}
	client = &nexconn.Client{BaseURL: s.URL, Key: "sk-any",
		Poll: func(*nexconn.Job, int) time.Duration { return 20 * time.Millisecond }}
	return client, func() { s.Close() }
}

func ExampleClient_Chat() {
	client, stop := started()
	defer stop()
	answer, err := client.Chat(context.Background(), nexconn.ChatRequest{Model: "claude-4.5-sonnet", Prompt: "Why is the sea salty?", Reasoning: "low"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.FinishReason, answer.Text != "", answer.Reasoning != "", answer.Warnings)
	// Output: stop true true []
}

// The text can be shown while it comes.
func ExampleClient_ChatStream() {
	client, stop := started()
	defer stop()
	pieces, heard := 0, ""
	answer, err := client.ChatStream(context.Background(), nexconn.ChatRequest{Model: "deepseek-v3", Prompt: "Count. [[words:30]]"}, func(d nexconn.Delta) {
		pieces++
		heard += d.Text
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pieces > 1, heard == answer.Text)
	// Output: true true
}

func ExampleClient_Image() {
	client, stop := started()
	defer stop()
	ctx := context.Background()
	job, err := client.Image(ctx, nexconn.ImageRequest{Model: "kling-v2-1", Prompt: "A lighthouse in fog", AspectRatio: "16:9", Count: 2})
	if err != nil {
		log.Fatal(err)
	}
	if job, err = client.Wait(ctx, job.TaskID(), nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(job.Status, len(job.Outputs), job.Outputs[0].MIMEType)
	// Output: succeeded 2 image/png
}

func ExampleClient_Wait() {
	client, stop := started()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	job, err := client.Video(ctx, nexconn.VideoRequest{
		Model: "kling-v3", Prompt: "The boat drifts off", FirstFrame: nexconn.Link("https://example.com/boat.png"), Seconds: new(5),
	})
	if err != nil {
		log.Fatal(err)
	}
	// The id works in any process, on any machine, until the service forgets it.
	job, err = client.Wait(ctx, job.TaskID(), func(j *nexconn.Job) {})
	if err != nil {
		log.Fatal(err)
	}
	if job.Failure != nil {
		log.Fatal(job.Failure.Message)
	}
	fmt.Println(job.Status, job.Outputs[0].MIMEType)
	// Output: succeeded video/mp4
}

func ExampleClient_CreateFile() {
	client, stop := started()
	defer stop()
	ctx := context.Background()
	file, err := client.CreateFile(ctx, nexconn.FileRequest{SourceURL: "https://example.com/lecture.mp4"})
	if err != nil {
		log.Fatal(err)
	}
	for id := file.ID; file.Status == "pending" || file.Status == "uploading"; {
		time.Sleep(20 * time.Millisecond)
		if file, err = client.File(ctx, id); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(file.Status)
	// Output: ready
}

func ExampleClient_Native() {
	client, stop := started()
	defer stop()
	answer, err := client.Native(context.Background(), nexconn.NativeRequest{
		Protocol: nexconn.BypassGemini, Model: "gemini-2.5-pro",
		Body: []byte(`{"contents":[{"role":"user","parts":[{"text":"Name three rivers of Peru."}]}]}`),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Status, answer.Usage.OutputTokens > 0)
	// Output: 200 true
}

// A request that has been built but not sent can be looked at.
func ExampleClient_Build() {
	client := &nexconn.Client{}
	call, err := client.Build(&nexconn.ChatRequest{Model: "openai/gpt-5", Prompt: "Plan a walk.", Reasoning: "high"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s\n%s\n", call.Method, call.Path, call.Body.Show())
	// Output:
	// POST /v1/chat/completions
	// {"model":"openai/gpt-5","messages":[{"role":"user","content":"Plan a walk."}],"stream":true,"stream_options":{"include_usage":true},"reasoning_effort":"high"}
}
