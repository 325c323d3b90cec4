# What a person types. Each line of work is a script in scripts/.

SHELL := bash
.DEFAULT_GOAL := build
.PHONY: all build install uninstall deb rpm release tag test soak boot-test demo bench bench-serve lint format clean help

# Filesystem tools and servers are where an ordinary user's PATH does not look.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

build: ## bin/glare, the release build (default)
	@scripts/require-packages build
	@scripts/build-release

all: build

PREFIX ?= /usr/local
export PREFIX DESTDIR

install: ## what was built, under PREFIX (/usr/local) in DESTDIR
	@scripts/install

uninstall: ## remove it again; settings and images stay
	@scripts/uninstall

deb: build ## dist/glare_VERSION_ARCH.deb
	@scripts/require-packages deb
	@scripts/build-deb

rpm: build ## dist/glare-VERSION-1.ARCH.rpm
	@scripts/require-packages rpm
	@scripts/build-rpm

release: build ## dist/: source, program, packages, checksums
	@scripts/require-packages deb rpm
	@scripts/build-release-files

tag: ## collect the changelog, and tag the version that the sources have
	@scripts/tag

test: ## everything: lint, and all tests, also against real nginx and Apache
	@scripts/test

soak: ## kills, power cuts and failing writes, hundreds of each; hours
	@scripts/soak

boot-test: ## VMs from clones, while their image changes; IMAGES=directory
	@scripts/require-packages build boot
	@scripts/build-release
	@scripts/boot-test $(IMAGES)

demo: ## publish, serve and sync a real disk image; a minute after the build
	@scripts/require-packages build demo
	@scripts/build-release
	@scripts/demo

bench: ## bytes, time and memory beside other tools, from one run
	@scripts/require-packages build bench
	@scripts/build-release
	@Benchmarks/bench

bench-serve: ## glare serve beside nginx, on the same files
	@scripts/require-packages build serve
	@scripts/build-release
	@Benchmarks/bench-serve

lint: ## style of the Swift and shell sources
	@scripts/lint

format: ## lay the Swift sources out as lint wants them
	@swift format --in-place --recursive --parallel Package.swift Sources Tests

clean: ## remove all that was built
	rm -rf .build .build-release bin dist

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{ printf "  make %-12s %s\n", $$1, $$2 }'
