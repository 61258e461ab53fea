-- Accepts `lua` messages: result values...
-- What others see when a service exits, is killed, or never starts.
-- Ends in `TEST OK exit` or `TEST FAILED exit: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local result

local function outcome_of_call(...)
	local outcome = {}
	skynet.fork(function(...)
		outcome.ok, outcome.value = pcall(skynet.call, ...)
		outcome.done = true
	end, ...)
	skynet.yield()
	return outcome
end

local function expect_failed(outcome)
	checks.await(function() return outcome.done end)
	assert(not outcome.ok and outcome.value:find "call failed$", outcome.value)
end

local function starting()
	checks.equal(math.type(skynet.newservice "support/echo"), "integer")
	checks.equal(select("#", skynet.newservice("support/echo", "exit")), 0)
	checks.raises("call failed", skynet.newservice, "support/echo", "fail")
	checks.raises("call failed", skynet.newservice, "support/missing")
	local began = skynet.now()
	skynet.newservice("support/echo", "slow")
	assert(skynet.now() - began >= 19)
end

local function exit_answers_everything()
	local echo = skynet.newservice "support/echo"
	local handled = outcome_of_call(echo, "lua", "hang")
	local held = outcome_of_call(echo, "lua", "hold")
	local calling = outcome_of_call(echo, "lua", "call", skynet.self(), "lua", "hang")
	local exiting = outcome_of_call(echo, "lua", "exit")
	local queued = outcome_of_call(echo, "lua", "echo")
	expect_failed(handled)
	expect_failed(held)
	expect_failed(calling)
	expect_failed(exiting)
	checks.await(function() return queued.done end)
	assert(not queued.ok)
	checks.raises("call to invalid address " .. skynet.address(echo), skynet.call, echo, "lua", "echo")
end

local function kill_answers_nobody()
	local echo = skynet.newservice "support/echo"
	local handled = outcome_of_call(echo, "lua", "hang")
	skynet.call(echo, "lua", "echo")
	skynet.kill(echo)
	checks.settle()
	assert(not handled.done)
	skynet.term(echo)
	expect_failed(handled)
end

local function names_are_not_addresses()
	local echo = skynet.newservice "support/echo"
	skynet.name(".exit_test", echo)
	local by_name = outcome_of_call(".exit_test", "lua", "hang")
	skynet.call(echo, "lua", "echo")
	skynet.term(echo)
	checks.settle()
	assert(not by_name.done)
	skynet.term ".exit_test"
	expect_failed(by_name)
end

local function dying_callers()
	local echo = skynet.newservice "support/echo"
	for _, how in ipairs { "ret_later", "respond_later" } do
		result = nil
		local caller = skynet.newservice "support/echo"
		skynet.send(caller, "lua", "call", echo, "lua", how, skynet.self())
		skynet.call(caller, "lua", "echo")
		skynet.call(echo, "lua", "echo")
		skynet.send(caller, "lua", "exit")
		checks.await(function() return not pcall(skynet.call, caller, "lua", "echo") end)
		skynet.call(echo, "lua", "proceed")
		checks.await(function() return result end)
		checks.equal(result, how == "ret_later" and { false } or { false, false }, how)
	end
end

local function exit_closes_coroutines()
	local echo = skynet.newservice "support/closing"
	result = nil
	skynet.call(echo, "lua", skynet.self())
	checks.await(function() return result end)
	checks.equal(result, { "suspended" })
end

checks.run("exit", function()
	skynet.dispatch("lua", function(session, _, name, ...)
		if name == "result" then
			result = { ... }
		elseif name == "hang" then
			skynet.wait()
		elseif session ~= 0 then
			skynet.ret()
		end
	end)
	starting()
	exit_answers_everything()
	kill_answers_nobody()
	names_are_not_addresses()
	dying_callers()
	exit_closes_coroutines()
end)
