package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Command runs a command on this machine when it is created, updated or deleted.
type Command struct{}

// Settings are how a command runs, as the official provider documents them.
type Settings struct {
	Dir                    *string           `pulumi:"dir,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	Interpreter            []string          `pulumi:"interpreter,optional"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *string           `pulumi:"logging,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
	AssetPaths             []string          `pulumi:"assetPaths,optional"`
	ArchivePaths           []string          `pulumi:"archivePaths,optional"`
}

// Outputs are what a command has printed.
type Outputs struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Inputs are the arguments of a Command.
type Inputs struct {
	Settings
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
	Triggers []any   `pulumi:"triggers,optional" provider:"replaceOnChanges"`
}

// State is what the stack keeps of a Command.
type State struct {
	Inputs
	Outputs
}

func (*Command) Annotate(a infer.Annotator) {
	a.SetToken("local", "Command")
}

// Check refuses what this build does not do, before anything runs.
func (*Command) Check(ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[Inputs], error) {
	inputs, failures, err := infer.DefaultCheck[Inputs](ctx, req.NewInputs)
	return infer.CheckResponse[Inputs]{Inputs: inputs, Failures: append(failures, inputs.check()...)}, err
}

// Diff replaces the resource for a change of its triggers; any other change is an update. The library's own diff would
// name a trigger by its place in the list, and so only update.
func (*Command) Diff(_ context.Context, req infer.DiffRequest[Inputs, State]) (infer.DiffResponse, error) {
	changed := map[string]p.PropertyDiff{}
	before, after := reflect.ValueOf(req.State.Inputs), reflect.ValueOf(req.Inputs)
	for _, field := range reflect.VisibleFields(before.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		old, wanted := before.FieldByIndex(field.Index).Interface(), after.FieldByIndex(field.Index).Interface()
		switch {
		case field.Anonymous || reflect.DeepEqual(old, wanted):
		case name == "triggers":
			changed[name] = p.PropertyDiff{Kind: p.UpdateReplace}
		default:
			changed[name] = p.PropertyDiff{Kind: p.Update}
		}
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
		err = state.Settings.run(ctx, *req.Inputs.Create, &state.Outputs)
	}
	return infer.CreateResponse[State]{ID: req.Name + id, Output: state}, err
}

func (*Command) Update(ctx context.Context, req infer.UpdateRequest[Inputs, State]) (infer.UpdateResponse[State], error) {
	state := State{Inputs: req.Inputs, Outputs: req.State.Outputs}
	command := req.Inputs.Update
	if command == nil {
		command = req.Inputs.Create
	}
	var err error
	if !req.DryRun && command != nil {
		err = state.Settings.run(ctx, *command, &state.Outputs)
	}
	return infer.UpdateResponse[State]{Output: state}, err
}

func (*Command) Delete(ctx context.Context, req infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	state := req.State
	if state.Inputs.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	return infer.DeleteResponse{}, state.Settings.run(ctx, *state.Inputs.Delete, &state.Outputs)
}

func newID() (string, error) {
	random := make([]byte, 8)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("cannot make a random id: %w", err)
	}
	return hex.EncodeToString(random), nil
}
