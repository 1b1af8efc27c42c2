// The Docker provider's plugin, built from the upstream modules that the official plugin is built from. Its module path
// lies under the upstream provider's, because Go lets only such a module import that provider's internal package.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set by the build.
var version = "v0.0.0"

func token(resource string) tokens.Type {
	return tfbridge.MakeResource("docker", "index", resource)
}

func function(name string) *tfbridge.DataSourceInfo {
	return &tfbridge.DataSourceInfo{Tok: tfbridge.MakeDataSource("docker", "index", name)}
}

func providerInfo() tfbridge.ProviderInfo {
	name := func(pulumi string) *tfbridge.SchemaInfo { return &tfbridge.SchemaInfo{Name: pulumi} }
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(provider.New(version)()),
		Name:    "docker",
		Version: version,
		Config:  map[string]*tfbridge.SchemaInfo{"registry_auth": name("registryAuth")},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {
				Tok:                 token("Container"),
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           name("command"),
					"networks_advanced": name("networksAdvanced"),
				},
			},
			"docker_image":          {Tok: token("RemoteImage")},
			"docker_network":        {Tok: token("Network")},
			"docker_volume":         {Tok: token("Volume")},
			"docker_registry_image": {Tok: token("RegistryImage")},
			"docker_config":         {Tok: token("ServiceConfig")},
			"docker_secret":         {Tok: token("Secret")},
			"docker_service":        {Tok: token("Service")},
			"docker_plugin":         {Tok: token("Plugin")},
			"docker_tag":            {Tok: token("Tag")},
			"docker_buildx_builder": {Tok: token("BuildxBuilder")},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image":                    function("getRemoteImage"),
			"docker_logs":                     function("getLogs"),
			"docker_network":                  function("getNetwork"),
			"docker_plugin":                   function("getPlugin"),
			"docker_registry_image":           function("getRegistryImage"),
			"docker_registry_image_manifests": function("getRegistryImageManifests"),
		},
	}
	info.SetAutonaming(255, "-")
	return info
}

func main() {
	tfbridge.Main("docker", version, providerInfo(), []byte(`{"name":"docker"}`))
}
