# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists what there is to make. Everything is built into build/.

SHELL := /bin/bash
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
# ccache can keep what is compiled with precompiled headers only when told so.
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime
export CONTIMG_BUILD := $(abspath $(BUILD))/tools

.DEFAULT_GOAL := all
.PHONY: all deps configure demo test test-full soak night check format bench bench-% install uninstall \
        clean help manuals tidy sanitize compose-build compose-up compose-down compose-logs

help: ## Say what can be made
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## Install the Debian packages that are missing
	@scripts/install-debian.sh

configure: deps
	@test -f $(BUILD)/build.ninja || cmake -S . -B $(BUILD) -G Ninja \
	  -DCMAKE_INSTALL_PREFIX=$(PREFIX)

all: configure ## Build everything into build/
	@cmake --build $(BUILD) -j $(JOBS)

manuals: deps ## Build the man pages into build/man
	@scripts/build-manuals.sh $(BUILD)/man

demo: all ## Run the main job on data it makes
	@scripts/demo

test: all ## Build and test: unit, command line, layers, manuals
	@ctest --test-dir $(BUILD) --output-on-failure -LE full -j $(JOBS)

test-full: all ## The tests of `test` and those that take minutes
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

soak: all ## Run the tests that take hours: tests/soak/*
	@found=0; for script in tests/soak/*; do test -x "$$script" || continue; found=1; \
	  echo "soak: $$script"; "$$script" || exit 1; done; \
	  test $$found = 1 || echo "soak: tests/soak holds no script"

night: all ## Play a simulated night and print its scorecard; KILLS=1 GROUPS=N NIGHT=FOLDER AGAINST=FOLDER
	@scripts/make-night $(if $(KILLS),--kills) $(if $(GROUPS),--groups $(GROUPS)) \
	  $(if $(AGAINST),--against "$(AGAINST)") $(NIGHT)

check: all sanitize tidy ## Formatting, clang-tidy, shellcheck, layers, manuals, sanitizers
	git ls-files -- '*.cc' '*.h' | xargs clang-format --dry-run -Werror
	scripts/check-scripts.sh
	scripts/check-layers.sh
	scripts/check-manuals.py
	scripts/check-links.py
	@echo "check: all right"

# clang cannot read GCC's precompiled headers, so it takes its flags from the build without them.
tidy: sanitize
	@git ls-files -- 'lib/*.cc' 'tools/*.cc' | sed 's|^|$(CURDIR)/|' | \
	  xargs run-clang-tidy -quiet -j $(JOBS) -p $(BUILD)/sanitize >$(BUILD)/tidy.log 2>&1 || \
	  { grep -E 'error:|warning:' $(BUILD)/tidy.log | sort -u; exit 1; }

sanitize: configure
	@cmake -S . -B $(BUILD)/sanitize -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCONTIMG_PCH=OFF \
	  -DCMAKE_CXX_FLAGS=-O1 -DCONTIMG_SANITIZE=address,undefined >/dev/null
	@cmake --build $(BUILD)/sanitize -j $(JOBS)
	@ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:suppressions=$(CURDIR)/tests/sanitizers/undefined.supp \
	  ctest --test-dir $(BUILD)/sanitize --output-on-failure -L unit -j $(JOBS)

format: ## Format the C++ in place
	@git ls-files -- '*.cc' '*.h' | xargs clang-format -i

bench: all ## Measure speed: tests/bench/*
	@for script in tests/bench/bench-*; do test -x "$$script" || continue; \
	  echo "bench: $$script"; "$$script" || exit 1; done

bench-%: all
	@tests/bench/$@

install: all manuals ## Install under PREFIX (/usr/local), below DESTDIR
	@DESTDIR="$(abspath $(DESTDIR))" cmake --install $(BUILD) --prefix $(PREFIX)

uninstall: ## Remove what install wrote
	@test -f $(BUILD)/install_manifest.txt || { echo "uninstall: no $(BUILD)/install_manifest.txt"; exit 1; }
	@sed 's|^|$(DESTDIR)|' $(BUILD)/install_manifest.txt | tr '\n' '\0' | xargs -0 rm -fv

compose-build: ## Build the image of cron/container
	@cron/container/compose build

compose-up: ## Begin its services, with the variables of cron/container/.env
	@cron/container/compose up

compose-down: ## End its services; the stream finishes the groups in work
	@cron/container/compose down

compose-logs: ## Show the log of its services, or of one: SERVICE=stream
	@cron/container/compose logs $(SERVICE)

clean: ## Remove build/
	@rm -rf $(BUILD)
