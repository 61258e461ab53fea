-- Accepts no messages.
-- The tree of values all services share.
-- Ends in `TEST OK datacenter` or `TEST FAILED datacenter: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local datacenter = require "skynet.datacenter"
local checks = require "checks"

local function wait_for(...)
	local outcome = {}
	skynet.fork(function(...)
		outcome.ok, outcome.value = pcall(datacenter.wait, ...)
		outcome.done = true
	end, ...)
	checks.settle()
	return outcome
end

local function values()
	checks.equal(datacenter.get "a", nil)
	checks.equal(select("#", datacenter.get()), 0)
	checks.equal(datacenter.set("a", "b", 1), nil)
	checks.equal(datacenter.set("a", "b", 2), 1)
	checks.equal(datacenter.get("a", "b"), 2)
	checks.equal(datacenter.get "a", { b = 2 })
	checks.equal(datacenter.get("a", "x", "y"), nil)
	checks.raises("call failed", datacenter.get, "a", "b", "c")
	checks.raises("call failed", datacenter.set, "a", "b", "c", 1)
	checks.equal(datacenter.set("a", nil), { b = 2 })
	checks.equal(datacenter.get "a", nil)
end

local function waiting()
	local leaf = wait_for("k", "l")
	local branch = wait_for "k"
	local below = wait_for("k", "l", "m")
	checks.await(function() return branch.done and below.done end)
	assert(not branch.ok and not below.ok)
	datacenter.set("k", { l = 1 })
	checks.settle()
	assert(not leaf.done, "a whole table wakes nobody inside")
	datacenter.set("k", "l", 7)
	checks.await(function() return leaf.done end)
	checks.equal(leaf, { done = true, ok = true, value = 7 })
	checks.equal(datacenter.wait("k", "l"), 7)
end

local function set_below_a_wait()
	local outcome = wait_for "q"
	datacenter.set("q", "r", 1)
	checks.await(function() return outcome.done end)
	assert(not outcome.ok)
	datacenter.set("q", nil)
	outcome = wait_for "q"
	datacenter.set("q", "again")
	checks.await(function() return outcome.done end)
	checks.equal(outcome.value, "again")
end

checks.run("datacenter", function()
	values()
	waiting()
	set_below_a_wait()
end)
