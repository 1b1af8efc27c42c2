package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
)

// run runs a command with the resource's settings and keeps its output. Its lines go to the engine while it runs.
func (s *State) run(ctx context.Context, command string) error {
	interpreter := s.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	process := exec.CommandContext(ctx, interpreter[0], append(interpreter[1:], command)...)
	process.Env = s.environment()
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
	s.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	s.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

func (s *State) environment() []string {
	environment := os.Environ()
	if s.AddPreviousOutputInEnv == nil || *s.AddPreviousOutputInEnv {
		if s.Stdout != "" {
			environment = append(environment, "PULUMI_COMMAND_STDOUT="+s.Stdout)
		}
		if s.Stderr != "" {
			environment = append(environment, "PULUMI_COMMAND_STDERR="+s.Stderr)
		}
	}
	for name, value := range s.Environment {
		environment = append(environment, name+"="+value)
	}
	return environment
}

// logger returns a writer for each stream that logging asks for, and what to call when both streams have ended.
func (s *State) logger(ctx context.Context) (log func(stream string) io.Writer, flush func()) {
	wanted := "stdoutAndStderr"
	if s.Logging != nil {
		wanted = *s.Logging
	}
	var ends []func()
	log = func(stream string) io.Writer {
		if !strings.Contains(strings.ToLower(wanted), stream) {
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

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(bytes []byte) (int, error) { return f(bytes) }

func propertyName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
	return name
}
