# A bare `make` lists the targets. ARGS goes to the programs of demo and bench: make demo ARGS="-rows 100000 -writers 12".
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test test-unit test-server test-matrix test-torture torture-seed demo bench lint fmt fuzz deps deps-bench clean

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unreleased)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# Some errors are pt-online-schema-change's own sentences, which begin with a capital.
CHECKS := inherit,-ST1005
ENGINES ?= mariadb1011,mariadb118,mysql97
FUZZTIME ?= 10s
SOURCES := main.go osc dsn triggers chunker e2e

# Two packages whose tests start servers run at a time: most of them wait for something much of the time.
WITH_SERVER = $(patsubst %/,oscar/%,$(sort e2e/server/ $(dir $(shell grep -rl --include='*_test.go' '"oscar/e2e/server"' $(SOURCES)))))
WITHOUT_SERVER = $(filter-out $(WITH_SERVER),$(shell go list ./...))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/oscar, stamped with git's version
	@.ci/deps go
	go build -trimpath -ldflags '-X main.version=$(VERSION)' -o bin/oscar .

test: deps test-unit test-server ## all tests with the race detector, on MariaDB 10.11; installs first what is missing

test-unit: ## the tests that need no server
	go test -race -timeout 10m $(WITHOUT_SERVER)

test-server: ## the tests that need a server, on MariaDB 10.11 or on those that OSCAR_ENGINES names
	go test -race -p 2 -timeout 20m $(WITH_SERVER)

test-matrix: deps ## the tests that need a server, on each of ENGINES, which it fetches first
	go run ./e2e/server/fetch $(ENGINES)
	OSCAR_ENGINES=$(ENGINES) $(MAKE) --no-print-directory test-server

test-torture: deps ## 300 random tables, ALTERs and writers on each server of ENGINES, compared with the server's own ALTER
	go run ./e2e/server/fetch $(ENGINES)
	OSCAR_TORTURE_RUNS=300 OSCAR_ENGINES=$(ENGINES) go test -v -timeout 60m -run TestTorture ./e2e/torture

torture-seed: ## replay one of them: make torture-seed SEED=7 ENGINES=mariadb118
	OSCAR_SEED=$(SEED) OSCAR_ENGINES=$(ENGINES) go test -v -count=1 -run TestTorture ./e2e/torture

demo: deps build ## half a million rows altered under live writers on a throw-away server, every row compared
	@go run ./e2e/demo -oscar bin/oscar $(ARGS)

bench: deps deps-bench build ## oscar against pt-online-schema-change and a native ALTER, three rounds on a million rows
	@go run ./e2e/bench -oscar bin/oscar $(ARGS)

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l $(SOURCES)); [ -z "$$unformatted" ] || { echo "not formatted:" $$unformatted; exit 1; }
	go vet ./... && go run $(STATICCHECK) -checks $(CHECKS) ./...

fmt: ## format the sources
	gofmt -w $(SOURCES)

fuzz: ## run each fuzz target for FUZZTIME
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {name[++n] = $$1} /^ok/ {while (n > 0) print $$2, name[n--]}' | \
	  while read -r package name; do echo "$$package $$name"; go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; done

deps: ## install what tests need from the distribution: MariaDB's server program, a C compiler
	@.ci/deps base && .ci/deps go

deps-bench: ## install pt-online-schema-change from the distribution
	@.ci/deps bench

clean: ## remove what was built; fetched servers stay in the user's cache folder
	rm -rf bin
