//go:build tools

// Package tools pins the CLI's host for Node.js programs, so that go.mod and go.sum say exactly what is built.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
