# What a person types. Each line of work is a script in scripts/.

SHELL := bash
.DEFAULT_GOAL := build
.PHONY: all build test demo bench lint format clean help

# Filesystem tools and servers are where an ordinary user's PATH does not look.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

build: ## bin/glare, the release build (default)
	@scripts/require-packages build
	@scripts/build-release

all: build

test: ## everything: lint, and all tests, also against real nginx and Apache
	@scripts/test

demo: ## publish, serve and sync a real disk image; a minute after the build
	@scripts/require-packages build demo
	@scripts/build-release
	@scripts/demo

bench: ## speed beside cp, sha256sum and curl, from one run
	@scripts/require-packages build bench
	@scripts/build-release
	@Benchmarks/bench

lint: ## style of the Swift and shell sources
	@scripts/lint

format: ## lay the Swift sources out as lint wants them
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

clean: ## remove all that was built
	rm -rf .build .build-release bin

help: ## this list
	@sed -n 's/^\([a-z ]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "  make %-10s %s\n", $$1, $$2 }'
