# Two commands matter on a fresh Debian machine that has the Swift toolchain: `make run` and `make test`.

SWIFT ?= swift
PORT ?= 8888
PREFIX ?= /usr/local
DESTDIR ?=

run_packages = liblua5.4-dev libssl-dev pkg-config
test_packages = $(run_packages) lua-cjson lua-lpeg openssl python3-websockets redis-server
bench_packages = $(run_packages) python3 openssl nginx libnginx-mod-stream
formatted = Package.swift Sources Tests
swiftgate = .build/release/swiftgate
installed = $(DESTDIR)$(PREFIX)
scripts = $(installed)/share/swiftgate

# The command is to run where Swift is not: its library is linked in, and nothing is looked up where it was built. C
# modules of scripts find Lua in the system's shared library, so the command itself has nothing to export. The libraries
# we use are as free of run-time exclusivity checks as our own targets.
release = -c release --product swiftgate --static-swift-stdlib --disable-local-rpath -Xlinker --no-export-dynamic \
	-Xswiftc -enforce-exclusivity=unchecked

.NOTPARALLEL:
.PHONY: help run test soak tsan test-install build install bench format lint clean run-packages test-packages bench-packages

help:  ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

run: build  ## build in release mode and start the echo example on port 8888 (PORT=9000 moves it)
	@printf '%s\n' "Echo gate on port $(PORT); send it 2 bytes of length and a text: \
	bash -c \"exec 3<>/dev/tcp/127.0.0.1/$(PORT); printf '\\0\\5hello' >&3; head -c 7 <&3 | od -c\""
	@exec $(swiftgate) examples/echo/config --set port=$(PORT)

test: test-packages  ## run the whole test suite (FILTER=Name runs a part)
	$(SWIFT) test $(if $(FILTER),--filter $(FILTER))

soak: test-packages  ## stress a node for ten minutes with services that block (SECONDS=60 for less)
	SOAK_SECONDS=$(or $(SECONDS),600) $(SWIFT) test --filter StressTests

tsan: test-packages  ## run the stress and the tests of kernel and sockets under the thread sanitizer (FILTER=Name: others)
	Tests/Sanitizer/run $(FILTER)

test-install: test-packages build  ## install into a scratch directory, hide the Swift toolchain, use what was installed
	SWIFT="$(SWIFT)" Tests/Installation/run

build: run-packages  ## build the command in release mode
	$(SWIFT) build $(release)

install: $(swiftgate)  ## install the command, its scripts and the examples below PREFIX (/usr/local)
	install -d $(installed)/bin $(scripts)
	install -s -m 755 $(swiftgate) $(installed)/bin/swiftgate
	cd $(scripts) && rm -rf lualib service examples
	cp -R lualib service examples $(scripts)
	chmod -R u=rwX,go=rX $(scripts)

$(swiftgate):
	@$(MAKE) build

bench: bench-packages build  ## measure the packet path beside the bare epoll floor (ROW=name measures one row)
	Tests/Benchmarks/run $(ROW)

format:  ## bring all Swift sources into shape
	$(SWIFT) format format --in-place --recursive --parallel $(formatted)

lint:  ## check the shape of all Swift sources
	$(SWIFT) format lint --strict --recursive --parallel $(formatted)

clean:  ## remove everything that was built
	rm -rf .build

run-packages:
	@.ci/install-packages $(run_packages)

test-packages:
	@.ci/install-packages $(test_packages)

bench-packages:
	@.ci/install-packages $(bench_packages)
