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
.PHONY: all deps configure demo test test-full soak fuzz torture night check format bench bench-% install uninstall deb \
        clean help manuals tidy sanitize thread-sanitize memcheck compose-build compose-up compose-down compose-logs

help: ## Say what can be made
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

deps: ## Install the Debian packages that are missing
	@scripts/install-debian.sh

configure: deps
	@test -f $(BUILD)/build.ninja || cmake -S . -B $(BUILD) -G Ninja \
	  -DCMAKE_INSTALL_PREFIX=$(PREFIX)

all: configure ## Build everything into build/
	@cmake --build $(BUILD) -j $(JOBS)

manuals: all ## Build the man pages into build/man, completions into build/completions
	@scripts/build-completions.py $(BUILD)/completions
	@scripts/build-manuals.sh $(BUILD)/man "$$(cat $(BUILD)/VERSION 2>/dev/null)"

demo: all ## Run the main job on data it makes
	@scripts/demo

test: all ## Build and test: unit, command line, layers, manuals
	@ctest --test-dir $(BUILD) --output-on-failure -LE full -j $(JOBS)

# One more at a time than there are processors: many wait much.
test-full: all ## The tests of `test` and those that take minutes
	@ctest --test-dir $(BUILD) --output-on-failure -j $$(($(JOBS) + 1)); code=$$?; \
	  echo "test-full: $$((SECONDS / 60)) minutes, expected at most 60 with the build"; exit $$code

soak: all ## Run the tests that take hours, tests/soak/*, or go on with them; SCRIPT=NAME HOURS=N AGAIN=1 LIST=1
	@tests/run-soak $(if $(LIST),--list) $(if $(AGAIN),--again) $(if $(HOURS),--hours $(HOURS)) $(SCRIPT)

fuzz: configure ## Fuzz each target for 20 s; SECONDS_EACH=N, TARGETS="NAME ..."
	@tests/fuzz/run --build $(BUILD)/fuzz --seconds $(or $(SECONDS_EACH),20) $(TARGETS)

torture: all ## Faults of disks, clocks and hosts for every tool and the queue; MINUTES=20 AGAIN=1 ONLY=NAME,...
	@/usr/bin/python3 -W ignore tests/faults/torture.py --build $(BUILD) --minutes $(or $(MINUTES),20) \
	  $(if $(AGAIN),--again) $(if $(ONLY),--only "$(ONLY)")

night: all ## Play a simulated night and print its scorecard; KILLS=1 GROUPS=N NIGHT=FOLDER AGAINST=FOLDER
	@scripts/make-night $(if $(KILLS),--kills) $(if $(GROUPS),--groups $(GROUPS)) \
	  $(if $(AGAINST),--against "$(AGAINST)") $(NIGHT)

check: all sanitize tidy ## Formatting, clang-tidy, shellcheck, layers, manuals, sanitizers
	git ls-files -- '*.cc' '*.h' | xargs clang-format --dry-run -Werror
	scripts/check-scripts.sh
	scripts/check-layers.sh
	scripts/check-manuals.py
	scripts/check-links.py
	scripts/check-commands.py
	@echo "check: all right"

# clang cannot read GCC's precompiled headers, and has to see each source alone: flags of a folder that is not built.
tidy: configure
	@cmake -S . -B $(BUILD)/tidy -G Ninja -DCONTIMG_PCH=OFF -DCONTIMG_UNITY=OFF >/dev/null
	@git ls-files -- 'lib/*.cc' 'tools/*.cc' | sed 's|^|$(CURDIR)/|' | \
	  xargs run-clang-tidy -quiet -extra-arg=-Wno-unused-command-line-argument -j $(JOBS) \
	    -p $(BUILD)/tidy >$(BUILD)/tidy.log 2>&1 || \
	  { grep -E 'error:|warning:' $(BUILD)/tidy.log | sort -u; exit 1; }

sanitize: configure ## Run the unit tests under the address and undefined behaviour sanitizers
	@JOBS=$(JOBS) tests/sanitizers/unit-suite address $(BUILD)/sanitize

thread-sanitize: configure ## Run the unit tests under the thread sanitizer
	@JOBS=$(JOBS) tests/sanitizers/unit-suite thread $(BUILD)/thread-sanitize

memcheck: all ## Run every tool on real work under valgrind
	@rm -rf $(BUILD)/memcheck
	@tests/sanitizers/memcheck $(BUILD)/memcheck

format: ## Format the C++ in place
	@git ls-files -- '*.cc' '*.h' | xargs clang-format -i

bench: all ## Measure speed: tests/bench/*
	@for script in tests/bench/bench-*; do test -x "$$script" || continue; \
	  echo "bench: $$script"; "$$script" || exit 1; done

bench-%: all
	@tests/bench/$@

install: all manuals ## Install under PREFIX (/usr/local), below DESTDIR
	@DESTDIR="$(if $(DESTDIR),$(abspath $(DESTDIR)))" cmake --install $(BUILD) --prefix $(PREFIX)

uninstall: ## Remove what install wrote
	@test -f $(BUILD)/install_manifest.txt || { echo "uninstall: no $(BUILD)/install_manifest.txt"; exit 1; }
	@scripts/uninstall.sh $(BUILD)/install_manifest.txt "$(if $(DESTDIR),$(abspath $(DESTDIR)))"

deb: all manuals ## Make Debian packages in build/deb
	@scripts/build-packages.sh $(BUILD)

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
