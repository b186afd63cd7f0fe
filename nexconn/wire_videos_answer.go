package nexconn

// videoAnswer reads what /v1/videos answers to a create and to a query, and to a
// remix: VideoCreateResponse, KlingV21CreateResponse, KlingV21StatusResponse,
// KlingV25TurboCreateResponse, KlingV25TurboStatusResponse,
// KlingV26CreateResponse, KlingV26VideoStatusResponse,
// KlingVideoO1CreateResponse and KlingVideoO1StatusResponse. The clips stand in
// task_result.videos; all but id and status is optional somewhere. video.md 4.2,
// 5.8.
func videoAnswer(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	j := a.read("id", "video/mp4")
	j.noOutput("The service says that the job is completed but names no result.")
	return j.tally(), nil
}
