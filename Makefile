# Two commands: `make demo` runs three plants, `make test` installs what the tests need and passes them.

export NIELU_INFLUXD ?= $(CURDIR)/build/bin/influxd
INFLUX_VERSION = 1.8.10

SHELL = /bin/bash

.PHONY: demo build test test-quick race plain heavy emulated elsewhere tools programs check dashboards fuzz bench clean

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

# The rooms with goroutines: their tests run under the race detector, those of
# bundles, which several goroutines read, as far as they are quick. All else is
# pure, or watches built programs, and runs without.
CONCURRENT = ./devices/... ./ingest/... ./console/... ./centre/... ./gateway/... ./program/... ./cmd/nielu-agent ./pipeline/projection/...

# The heavy tests of these rooms say so themselves, and run without.
heavy = grep -r $(1) --include='*_test.go' 'suite.Heavy(t)' $(CONCURRENT:/...=)
HEAVY = $(shell $(call heavy,-hB1) | grep -o 'Test[A-Za-z0-9_]*' | paste -sd'|')
HEAVY_PACKAGES = $(shell $(call heavy,-l) | xargs -n1 dirname | sort -u)

# tests(NAME) begins a run of go test that is reported a line a package. Its
# vetting is part of check.
tests = set -o pipefail; run() { go test -json -vet=off -timeout 30m "$$@" | tee build/$(1).json | build/report; }; run

build/report: suite/report/main.go
	@go build -o $@ ./suite/report

race: tools build/report
	@$(call tests,race) -race $(CONCURRENT)
	@$(call tests,race-bundles) -race -short ./pipeline/export

plain: tools build/report
	@$(call tests,plain) -parallel 4 $$(go list ./... | grep -vxFf <(go list $(CONCURRENT)))

heavy: tools build/report
	@$(call tests,heavy) -run '^($(HEAVY))$$' $(HEAVY_PACKAGES)

check:
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

emulated: programs build/report
	@GOARCH=arm CGO_ENABLED=0 go build -o build/arm/ ./cmd/...
	@export NIELU_EMULATED=1 GOARCH=arm64 CGO_ENABLED=0; $(call tests,emulated) -exec qemu-aarch64-static $(ARM64_PACKAGES)

# An auditor's laptop runs Windows or macOS. What the verifier links is compiled
# for both with its tests; those of the spool and of the log on a disk say in
# their files that they do not run on Windows.
AUDIT_PLATFORMS = linux/amd64 linux/arm64 windows/amd64 windows/arm64 darwin/amd64 darwin/arm64
AUDIT_PACKAGES = $(shell go list -deps ./cmd/nielu-audit | grep '^github.com/nielu/')

elsewhere:
	@for p in $(AUDIT_PLATFORMS); do \
	  name=build/audit/$$p/; \
	  GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $$name ./cmd/nielu-audit || exit 1; \
	  size=$$(cat $$name* | wc -c); test $$size -lt 10000000 || { echo "nielu-audit for $$p has $$size bytes, at most 10,000,000 are carried"; exit 1; }; \
	done
	@for p in windows/amd64 darwin/arm64; do GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 go vet $(AUDIT_PACKAGES) || exit 1; done
	@for p in amd64 arm64 arm; do \
	  GOARCH=$$p CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o build/agent/$$p ./cmd/nielu-agent || exit 1; \
	  size=$$(cat build/agent/$$p | wc -c); test $$size -lt 12000000 || { echo "nielu-agent for $$p has $$size bytes, at most 12,000,000 fit a gateway"; exit 1; }; \
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
