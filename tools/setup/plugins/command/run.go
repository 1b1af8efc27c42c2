package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

const assetsMissing = "this build of the Command provider does not collect assets and archives: install the official plugin"

// check says what is wrong with the settings.
func (s *Settings) check() (failures []p.CheckFailure) {
	if len(s.AssetPaths) > 0 {
		failures = append(failures, p.CheckFailure{Property: "assetPaths", Reason: assetsMissing})
	}
	if len(s.ArchivePaths) > 0 {
		failures = append(failures, p.CheckFailure{Property: "archivePaths", Reason: assetsMissing})
	}
	if s.Logging != nil && !slices.Contains([]string{"", "none", "stdout", "stderr", "stdoutAndStderr"}, *s.Logging) {
		reason := fmt.Sprintf("%q is none of none, stdout, stderr, stdoutAndStderr", *s.Logging)
		failures = append(failures, p.CheckFailure{Property: "logging", Reason: reason})
	}
	return failures
}

// run runs a command and keeps what it prints. Its lines go to the engine while it runs. When the engine cancels, or the
// resource's custom timeout ends, the command is killed.
func (s *Settings) run(ctx context.Context, command string, outputs *Outputs) error {
	interpreter := s.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	process := exec.CommandContext(ctx, interpreter[0], append(slices.Clone(interpreter[1:]), command)...)
	process.Env = s.environment(outputs)
	if s.Dir != nil {
		process.Dir = *s.Dir
	}
	if s.Stdin != nil {
		process.Stdin = strings.NewReader(*s.Stdin)
	}

	var stdout, stderr, both bytes.Buffer
	var oneAtATime sync.Mutex
	shared := writerFunc(func(bytes []byte) (int, error) {
		oneAtATime.Lock()
		defer oneAtATime.Unlock()
		return both.Write(bytes)
	})
	log, flush := s.logger(ctx)
	process.Stdout = io.MultiWriter(&stdout, shared, log("stdout"))
	process.Stderr = io.MultiWriter(&stderr, shared, log("stderr"))
	err := process.Run()
	flush()
	if err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
	}
	outputs.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	outputs.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func (s *Settings) environment(previous *Outputs) []string {
	environment := os.Environ()
	for name, value := range s.Environment {
		environment = append(environment, name+"="+value)
	}
	if s.AddPreviousOutputInEnv != nil && !*s.AddPreviousOutputInEnv {
		return environment
	}
	if previous.Stdout != "" {
		environment = append(environment, "PULUMI_COMMAND_STDOUT="+previous.Stdout)
	}
	if previous.Stderr != "" {
		environment = append(environment, "PULUMI_COMMAND_STDERR="+previous.Stderr)
	}
	return environment
}

// logger returns a writer for each stream that is logged, and what to call when both streams have ended.
func (s *Settings) logger(ctx context.Context) (log func(stream string) io.Writer, flush func()) {
	var ends []func()
	log = func(stream string) io.Writer {
		if !s.logs(stream) {
			return io.Discard
		}
		reader, writer := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			lines := bufio.NewScanner(reader)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				p.GetLogger(ctx).InfoStatus(lines.Text())
			}
			// A line too long for the log must not hold up the command.
			_, _ = io.Copy(io.Discard, reader)
		}()
		ends = append(ends, func() { _ = writer.Close(); <-done })
		return writer
	}
	return log, func() {
		for _, end := range ends {
			end()
		}
	}
}

func (s *Settings) logs(stream string) bool {
	return s.Logging == nil || *s.Logging == "" || *s.Logging == "stdoutAndStderr" || *s.Logging == stream
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(bytes []byte) (int, error) { return f(bytes) }
