-- Accepts lua: wait(), answered after a while. Its callers do not wait that long, each in another way of its own.
-- Says `late is done`; no line of the log is an error.

local skynet = require "skynet"
require "skynet.manager"

local asked, answered = 0, 0
local finish = {}

local function answer(promise)
	skynet.sleep(10)
	if promise then
		promise(true, "late")
	else
		skynet.retpack "late"
	end
	answered = answered + 1
	skynet.wakeup(finish)
end

--- How a caller goes away while its call is being handled.
local LEAVE = {}

function LEAVE.exit()
	skynet.exit()
end

function LEAVE.kill()
	skynet.kill(skynet.self())
end

function LEAVE.killthread(co)
	skynet.killthread(co)
end

--- Leaves the loop over the answers before there is one.
function LEAVE.abandon(_, server)
	for _ in skynet.request({ server, "lua" }):select(1) do
		error "nobody answers so soon"
	end
end

local function run_caller(server, leave)
	local co = skynet.fork(skynet.call, server, "lua")
	skynet.fork(function()
		skynet.sleep(2)
		LEAVE[leave](co, server)
	end)
end

local function run_server()
	skynet.dispatch("lua", function()
		asked = asked + 1
		if asked % 2 == 0 then
			answer(skynet.response())
		else
			answer()
		end
	end)
	local expected = 0
	for leave in pairs(LEAVE) do
		for _ = 1, 2 do
			skynet.newservice("late", skynet.self(), leave)
			expected = expected + (leave == "abandon" and 2 or 1)
		end
	end
	while answered < expected do
		skynet.wait(finish)
	end
	skynet.sleep(5)
	skynet.error "late is done"
	skynet.abort()
end

local server, leave = ...
skynet.start(function()
	if server then
		run_caller(tonumber(server), leave)
	else
		run_server()
	end
end)
