// The Command provider's plugin, for machines that cannot download the official one. It does what the official one
// documents of `command:local:Command`, the only resource that Handover uses, and of the function `command:local:run`.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// version is set by the build.
var version = "0.0.0"

func main() {
	provider, err := infer.NewProviderBuilder().
		WithResources(infer.Resource(&Command{})).
		WithFunctions(infer.Function(&Run{})).
		Build()
	if err == nil {
		err = p.RunProvider(context.Background(), "command", version, provider)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
