package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"reflect"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Command runs a command on this machine when it is created, updated or deleted.
type Command struct{}

// Inputs are the arguments of a Command, as the official provider documents them.
type Inputs struct {
	Create                 *string           `pulumi:"create,optional"`
	Update                 *string           `pulumi:"update,optional"`
	Delete                 *string           `pulumi:"delete,optional"`
	Dir                    *string           `pulumi:"dir,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	Interpreter            []string          `pulumi:"interpreter,optional"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *string           `pulumi:"logging,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
	Triggers               []any             `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	AssetPaths             []string          `pulumi:"assetPaths,optional"`
	ArchivePaths           []string          `pulumi:"archivePaths,optional"`
}

// State is what the stack keeps of a Command.
type State struct {
	Inputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

func (*Command) Annotate(a infer.Annotator) {
	a.SetToken("local", "Command")
}

// Check refuses what this build does not do, before anything runs.
func (*Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[Inputs], error) {
	inputs, failures, err := infer.DefaultCheck[Inputs](ctx, req.NewInputs)
	if len(inputs.AssetPaths)+len(inputs.ArchivePaths) > 0 {
		failures = append(failures, p.CheckFailure{
			Property: "assetPaths",
			Reason:   "this build of the Command provider does not collect assets: install the official plugin",
		})
	}
	return infer.CheckResponse[Inputs]{Inputs: inputs, Failures: failures}, err
}

// Diff replaces the resource for a change of its triggers; any other change is an update.
func (*Command) Diff(_ context.Context, req infer.DiffRequest[Inputs, State]) (infer.DiffResponse, error) {
	changed := map[string]p.PropertyDiff{}
	before, after := reflect.ValueOf(req.State.Inputs), reflect.ValueOf(req.Inputs)
	for i := range before.NumField() {
		if reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
			continue
		}
		name := propertyName(before.Type().Field(i))
		kind := p.Update
		if name == "triggers" {
			kind = p.UpdateReplace
		}
		changed[name] = p.PropertyDiff{Kind: kind}
	}
	return infer.DiffResponse{HasChanges: len(changed) > 0, DetailedDiff: changed}, nil
}

func (*Command) Create(ctx context.Context, req infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	id, err := newID()
	if err != nil {
		return infer.CreateResponse[State]{}, err
	}
	state := State{Inputs: req.Inputs}
	if !req.DryRun && req.Inputs.Create != nil {
		err = state.run(ctx, *req.Inputs.Create)
	}
	return infer.CreateResponse[State]{ID: req.Name + id, Output: state}, err
}

func (*Command) Update(ctx context.Context, req infer.UpdateRequest[Inputs, State]) (infer.UpdateResponse[State], error) {
	state := State{Inputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if !req.DryRun && command != nil {
		err = state.run(ctx, *command)
	}
	return infer.UpdateResponse[State]{Output: state}, err
}

func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	if req.State.Inputs.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	state := req.State
	return infer.DeleteResponse{}, state.run(ctx, *req.State.Inputs.Delete)
}

// WireDependencies says what the engine needs to know in a preview: the outputs are unknown where the command will run.
func (*Command) WireDependencies(f infer.FieldSelector, args *Inputs, state *State) {
	anyInput := f.InputField(args)
	f.OutputField(&state.Stdout).DependsOn(anyInput)
	f.OutputField(&state.Stderr).DependsOn(anyInput)
}

func newID() (string, error) {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("cannot make a random id: %w", err)
	}
	return hex.EncodeToString(random), nil
}
