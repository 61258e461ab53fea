-- Accepts `lua` messages from itself.
-- What callers see of failures, and what is logged.
-- Ends in `TEST OK errors` or `TEST FAILED errors: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local checks = require "checks"

local closed

local function guard()
	return setmetatable({}, { __close = function(_, err)
		closed = err
	end })
end

local command = {}

function command.fail()
	local _ <close> = guard()
	error "expected: handler failing"
end

function command.fail_with_table()
	error {}
end

function command.forget()
end

function command.ret_twice()
	checks.equal(skynet.ret(), true)
	checks.raises("No session", skynet.ret)
	checks.raises("no session", skynet.response)
end

function command.context()
	local session, source = skynet.context()
	assert(session > 0 and source == skynet.self())
	skynet.fork(function()
		checks.equal({ skynet.context() }, {})
		checks.raises("No session", skynet.ret)
	end)
	coroutine.wrap(function()
		skynet.retpack "from inside"
	end)()
	checks.equal((skynet.context()), nil)
end

function command.plain_send()
	checks.equal((skynet.context()), 0)
	checks.equal(skynet.retpack(1), false)
	checks.raises("No session", skynet.ret)
end

local function calls_that_fail()
	local me = skynet.self()
	checks.raises("call failed", skynet.call, me, "lua", "fail")
	assert(closed:find "handler failing")
	checks.raises("call failed", skynet.call, me, "lua", "fail_with_table")
	checks.raises("call failed", skynet.call, me, "lua", "no such command")
	checks.equal(skynet.call(me, "lua", "context"), "from inside")
	checks.equal(select("#", skynet.call(me, "lua", "ret_twice")), 0)
	checks.equal(skynet.send(me, "lua", "plain_send"), 0)
	skynet.yield()
end

local function dead_addresses()
	checks.raises("call to invalid address :00ffff00", skynet.call, 0xffff00, "lua")
	checks.raises("call to invalid address .nobody", skynet.call, ".nobody", "lua")
	checks.raises("call to invalid address", skynet.rawcall, ".nobody", "lua", "")
	checks.raises("Invalid service address 0", skynet.call, 0, "lua")
	checks.raises("attempt to index a nil value (local 'p')", skynet.call, 1, "no such type")
	checks.equal(select("#", skynet.send(0xffff00, "lua")), 0)
	checks.equal(select("#", skynet.send(".nobody", "lua")), 0)
end

local function forgotten_answer()
	local lines = checks.logged(function()
		skynet.fork(pcall, skynet.call, skynet.self(), "lua", "forget")
		skynet.yield()
		skynet.yield()
	end)
	local expected = "^Maybe forgot response session %d+ from " .. skynet.address(skynet.self()) .. " : @.*errors.lua:%d+$"
	-- The reply to the main chunk's call, which nobody waits for, may be logged in between.
	for _, line in ipairs(lines) do
		if line:find(expected) then
			return
		end
	end
	error("not logged: " .. table.concat(lines, "\n"))
end

local function malformed_body_gets_no_answer()
	local answered = false
	skynet.fork(function()
		pcall(skynet.rawcall, skynet.self(), "lua", "\7")
		answered = true
	end)
	checks.settle()
	assert(not answered)
end

local function misused_tokens()
	local token = {}
	skynet.fork(skynet.sleep, 20, token)
	skynet.yield()
	checks.raises("token duplicative", skynet.sleep, 1, token)
	checks.raises("token duplicative", skynet.wait, token)
end

local function protocols()
	checks.raises("assertion failed!", skynet.register_protocol, { name = "lua", id = 200 })
	checks.raises("assertion failed!", skynet.register_protocol, { name = "new", id = 9 })
	checks.raises("assertion failed!", skynet.register_protocol, { name = "new", id = 256 })
	checks.raises("attempt to index a nil value (local 'p')", skynet.dispatch, "new", print)
	checks.equal(skynet.dispatch "new", nil)
	local class = { name = "new", id = 200 }
	skynet.register_protocol(class)
	checks.equal(skynet.dispatch(200, print), nil)
	checks.equal(class.dispatch, print)
	checks.equal(skynet.dispatch("new", error), print)
end

local function main_chunk_cannot_block()
	local expected = "attempt to yield from outside a coroutine"
	checks.raises(expected, skynet.sleep, 1)
	checks.raises(expected, skynet.wait)
	checks.raises(expected, skynet.call, ".launcher", "lua", "LIST")
end

main_chunk_cannot_block()

checks.run("errors", function()
	skynet.dispatch("lua", function(_, _, name, ...)
		command[name](...)
	end)
	calls_that_fail()
	dead_addresses()
	forgotten_answer()
	malformed_body_gets_no_answer()
	misused_tokens()
	protocols()
end)
