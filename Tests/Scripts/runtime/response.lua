-- Accepts `lua` messages from itself.
-- Answers given later.
-- Ends in `TEST OK response` or `TEST FAILED response: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local held

local function hold(pack)
	held = skynet.response(pack)
end

local command = {}

function command.hold()
	hold()
end

function command.hold_and_fail()
	hold()
	error "expected: after response"
end

function command.hold_badly()
	hold(function(value)
		return skynet.pack(assert(value, "nothing to pack"))
	end)
end

local function held_call(name)
	local outcome = {}
	skynet.fork(function()
		outcome.values = table.pack(pcall(skynet.call, skynet.self(), "lua", name))
	end)
	skynet.yield()
	skynet.yield()
	return outcome
end

local function answered_once()
	local outcome = held_call "hold"
	checks.equal(held "TEST", true)
	checks.equal(held(true, 1, nil, 3), true)
	checks.equal(held "TEST", false)
	checks.raises("Can't response more than once", held, true)
	checks.settle()
	checks.equal(outcome.values, { n = 4, true, 1, nil, 3 })
end

local function refused()
	local outcome = held_call "hold"
	checks.equal(held(false), true)
	checks.settle()
	assert(outcome.values[2]:find "call failed$")
end

local function later_error_does_not_matter()
	local outcome = held_call "hold_and_fail"
	held(true, "fine")
	checks.settle()
	checks.equal(outcome.values[2], "fine")
end

local function pack_failure_keeps_it_open()
	local outcome = held_call "hold_badly"
	checks.raises("nothing to pack", held, true)
	checks.equal(held(true, "second"), true)
	checks.settle()
	checks.equal(outcome.values[2], "second")
end

local function requester_dead()
	held_call "hold"
	skynet.term(skynet.self())
	checks.equal(held "TEST", false)
	checks.equal(held(true), false)
end

local function nothing_to_answer()
	skynet.send(skynet.self(), "lua", "hold")
	checks.settle()
	checks.equal(select("#", held(true)), 0)
end

checks.run("response", function()
	skynet.dispatch("lua", function(_, _, name, ...)
		command[name](...)
	end)
	answered_once()
	refused()
	later_error_does_not_matter()
	pack_failure_keeps_it_open()
	requester_dead()
	nothing_to_answer()
end)
