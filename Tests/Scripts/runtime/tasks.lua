-- Accepts `lua` messages from itself.
-- Looking at suspended coroutines, ending them, and the debug protocol.
-- Ends in `TEST OK tasks` or `TEST FAILED tasks: why`.
package.path = SERVICE_PATH .. "support/?.lua;" .. package.path

local skynet = require "skynet"
local debugging = require "skynet.debug"
local checks = require "checks"

local function listing()
	local before = skynet.task()
	local sleeper = skynet.fork(skynet.sleep, 50)
	skynet.yield()
	checks.equal(skynet.task(), before + 1)
	local session = skynet.task(sleeper)
	assert(skynet.task(session):find "sleep")
	checks.equal(skynet.task(0), "No session")
	local all = {}
	skynet.task(all)
	assert(all[("%s session: %d"):format(tostring(sleeper), session)])
	skynet.wakeup(sleeper)
	skynet.yield()
	all = {}
	skynet.task(all)
	checks.equal(all["BREAK session: " .. session], "BREAK")
	assert(skynet.task "init":find "tasks.lua")
end

local function grouping()
	for _ = 1, 12 do
		skynet.fork(function()
			skynet.sleep(10)
		end)
	end
	skynet.yield()
	local found
	for sessions, text in pairs(skynet.uniqtask()) do
		if sessions:find "^12\tsessions:%[[%d,]+,%.%.%.%]\n$" and text:find "tasks.lua" then
			found = sessions
		end
	end
	assert(found)
	checks.equal(select(2, found:gsub(",", "")), 9)
	skynet.sleep(12)
end

local function timers()
	skynet.trace_timeout(true)
	local timer = skynet.timeout(5, function() end)
	assert(skynet.task(skynet.task(timer)):find("^TIMER %d+%+5 : "))
	skynet.trace_timeout(false)
	skynet.sleep(6)
end

local function killing()
	local closed = 0
	local function wait()
		local _ <close> = setmetatable({}, { __close = function()
			closed = closed + 1
		end })
		skynet.wait()
	end
	local waiter = skynet.fork(wait)
	skynet.yield()
	checks.equal(skynet.killthread(waiter), waiter)
	checks.equal(closed, 1)
	local fork = skynet.fork(error, "never")
	checks.equal(skynet.killthread(tostring(fork):match "0x%x+"), fork)
	checks.equal(select("#", skynet.killthread "no such thread"), 0)
	skynet.dispatch("lua", wait)
	local outcome
	skynet.fork(function()
		outcome = { pcall(skynet.call, skynet.self(), "lua") }
	end)
	skynet.yield()
	skynet.yield()
	local all = {}
	skynet.task(all)
	for key, text in pairs(all) do
		if text:find "wait'" and text:find "tasks.lua" and not text:find "checks" then
			skynet.killthread(key:match "0x%x+")
		end
	end
	checks.await(function() return outcome end)
	assert(not outcome[1] and closed == 2)
end

local function debug_protocol()
	local me = skynet.self()
	local function command(...)
		return skynet.call(me, "debug", ...)
	end
	checks.equal(select("#", command "PING"), 0)
	checks.equal(math.type(command "MEM"), "float")
	checks.equal(command "INFO", nil)
	skynet.info_func(function(...)
		return "info", ...
	end)
	checks.equal({ command("INFO", 1, 2) }, { "info", 1, 2 })
	local stat = command "STAT"
	assert(stat.task >= 1 and stat.mqlen and stat.cpu and stat.message > 0)
	checks.equal(command("SUPPORT", "lua"), true)
	checks.equal(command("SUPPORT", "response"), false)
	checks.equal(command("TASK", 0), "No session")
	checks.equal(type(command "TASK"), "table")
	checks.equal(type(command "UNIQTASK"), "table")
	checks.equal(command("KILLTASK", "no such thread"), "Not found")
	checks.raises("call failed", command, "NO SUCH COMMAND")
	debugging.reg_debugcmd("MINE", function(...)
		skynet.retpack("mine", ...)
	end)
	checks.equal({ command("MINE", 1) }, { "mine", 1 })
end

local function injection()
	local me = skynet.self()
	local function run(...)
		return { skynet.call(me, "debug", "RUN", ...) }
	end
	checks.equal(run("print(1, 'a', nil, 2) print(...)", nil, "x", "y"), { true, "1\ta\nx\ty" })
	checks.equal(run("error('expected', 0)"), { false, "expected" })
	checks.equal(run("print 'before' error('after', 0)"), { false, "before\nafter" })
	assert(run("syntax error", "file.lua")[2]:find "^file.lua:1:")
	checks.equal(run("print(type(_U.proto), type(_P.lua), skynet)"), { true, "table\ttable" })
end

local function collecting()
	local lines = checks.logged(function()
		skynet.send(skynet.self(), "debug", "GC")
		skynet.send(skynet.self(), "debug", "GC")
		checks.settle()
	end)
	checks.equal(#lines, 1)
	assert(lines[1]:find "^GC [%d.]+ Kb %-> [%d.]+ Kb, cost [%d.]+ sec$")
end

checks.run("tasks", function()
	listing()
	grouping()
	timers()
	killing()
	debug_protocol()
	injection()
	collecting()
end)
