# Two commands: `make demo` runs three plants, `make test` installs what the tests need and passes them.

export NIELU_INFLUXD ?= $(CURDIR)/build/bin/influxd
INFLUX_VERSION = 1.8.10

SHELL = /bin/bash

.PHONY: demo build test test-quick race plain heavy emulated elsewhere tools programs compiled check dashboards fuzz bench clean

demo:
	go run ./cmd/nielu demo

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o build/bin/ ./cmd/...

# All that a release must pass, side by side: two cores have much to wait for
# in the tests. Every event of a test is in build/*.json.
test:
	@$(MAKE) --no-print-directory -k -j3 plain race check heavy emulated elsewhere dashboards
	@echo 'all passed; what was skipped stands above'

# The inner loop: no race detector, and no test that calls itself slow or heavy.
test-quick: build/report
	@$(call tests,quick) -short ./...

# The rooms with goroutines: their tests run under the race detector. All else
# is pure, or watches built programs, and runs without.
CONCURRENT = ./devices/... ./ingest/... ./console/... ./centre/... ./gateway/... ./program/... ./cmd/nielu-agent ./pipeline/projection/...

# Heavy tests of these rooms say so themselves, and run without; concurrent ones
# of other rooms say so, and run with.
marked = grep -r $(2) --include='*_test.go' 'suite.$(1)(t)' $(3)
tests_of = $(shell $(call marked,$(1),-hB1,$(2)) | grep -o 'Test[A-Za-z0-9_]*' | paste -sd'|')
folders_of = $(shell $(call marked,$(1),-l,$(2)) | xargs -n1 dirname | sort -u)

# tests(NAME) begins a run of go test that is reported a line a package. Its
# vetting is part of check.
tests = set -o pipefail; run() { go test -json -vet=off -timeout 30m "$$@" | tee build/$(1).json | build/report; }; run

build/report: compiled
	@go build -o $@ ./suite/report

# What several targets use is compiled once, before they go on side by side:
# two go commands at a time would do it twice.
compiled:
	@go build ./...

race: tools build/report
	@$(call tests,race) -race $(CONCURRENT)
	@$(call tests,race-marked) -race -run '^($(call tests_of,Concurrent,./pipeline))$$' $(call folders_of,Concurrent,./pipeline)

plain: tools build/report
	@$(call tests,plain) -parallel 4 $$(go list ./... | grep -vxFf <(go list $(CONCURRENT)))

heavy: tools build/report
	@$(call tests,heavy) -run '^($(call tests_of,Heavy,$(CONCURRENT:/...=)))$$' $(call folders_of,Heavy,$(CONCURRENT:/...=))

check: compiled
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt would change the files above'; exit 1; }
	@go vet ./...
	@go tool staticcheck ./...

# The peers of the tests: a real InfluxDB, mosquitto, Modbus programs of other makers, a browser, an arm64 processor.
tools: programs build/bin/influxd

programs:
	@./tools.sh

build/bin/influxd:
	GOBIN=$(CURDIR)/build/bin go install -ldflags '-s -w -X main.version=$(INFLUX_VERSION)' github.com/influxdata/influxdb/cmd/influxd@v$(INFLUX_VERSION)

# The dashboards against Grafana's own schema.
dashboards: programs
	@cd grafana && npm ci --ignore-scripts --silent --no-audit --no-fund && npm run --silent check

# Gateways have these processors too; and the packages that say what a tonne
# is give the same bytes there.
ARM64_PACKAGES = ./measure/... ./devices ./devices/polling ./ingest ./pipeline $(addprefix ./pipeline/,balance/... carbon claim closure custody diagnosis flowsheet lots material process reconciled rollup statement)

# Laws are put to fewer draws there: they have been put to all of them here.
emulated: programs build/report
	@GOARCH=arm64 CGO_ENABLED=0 go build -ldflags '-s -w' -o build/agent/arm64 ./cmd/nielu-agent
	@$(call size,build/agent/arm64,12000000,fit a gateway)
	@export NIELU_EMULATED=1 GOARCH=arm64 CGO_ENABLED=0; $(call tests,emulated) -short -exec qemu-aarch64-static $(ARM64_PACKAGES)

# An auditor's laptop runs Windows or macOS, a gateway an ARM of 32 or 64 bits.
# What the verifier links is compiled for both with its tests; those of the
# spool and of the log on a disk say in their files that they do not run on
# Windows. `make elsewhere PLATFORMS=...` takes others.
PLATFORMS = windows/amd64 darwin/arm64
AUDIT_PACKAGES = $(shell go list -deps ./cmd/nielu-audit | grep '^github.com/nielu/')

# size(FILE,MOST BYTES,FOR WHAT)
size = n=$$(cat $(1) | wc -c); test $$n -lt $(2) || { echo "$(1) has $$n bytes; at most $(2) $(3)"; exit 1; }

elsewhere: compiled
	@for p in linux/amd64 $(PLATFORMS); do \
	  export GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0; \
	  go build -ldflags '-s -w' -o build/audit/$$p/ ./cmd/nielu-audit && go vet $(AUDIT_PACKAGES) || exit 1; \
	  $(call size,build/audit/$$p/*,10000000,are carried by mail); \
	done
	@for p in amd64 arm; do \
	  GOARCH=$$p CGO_ENABLED=0 go build -ldflags '-s -w' -o build/agent/$$p ./cmd/nielu-agent || exit 1; \
	  $(call size,build/agent/$$p,12000000,fit a gateway); \
	done

bench:
	go test -run '^$$' -bench . -benchmem ./...

FUZZTIME = 20s
fuzz:
	@grep -rl --include='*_test.go' 'func Fuzz' . | sort | while read f; do \
	  for name in $$(grep -o 'func Fuzz[A-Za-z0-9_]*' $$f | sed 's/func //'); do \
	    go test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$(dirname $$f) || exit 1; \
	  done; \
	done

clean:
	rm -rf build demo-data
