# `make run` tries it, `make test` proves it. `make help` lists the rest.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
RELEASE := .build-release
BINARY := $(RELEASE)/release/bootstrap
SOURCES := Package.swift Sources Drivers Tests

# Linked statically from a folder that holds nothing else, so that everything beside them (libc,
# libm, libgcc_s) stays shared. The engines' client libraries are loaded when they are used.
# At a fixed address: moving 50,000 pointers at each start would take a millisecond. Nothing is exported,
# since nobody links with it: 1.3 MB less.
ARCHIVES := libstdc++.a libyaml.a libargon2.a libz.a libcrypt.a
STATIC := $(RELEASE)/static

# How many tests are under way at once. Without a limit all are: those that wait for a server then
# get no thread back before the others are through, and their deadlines pass.
WIDTH ?= $(shell echo $$(($$(nproc) * 3)))

.DEFAULT_GOAL := help
.PHONY: run build check install test lint format docs bench torture clean help

run: build  ## Build, then bootstrap the demo application into the SQLite file demo.db
	@FIRST_SUPERUSER="$${FIRST_SUPERUSER:-admin@example.com}" \
	FIRST_SUPERUSER_PASSWORD="$${FIRST_SUPERUSER_PASSWORD:-changethis}" \
	$(BINARY) --url sqlite:demo.db --migrations Migrations --environment development

build: packages-build  ## Build the release binary: one file, stripped
	@mkdir -p $(STATIC)
	@for archive in $(ARCHIVES); do \
	    ln -sf "$$(gcc -print-file-name=$$archive)" $(STATIC)/ || exit 1; \
	done
	$(SWIFT) build --configuration release --product bootstrap --scratch-path $(RELEASE) \
	    --static-swift-stdlib --disable-local-rpath -Xlinker -L$(CURDIR)/$(STATIC) -Xlinker -s \
	    -Xlinker --no-export-dynamic -Xswiftc -Xclang-linker -Xswiftc -no-pie
	@.ci/check-binary $(BINARY)

install: build  ## Install it as PREFIX/bin/bootstrap (PREFIX=/usr/local)
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/bootstrap

test: packages-test  ## Run every test on PostgreSQL, MariaDB and SQLite; none may be skipped
	CI=$${CI:-true} SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$(WIDTH) $(SWIFT) test

lint:  ## Check the format of every Swift file
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format:  ## Format every Swift file
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

docs: packages-build  ## Build the documentation; a warning is an error
	.ci/docs

bench: build packages-test  ## Measure against dbmate and the engines' own clients
	Tests/Bench/run $(BINARY)

torture: build packages-test  ## Kill clients, servers, sessions and connections at random moments, 450 times an engine
	Tests/Torture/run $(BINARY)

clean:  ## Remove everything that was built
	rm -rf .build $(RELEASE) demo.db demo.db-*

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What Debian must provide; installs what is missing, and does nothing when all is there.
.PHONY: packages-build packages-test
packages-build:
	@.ci/packages build
packages-test:
	@.ci/packages build test
