-- Accepts `lua` messages from itself.
-- The order inside one message: handler, wake-ups, failures, forks; then the next message.
-- Ends in `TEST OK ordering` or `TEST FAILED ordering: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local trail = {}

local function note(text)
	trail[#trail + 1] = text
end

local function expect(expected)
	checks.equal(table.concat(trail, " "), expected, "order")
	trail = {}
end

skynet.timeout(0, function()
	note "timer of the main chunk"
end)
skynet.fork(function()
	note "fork of the main chunk"
end)

local function forks_before_messages()
	skynet.fork(function()
		note "f1"
		skynet.fork(note, "f1.1")
	end)
	skynet.fork(note, "f2")
	skynet.timeout(0, function()
		note "t0"
	end)
	note "main"
	skynet.yield()
	note "main-after-yield"
	expect "main f1 f2 f1.1 t0 main-after-yield"
end

local function wakeups_before_forks()
	local waiter = skynet.fork(function()
		checks.equal(select("#", skynet.wait()), 0)
		note "waiter"
	end)
	local sleeper = skynet.fork(function()
		note(skynet.sleep(1000))
		note "sleeper"
	end)
	skynet.yield()
	skynet.fork(note, "fork")
	checks.equal(skynet.wakeup(sleeper), true)
	checks.equal(skynet.wakeup(waiter), true)
	checks.equal(skynet.wakeup(sleeper), true)
	checks.equal(select("#", skynet.wakeup "nobody"), 0)
	note "main"
	skynet.yield()
	expect "main BREAK sleeper waiter fork"
end

local function second_wakeup_hits_the_next_wait()
	local token = {}
	skynet.fork(function()
		skynet.wait(token)
		note "first"
		skynet.wait(token)
		note "second"
	end)
	skynet.yield()
	skynet.wakeup(token)
	skynet.wakeup(token)
	skynet.yield()
	expect "first second"
end

local function a_raise_delays_wakeups()
	local token = {}
	skynet.fork(function()
		skynet.wait(token)
		note "woken"
	end)
	skynet.yield()
	skynet.fork(function()
		skynet.fork(note, "fork")
		skynet.wakeup(token)
		error "expected: raised after a wakeup"
	end)
	skynet.yield()
	expect "fork woken"
end

local function failures_after_wakeups()
	local echo = skynet.newservice "support/echo"
	local token = {}
	skynet.fork(function()
		note(pcall(skynet.call, echo, "lua", "hang") and "answered" or "failed")
	end)
	skynet.fork(function()
		skynet.wait(token)
		note "woken"
	end)
	skynet.yield()
	skynet.fork(note, "fork")
	skynet.term(echo)
	skynet.wakeup(token)
	skynet.yield()
	expect "woken failed fork"
end

local function messages_keep_their_order()
	skynet.dispatch("lua", function(_, _, n)
		note(n)
		skynet.fork(note, n .. "f")
	end)
	for i = 1, 3 do
		skynet.send(skynet.self(), "lua", "m" .. i)
	end
	skynet.yield()
	expect "m1 m1f m2 m2f m3 m3f"
end

local function equal_timers_keep_their_order()
	for i = 1, 5 do
		skynet.timeout(3, function()
			note(i)
		end)
	end
	skynet.sleep(6)
	expect "1 2 3 4 5"
end

checks.run("ordering", function()
	expect "timer of the main chunk fork of the main chunk"
	forks_before_messages()
	wakeups_before_forks()
	second_wakeup_hits_the_next_wait()
	a_raise_delays_wakeups()
	failures_after_wakeups()
	messages_keep_their_order()
	equal_timers_keep_their_order()
end)
