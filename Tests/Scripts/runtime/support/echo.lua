-- Accepts `lua` messages: the name of a command, then its arguments; see `command`.
-- A partner for the test scripts, which can answer, fail, hang and end in every way.

local skynet = require "skynet"
local mode = ...
local held
local command = {}

function command.echo(...)
	skynet.retpack(...)
end

function command.fail()
	error "failing on purpose"
end

function command.hang()
	skynet.wait()
end

function command.forget()
end

function command.exit()
	skynet.exit()
end

function command.hold()
	held = skynet.response()
end

function command.release(...)
	skynet.ret()
	held(true, ...)
end

function command.call(...)
	skynet.retpack(pcall(skynet.call, ...))
end

--- For those that answer later.
function command.proceed()
	skynet.wakeup "proceed"
	skynet.ret()
end

function command.ret_later(address)
	skynet.wait "proceed"
	skynet.send(address, "lua", "result", skynet.ret())
end

function command.respond_later(address)
	local respond = skynet.response()
	skynet.wait "proceed"
	skynet.send(address, "lua", "result", respond "TEST", respond(true))
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, name, ...)
		command[name](...)
	end)
	if mode == "exit" then
		skynet.exit()
	elseif mode == "fail" then
		error "start function failing on purpose"
	elseif mode == "slow" then
		skynet.sleep(20)
	elseif mode == "twice" then
		skynet.start(function() end)
	end
end)
