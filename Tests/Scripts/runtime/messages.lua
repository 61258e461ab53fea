-- Accepts messages of types it registers itself.
-- Unknown messages, redirection, forwarding, sessions.
-- Ends in `TEST OK messages` or `TEST FAILED messages: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local function unknown_requests(me)
	skynet.register_protocol { name = "undispatched", id = 150, pack = skynet.pack }
	local seen = {}
	local previous = skynet.dispatch_unknown_request(function(session, source, ptr, size, kind)
		seen[#seen + 1] = { session, source, skynet.tostring(ptr, size), kind }
		skynet.fork(function()
			seen[#seen + 1] = "fork"
		end)
	end)
	checks.equal(type(previous), "function")
	local core = require "skynet.core"
	core.send(me, 151, 0, "body")
	skynet.rawsend(me, "undispatched", "named")
	skynet.yield()
	checks.equal(seen, { { 0, me, "body", 151 }, "fork", { 0, me, "named", "undispatched" }, "fork" })
	checks.raises("call failed", skynet.rawcall, me, "undispatched", "x")
	skynet.dispatch_unknown_request(previous)
	local lines = checks.logged(function()
		core.send(me, 151, 0, "body")
		skynet.yield()
	end)
	checks.equal(lines, { "Unknown request (151): body" })
end

local function unknown_responses(me)
	local core = require "skynet.core"
	local lines = checks.logged(function()
		core.send(me, skynet.PTYPE_RESPONSE, 12345678, "late")
		skynet.yield()
	end)
	checks.equal(lines, { "Response message : late" })
	local seen
	local previous = skynet.dispatch_unknown_response(function(...)
		seen = select("#", ...)
	end)
	core.send(me, skynet.PTYPE_RESPONSE, 12345678, "late")
	skynet.yield()
	checks.equal(seen, 4)
	skynet.dispatch_unknown_response(previous)
	core.send(me, skynet.PTYPE_ERROR, 12345678, "")
	skynet.yield()
end

local function redirected(me)
	local seen
	skynet.dispatch("lua", function(session, source, ...)
		seen = { session, source, ... }
		skynet.ignoreret()
	end)
	skynet.redirect(me, 77, "lua", 99, skynet.pack "moved")
	skynet.yield()
	checks.equal(seen, { 99, 77, "moved" })
end

local function constants()
	checks.equal(skynet.PTYPE_CLIENT, 3)
	checks.equal(skynet.PTYPE_TRACE, 12)
	checks.equal(skynet.PTYPE_NOTHING, nil)
	checks.equal(skynet.no_such_function, nil)
	checks.equal(skynet.cache, require "skynet.codecache")
	checks.equal(skynet.address "name", "name")
	checks.equal(skynet.address(255), ":000000ff")
	checks.equal({ skynet.harbor(255) }, { 0, false })
	checks.equal(skynet.unpack(skynet.packstring "x"), "x")
	assert(skynet.genid() < skynet.genid())
	assert(math.abs(skynet.time() - os.time()) < 2)
end

local function environment()
	checks.equal(skynet.getenv "messages_test", nil)
	skynet.setenv("messages_test", 5)
	checks.equal(skynet.getenv "messages_test", "5")
	checks.raises("Can't setenv exist key : messages_test", skynet.setenv, "messages_test", 6)
	checks.equal(skynet.localname ".launcher", 3)
	checks.equal(skynet.localname ".no_such_name", nil)
	checks.equal(skynet.endless(), false)
	checks.equal(skynet.mqlen(), 0)
	assert(skynet.stat "message" > 0)
end

local function forwarding()
	local forwarder = skynet.newservice("support/forwarder", "forward", skynet.self())
	checks.equal(skynet.call(forwarder, "lua", 1, "two"), "answered 1 two")
	local filter = skynet.newservice("support/forwarder", "filter", skynet.self())
	checks.equal(skynet.call(filter, "lua", 3), "answered 3")
end

checks.run("messages", function()
	local me = skynet.self()
	unknown_requests(me)
	unknown_responses(me)
	redirected(me)
	constants()
	environment()
	skynet.dispatch("lua", function(_, _, ...)
		skynet.retpack("answered " .. table.concat({ ... }, " "))
	end)
	forwarding()
end)
