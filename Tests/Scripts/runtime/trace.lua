-- Accepts `lua` messages from itself.
-- Trace tags, and what is logged under them.
-- Ends in `TEST OK trace` or `TEST FAILED trace: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local core = require "skynet.core"

local lines = {}
local plain_trace = core.trace

-- Before the tracing module is loaded: it keeps the function.
core.trace = function(tag, text, ...)
	lines[#lines + 1] = text
	return plain_trace(tag, text, ...)
end

local checks = require "checks"

local function expect(...)
	checks.equal(lines, { ... })
	lines = {}
end

local function on_demand(me)
	checks.equal(skynet.tracetag(), nil)
	skynet.trace "information"
	checks.equal(skynet.tracetag(), skynet.address(me) .. "-1")
	checks.equal(skynet.call(me, "lua"), skynet.address(me) .. "-1")
	expect("trace information", "call", "request", "response", "end", "resume")
	skynet.sleep(1)
	expect("sleep", "resume")
end

checks.run("trace", function()
	local me = skynet.self()
	skynet.dispatch("lua", function()
		skynet.retpack(skynet.tracetag())
	end)
	on_demand(me)
	skynet.traceproto("lua", false)
	checks.equal(skynet.call(me, "lua"), false)
	expect("call", "resume")
	skynet.traceproto("lua", true)
	checks.equal(skynet.call(me, "lua"), skynet.address(me) .. "-1")
	lines = {}
	checks.equal(select("#", skynet.call(me, "debug", "TRACELOG", "lua", nil)), 0)
	checks.raises("call failed", skynet.call, me, "debug", "TRACELOG", "no such type", true)
end)
