# Two commands: `make demo` runs three plants, `make test` installs what the tests need and passes them.

export NIELU_INFLUXD ?= $(CURDIR)/build/bin/influxd
INFLUX_VERSION = 1.8.10

SHELL = /bin/bash

.PHONY: demo build test tools check dashboards fuzz bench arm64 clean

demo:
	go run ./cmd/nielu demo

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o build/bin/ ./cmd/...

# The rooms with goroutines: their tests run under the race detector. All else
# is pure, or watches built programs, and runs without.
CONCURRENT = ./devices/... ./ingest/... ./console/... ./centre/... ./gateway ./cmd/nielu-agent ./pipeline/projection/...

# These compute weeks of plants, months of recordings or a million replies, or
# draw hundreds of projections; what runs side by side in them runs in others
# too. With the race detector or an emulator they would take most of an hour.
LONG = TestAValueBelongsToItsQuestion|TestArrivalLeavesNoTrace|TestInfluxHoldsWhatTheStoreHolds|TestADamagedFileIsMadeAgain|TestYearsWithoutEvidenceAreAbsent|TestBoilerReplay|TestFollowTheSimulatedPlants|TestPublishedWindowMeans|TestSteadyHoursClose|TestNoChangeIsFoundWhereThereIsNone|TestAPlantedChangeIsFound|TestNoSlopeIsFoundWhereThereIsNone|TestWhatIsNoSlope|TestALoadThatSwingsAccusesNobody|TestAnInstrumentThatBeginsToErrIsNamed|TestFlagsDoNotDependOnThePieces

# A bundle is read by several goroutines: these see the race detector, the
# hundreds of forged bundles do without.
BUNDLES = TestAnOrdinaryHourIsVerified|TestExtract|TestAStackIsRecomputed

test: tools check dashboards
	@mkdir -p build
	@echo 'go test -race: $(CONCURRENT); everything else without (every line: build/test.log)'
	@go test -race -timeout 12m -v -skip '^($(LONG))$$' $(CONCURRENT) > build/test.log 2>&1; status=$$?; \
	  go test -race -timeout 12m -v -run '^($(BUNDLES))$$' ./pipeline/export >> build/test.log 2>&1 || status=1; \
	  go test -timeout 12m -v -skip '^($(BUNDLES))$$' $$(go list ./... | grep -vxFf <(go list $(CONCURRENT))) >> build/test.log 2>&1 || status=1; \
	  go test -timeout 12m -v -run '^($(LONG))$$' $(CONCURRENT) >> build/test.log 2>&1 || status=1; \
	  grep -E '^(ok|FAIL|panic:)|^ *--- (FAIL|SKIP)|_test.go:[0-9]+: ' build/test.log | grep -vE '^ok .*no test' ; \
	  [ $$status = 0 ] || { grep -B40 -E '^ *--- FAIL' build/test.log | tail -200; exit $$status; }
	$(MAKE) arm64
	@n() { grep -cE "^ *--- $$1" build/test.log || true; }; \
	  echo "subtests and fuzz seeds are counted; left out under the emulator: $(LONG) and every one named Kill, $$(grep -rhoE 'func TestKill[A-Za-z]*' $(ARM64_PACKAGES:%=%/*_test.go) | sed 's/func //' | paste -sd' ')"; \
	  echo "$$(n PASS) passed, $$(n FAIL) failed, $$(n SKIP) skipped"

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt would change the files above'; exit 1; }
	go vet ./...
	go tool staticcheck ./...

# The peers of the tests: a real InfluxDB, mosquitto, Modbus programs of other makers, a browser, an arm64 processor.
tools: build/bin/influxd
	./tools.sh

build/bin/influxd:
	GOBIN=$(CURDIR)/build/bin go install -ldflags '-s -w -X main.version=$(INFLUX_VERSION)' github.com/influxdata/influxdb/cmd/influxd@v$(INFLUX_VERSION)

# The dashboards against Grafana's own schema.
dashboards:
	cd grafana && npm ci --ignore-scripts --silent --no-audit --no-fund && npm run --silent check

# Gateways have these processors too; and the packages that say what a tonne
# is give the same bytes there.
ARM64_PACKAGES = ./measure ./measure/elementary ./devices ./devices/polling ./ingest ./pipeline ./pipeline/balance ./pipeline/balance/formulas ./pipeline/balance/reconcile ./pipeline/carbon ./pipeline/custody ./pipeline/statement

arm64: # the kill tests start themselves again, which an emulator cannot
	GOARCH=arm CGO_ENABLED=0 go build -o build/arm/ ./cmd/...
	@for p in $(ARM64_PACKAGES); do \
	  name=build/arm64-$$(basename $$p).test; \
	  GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go test -c -o $$name $$p && (cd $$p && qemu-aarch64-static $(CURDIR)/$$name -test.skip 'Kill|^($(LONG))$$') || exit 1; \
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
