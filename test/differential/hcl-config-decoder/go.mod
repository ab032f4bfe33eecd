module hobnob.test/differential/hcl-config-decoder

go 1.21

require github.com/hashicorp/consul v1.8.7
