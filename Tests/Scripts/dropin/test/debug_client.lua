-- Speaks the debug protocol, to a service and to debug_agent, as another library and another console do.
-- Ends in `TEST OK debug_client` or `TEST FAILED debug_client: why`.

local skynet = require "skynet"
local socket = require "skynet.socket"
local debugchannel = require "skynet.debugchannel"
local drill = require "drill"

local target

local function ask(...)
	return table.pack(skynet.call(target, "debug", ...))
end

local function commands()
	assert(ask("PING").n == 0)
	assert(math.type(ask("MEM")[1]) == "float")
	local stat = ask("STAT")[1]
	assert(stat.task == 0 and stat.mqlen == 0 and stat.cpu and stat.message > 0)
	skynet.send(target, "debug", "GC")
	drill.await(function() return ask("STAT")[1].task == 0 end)
	drill.values(ask("INFO", "x", "y"), { asked = 2, first = "x" })
	drill.equal(ask("TASK")[1], {})
	drill.equal(ask("UNIQTASK")[1], {})
	drill.values(ask("SUPPORT", "lua"), true)
	drill.values(ask("SUPPORT", "nothing"), false)
	drill.values(ask("RUN", "print('ran', ...)", "name", 1), true, "ran\t1")
	local failed = ask("RUN", "error 'oops'")
	assert(failed[1] == false and failed[2]:find "oops")
	assert(ask("TRACELOG", "lua", false).n == 0 and ask("TRACELOG", nil).n == 0)
	drill.raises("call failed", ask, "TRACELOG", "nothing", true)
	drill.raises("call failed", ask, "NONSENSE")
	drill.raises("call failed", ask, "ping")
end

local function tasks()
	local answered
	skynet.fork(function() answered = pcall(skynet.call, target, "lua", "sleep", 100000) end)
	drill.await(function() return next(ask("TASK")[1]) end)
	local name, session = next(ask("TASK")[1]):match "^(thread: 0x%x+) session: (%d+)$"
	assert(ask("TASK", tonumber(session))[1]:find "^stack traceback")
	drill.values(ask("KILLTASK", "no such thread"), "Not found")
	assert(ask("KILLTASK", name).n == 0)
	drill.await(function() return answered == false end)
	-- TERM: what waits for that address fails.
	skynet.fork(function() answered = pcall(skynet.call, "NOBODY", "lua") end)
	skynet.send(skynet.self(), "debug", "TERM", "NOBODY")
	answered = nil
	drill.await(function() return answered == false end)
end

--- A connection whose far end tells what was written to the near one.
local function console()
	local near
	local listener, _, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, function(fd)
		socket.start(fd)
		near = fd
	end)
	local far = assert(socket.open("127.0.0.1", port))
	drill.await(function() return near end)
	socket.close(listener)
	return near, far
end

local function expect(far, pattern)
	local text = ""
	while not text:find(pattern) do
		text = text .. assert(socket.read(far), "the console hung up after: " .. text)
	end
end

--- As another debug_agent: the target takes a connection and a channel, and answers at the end.
local function remote_debug(near, far)
	local channel, handle = debugchannel.create()
	local over
	skynet.fork(function() over = table.pack(pcall(skynet.call, target, "debug", "REMOTEDEBUG", near, handle)) end)
	expect(far, ":%x+>$")
	drill.raises("call failed", ask, "REMOTEDEBUG", near, select(2, debugchannel.create()))
	assert(channel:write "1 + 1")
	expect(far, "^2\t\n:%x+>$")
	assert(channel:write "print 'with a line end'\n")
	expect(far, "^with a line end\n:%x+>$")
	assert(not over and channel:write "cont")
	drill.await(function() return over end)
	drill.values(over, true)
end

--- As another console.
local function agent(near, far)
	local function begin(service)
		local address, outcome = skynet.newservice "debug_agent", nil
		skynet.fork(function() outcome = table.pack(skynet.call(address, "lua", "start", service, near)) end)
		return address, function() return outcome end
	end
	local address, outcome = begin(target)
	expect(far, ":%x+>$")
	assert(table.pack(skynet.call(address, "lua", "ping")).n == 0)
	skynet.send(address, "lua", "cmd", "2 * 3")
	expect(far, "^6\t\n:%x+>$")
	assert(outcome() == nil)
	skynet.send(address, "lua", "cmd", "cont")
	drill.values(drill.await(outcome), true)
	drill.raises("call", skynet.call, address, "lua", "ping")
	-- A service that is not there.
	local _, refused = begin(0xffff00)
	drill.values(drill.await(refused), false, "Debugger attach failed")
	-- A service that leaves meanwhile.
	_, outcome = begin(target)
	expect(far, ":%x+>$")
	skynet.send(target, "debug", "EXIT")
	drill.values(drill.await(outcome), true)
end

drill.run("debug_client", function()
	target = skynet.newservice "drill_echo"
	commands()
	tasks()
	local near, far = console()
	remote_debug(near, far)
	local linked
	skynet.fork(function() linked = pcall(skynet.call, target, "debug", "LINK") end)
	agent(near, far)
	drill.await(function() return linked == false end)
	local debug_commands = require "skynet.debug"
	debug_commands.reg_debugcmd("MINE", function(...) skynet.retpack("mine", ...) end)
	drill.values(table.pack(skynet.call(skynet.self(), "debug", "MINE", 1)), "mine", 1)
end)
