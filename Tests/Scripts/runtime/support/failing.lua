require "skynet".sleep(1)
error "expected: this module fails"
