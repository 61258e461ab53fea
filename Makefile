# Two commands matter on a fresh Debian machine that has the Swift toolchain: `make run` and `make test`.

SWIFT ?= swift
PORT ?= 8888

run_packages = liblua5.4-dev libssl-dev pkg-config
test_packages = $(run_packages) lua-cjson lua-lpeg openssl redis-server
bench_packages = $(run_packages) python3
formatted = Package.swift Sources Tests
swiftgate = .build/release/swiftgate

.NOTPARALLEL:
.PHONY: help run test build bench format lint clean run-packages test-packages bench-packages

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

run: run-packages build  ## build in release mode and start the echo example on port 8888 (PORT=9000 moves it)
	@printf '%s\n' "Echo gate on port $(PORT); send it 2 bytes of length and a text: \
	bash -c \"exec 3<>/dev/tcp/127.0.0.1/$(PORT); printf '\\0\\5hello' >&3; head -c 7 <&3 | od -c\""
	@exec $(swiftgate) examples/echo/config --set port=$(PORT)

test: test-packages  ## run the whole test suite (FILTER=Name runs a part)
	$(SWIFT) test $(if $(FILTER),--filter $(FILTER))

build:  ## build the command in release mode
	$(SWIFT) build -c release --product swiftgate

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
