-- Accepts nothing: launches the gate of hello.lua and opens it, since a gate opens its port when it is told to.
-- With gateserver, `open` is a command like any other, and its reply is whatever the handler's `open` returns.

local skynet = require "skynet"

skynet.start(function()
	local hello = skynet.newservice "hello"
	local address, port = skynet.call(hello, "lua", "open", {
		address = skynet.getenv "address",
		port = tonumber(skynet.getenv "port"),
	})
	skynet.error(string.format("hello listens on %s:%s", address, port))
	skynet.exit()
end)
