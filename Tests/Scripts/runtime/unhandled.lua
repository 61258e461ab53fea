-- Accepts `lua` messages from itself.
-- Messages nobody waits for, and calls with a tag made by hand.
-- Ends in `TEST OK unhandled` or `TEST FAILED unhandled: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local core = require "skynet.core"
local checks = require "checks"

local UNUSED_TYPE <const> = 77

local function unknown_requests(me)
	local seen = {}
	local previous = skynet.dispatch_unknown_request(function(session, source, ptr, size, kind)
		seen[#seen + 1] = { session, source, skynet.tostring(ptr, size), kind }
	end)
	assert(type(previous) == "function")
	core.send(me, UNUSED_TYPE, 0, "a body")
	skynet.register_protocol { name = "named", id = UNUSED_TYPE + 1, pack = skynet.pack, unpack = skynet.unpack }
	core.send(me, UNUSED_TYPE + 1, 0, "another")
	checks.settle()
	checks.equal(seen, { { 0, me, "a body", UNUSED_TYPE }, { 0, me, "another", "named" } })
	-- Whoever waits for an answer learns that there is none.
	checks.raises("call failed", skynet.call, me, "named", 1)
	assert(skynet.dispatch_unknown_request(previous) ~= previous)
end

local function unknown_responses(me)
	local seen = {}
	local previous = skynet.dispatch_unknown_response(function(session, source, ptr, size)
		seen[#seen + 1] = { session, source, skynet.tostring(ptr, size) }
	end)
	core.send(me, skynet.PTYPE_RESPONSE, 0x7ffffff0, "too late")
	checks.settle()
	checks.equal(seen, { { 0x7ffffff0, me, "too late" } })
	skynet.dispatch_unknown_response(previous)
	-- The usual handlers log and raise; the service does not care.
	core.send(me, skynet.PTYPE_RESPONSE, 0x7ffffff0, "expected: unknown response")
	core.send(me, UNUSED_TYPE, 0, "expected: unknown request")
	checks.settle()
end

local function tagged_calls(me)
	skynet.dispatch("lua", function(_, _, ...)
		skynet.retpack(skynet.tracetag(), ...)
	end)
	local tag, value = skynet.unpack(skynet.tracecall("a tag", me, "lua", skynet.pack(5)))
	checks.equal({ tag, value }, { "a tag", 5 })
	checks.equal(skynet.call(me, "lua"), nil, "the tag was for one call")
	checks.raises("call to invalid address", skynet.tracecall, "a tag", 0xfffff0, "lua", skynet.pack())
end

checks.run("unhandled", function()
	local me = skynet.self()
	unknown_requests(me)
	unknown_responses(me)
	tagged_calls(me)
end)
