// Package nexconn is a client for the Nexconn LLM API: fourteen chat models
// and four vendors' own protocols, nine image and fifteen video models with
// the Veo family, and files for Gemini. It knows nothing of MCP and can be used
// alone.
//
// # One vocabulary
//
// The service has a wire format for almost every model. A caller of this
// package says what is wanted in one set of words, first_frame, seconds,
// aspect_ratio, and a wire file says it in the model's. What a model is and
// takes is in package catalog; [catalog.Model.Check] tells before anything is
// sent whether a call can work.
//
//	job, err := client.Video(ctx, nexconn.VideoRequest{Model: "kling-v3", Prompt: "Rain on a tin roof", Seconds: new(5)})
//	job, err = client.Wait(ctx, job.TaskID(), nil)
//
// The operation (text, image, first and last frame, references, edit, motion)
// follows from the fields that are given. [Client.Build] makes the exact request
// without sending it, so that a [Call] can be looked at, priced and put on record
// before it costs anything, and [Client.Submit] sends it. Media go from their
// files into the body while it is sent.
//
// # Promises
//
// What may cost money is sent once. The service has no idempotency keys, so
// [Client.Submit], [Client.Chat], [Client.Native] and [Client.CreateFile] try
// again only where the connection was refused before the first byte. An
// [Error] that is Unsure says that the service may have taken the call and
// will bill it; one that is not says that it surely did not.
//
// Questions are asked until they are answered. [Client.Job], [Client.File]
// and the lists go on after a 429, a 5xx or a broken connection, heed
// Retry-After, and end with the AnswerTimeout.
//
// A job that failed is a result, not an error, and a state or a field that we
// have never heard of breaks nothing. [Client.Wait] gives the job as last seen
// when its context ends: the id is never lost.
//
// A chat that is cut off after something came is an answer that says so.
//
// The key goes to the service's host and nowhere else: it is not sent along a
// redirect, and neither it nor a prompt is put into an error or a log.
//
// # What it does not do
//
// It keeps nothing between calls, downloads no results and enforces no budget.
package nexconn
