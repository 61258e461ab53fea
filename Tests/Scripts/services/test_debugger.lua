-- The interactive debugger: evaluating in a service, stopping a handler at its lines, looking and changing there.
-- A stopped handler holds neither its service nor a thread.

local skynet = require "skynet"
require "skynet.manager"
local socket = require "skynet.socket"

local HOST <const> = "127.0.0.1"

--- A console listens at a port the system chose; the list of sockets tells which.
local function start_console()
	local console = skynet.newservice("debug_console", 0)
	for _, info in ipairs(socket.netstat()) do
		if info.address == console and info.type == "LISTEN" then
			return tonumber(info.sock:match ":(%d+)$")
		end
	end
end

local role = ...

local function double(value)
	return value * 2
end

--- The debugged service; the lines of its handler are what the debugger steps through.
local function target()
	skynet.dispatch("lua", function(_, _, value)
		local doubled = double(value)
		local sum = doubled + 1
		skynet.retpack(sum)
	end)
end

--- Everything up to the next prompt, which is returned too.
local function read_prompt(fd)
	local text = ""
	repeat
		local more = assert(socket.read(fd), "the console hung up after: " .. text)
		text = text .. more
	until text:find "[^\n]>$"
	return text
end

local function say(fd, line, pattern)
	socket.write(fd, line .. "\n")
	local text = read_prompt(fd)
	assert(text:find(pattern), string.format("%s: %q does not match %q", line, text, pattern))
end

local function test_evaluation(fd)
	say(fd, "1 + 1", "^2\t\n:%x+>$")
	say(fd, "print('hi', 3)", "^hi\t3\n:%x+>$")
	say(fd, "x = SERVICE_NAME", "^:%x+>$")
	say(fd, "x", "^test_debugger\t\n:%x+>$")
	say(fd, "error 'oops'", "oops\n:%x+>$")
	say(fd, "watch 'nothing'", "no dispatch function")
end

local function test_breakpoint(fd, service)
	say(fd, "watch('lua', function(_, _, value) return value == 5 end)", "^:%x+>$")
	assert(skynet.call(service, "lua", 4) == 9, "the condition lets others pass")
	local answer
	skynet.fork(function() answer = skynet.call(service, "lua", 5) end)
	local stop = "test_debugger%.lua%(%d+%)>$"
	assert(read_prompt(fd):find(stop))
	say(fd, "value", "^5\t\n.*" .. stop)
	say(fd, "value = 7", stop)
	say(fd, "skynet.sleep(1)", "^[^\n]*" .. stop)
	assert(skynet.call(service, "lua", 1) == 3, "the service goes on meanwhile")
	say(fd, "s", stop)
	say(fd, "value", "^7\t\n")
	say(fd, "n", stop)
	say(fd, "n", stop)
	assert(answer == nil)
	say(fd, "c", "^:%x+>$")
	while not answer do
		skynet.sleep(1)
	end
	assert(answer == 15, "the changed value went on")
	assert(skynet.call(service, "lua", 5) == 11, "a breakpoint stops once")
end

local function test()
	local service = skynet.newservice(SERVICE_NAME, "target")
	local port = start_console()
	local fd = assert(socket.open(HOST, port))
	assert(socket.readline(fd, "\n"))
	socket.write(fd, "debug " .. skynet.address(service) .. "\n")
	assert(read_prompt(fd) == skynet.address(service) .. ">")
	test_evaluation(fd)
	test_breakpoint(fd, service)
	socket.write(fd, "cont\n")
	assert(socket.readline(fd, "\n") == "<CMD OK>")
	socket.write(fd, "debug :ffffff\n")
	assert(socket.readline(fd, "\n") == "Debugger attach failed")
end

if role then
	skynet.start(target)
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK test_debugger" or "TEST FAILED test_debugger: " .. failure)
		skynet.abort()
	end)
end
