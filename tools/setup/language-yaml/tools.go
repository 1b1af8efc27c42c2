//go:build tools

// Package tools pins Pulumi's host for YAML programs, so that go.mod and go.sum say exactly what is built.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
