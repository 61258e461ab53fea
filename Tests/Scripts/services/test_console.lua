-- The console reads standard input: a second node gets some lines, and says what they did.
-- The other role, `reporter`, tells that it was started, and with which arguments.

local skynet = require "skynet"
require "skynet.manager"

local function executable()
	local stat = assert(io.open "/proc/self/stat")
	local pid = stat:read "n"
	stat:close()
	local pipe = assert(io.popen(("readlink /proc/%d/exe"):format(pid)))
	local path = pipe:read "l"
	pipe:close()
	return path
end

local CONFIG <const> = [[
thread = 1
harbor = 0
start = "console"
luaservice = %q
]]

--- Its last line ends the node, and with it the pipe; `timeout` is for the day it does not.
local function converse(config)
	local pipe = assert(io.popen(([[
		(printf 'test_console reporter one two\n\n  \nno_such_service\nsnax no_such_snax\n'
		 printf 'test_console reporter last\n') | timeout 30 %s %s 2>&1
	]]):format(executable(), config)))
	local output = pipe:read "a"
	pipe:close()
	return output
end

local function test()
	local config = os.tmpname()
	local file = assert(io.open(config, "w"))
	file:write(CONFIG:format(skynet.getenv "luaservice"))
	file:close()
	local output = converse(config)
	os.remove(config)
	assert(output:find("started with one two\n", 1, true), output)
	assert(output:find("no_such_service", 1, true), output)
	local first = output:find("started with one", 1, true)
	local last = output:find("started with last", 1, true)
	assert(last and first < last, output)
end

local role, first, second = ...

skynet.start(function()
	if role == "reporter" then
		skynet.error("started with", first, second or "")
		if first == "last" then
			skynet.timeout(5, skynet.abort)
		end
		return
	end
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_console" or "TEST FAILED test_console: " .. failure)
	skynet.abort()
end)
