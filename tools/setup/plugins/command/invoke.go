package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Run is the function command:local:run: it runs a command in every preview and every update.
type Run struct{}

// RunInputs are the arguments of Run.
type RunInputs struct {
	Settings
	Command string `pulumi:"command"`
}

// RunResult is what Run returns: its arguments, and what the command has printed.
type RunResult struct {
	RunInputs
	Outputs
}

func (*Run) Annotate(a infer.Annotator) {
	a.SetToken("local", "run")
}

func (*Run) Invoke(ctx context.Context, req infer.FunctionRequest[RunInputs]) (infer.FunctionResponse[RunResult], error) {
	result := RunResult{RunInputs: req.Input}
	for _, failure := range req.Input.check() {
		return infer.FunctionResponse[RunResult]{}, errors.New(failure.Property + ": " + failure.Reason)
	}
	err := req.Input.run(ctx, req.Input.Command, &result.Outputs)
	return infer.FunctionResponse[RunResult]{Output: result}, err
}
