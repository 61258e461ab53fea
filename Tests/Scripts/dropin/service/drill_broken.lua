error "expected: this service does not start"
