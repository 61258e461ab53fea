-- Accepts no messages.
-- snax services: methods, errors, hotfix, profile.
-- Ends in `TEST OK snax` or `TEST FAILED snax: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local snax = require "skynet.snax"
local checks = require "checks"

local PATCH <const> = [[
local count
local greeting

function response.count()
	count = count + 10
	return greeting, count
end

function hotfix(...)
	local before = count
	count = 100
	return before, ...
end
]]

local function methods(object)
	checks.equal(tostring(object), ("[support/snax_partner:%x]"):format(object.handle))
	checks.equal(object.req.add(1, 2), 3)
	object.post.bump()
	checks.equal(select("#", object.post.bump()), 0)
	checks.equal({ object.req.count() }, { "hello", 2 })
	checks.raises("call failed", object.req.fail)
	checks.raises("post support/snax_partner:nothing no exist", function()
		return object.post.nothing
	end)
	checks.raises("request support/snax_partner:nothing no exist", function()
		return object.req.nothing
	end)
	checks.equal(object.req.started_with(), { "argument", 2 })
	checks.equal(object.req.neighbour(), "module beside the script")
end

local function binding(object)
	assert(snax.bind(object.handle, "support/snax_partner") == object)
	checks.raises("assertion failed!", snax.bind, object.handle, "snax_other")
	local interface = snax.interface "support/snax_partner"
	checks.equal(interface.system, { init = 1, exit = 2, hotfix = 3, profile = 4 })
	checks.equal(interface.response.add, 5)
	checks.equal(interface.accept.bump, 6)
	checks.raises("call failed", skynet.call, object.handle, "snax", 1)
	checks.equal(skynet.call(object.handle, "lua", 5, 20, 3), 23)
end

local function hotfix(object)
	checks.equal({ snax.hotfix(object, PATCH, "extra") }, { 2, "extra" })
	checks.equal({ object.req.count() }, { "hello", 110 })
	checks.raises("Patch mismatch response.nothing", snax.hotfix, object, "function response.nothing() end")
	assert(select(2, pcall(snax.hotfix, object, "function (")):find "attempt to call a nil value")
	checks.equal({ object.req.count() }, { "hello", 120 })
end

local function profile(object)
	local used = snax.profile_info(object)
	checks.equal(used.bump.count, 2)
	assert(used.add.time >= 0 and used.fail.count == 1)
	checks.equal(skynet.call(object.handle, "debug", "INFO").bump.count, 2)
end

local function ends(object)
	snax.kill(object, "bye")
	-- `kill` is answered just before the service exits; a request that still finds it fails as well.
	while select(2, pcall(object.req.add, 1, 2)):find "call failed$" do
		skynet.yield()
	end
	checks.raises("call to invalid address " .. skynet.address(object.handle), object.req.add, 1, 2)
	local other = snax.newservice "support/snax_partner"
	other.post.leave()
	checks.await(function() return not pcall(other.req.add, 1, 2) end)
end

local function starting_fails()
	checks.raises("call failed", snax.newservice, "support/snax_partner", "fail")
	for name, text in pairs {
		["support/snax_twice"] = "accept.twice duplicate definition",
		["support/snax_number"] = "response.five must be function",
		["support/snax_key"] = "accept method only support string",
		["support/snax_init"] = "init must be a function",
	} do
		checks.raises(text, snax.interface, name)
	end
	assert(not pcall(snax.newservice, "snax_missing"))
end

local function unique()
	local first = snax.uniqueservice("support/snax_partner", "argument")
	assert(snax.uniqueservice "support/snax_partner" == first)
	assert(snax.queryservice "support/snax_partner" == first)
	local all = snax.globalservice "support/snax_partner"
	assert(all ~= first and snax.queryglobal "support/snax_partner" == all)
end

checks.run("snax", function()
	local object = snax.newservice("support/snax_partner", "argument", 2)
	methods(object)
	binding(object)
	hotfix(object)
	profile(object)
	ends(object)
	starting_fails()
	unique()
end)
