-- Accepts lua: run(fd, way, ticks) -> way, which blocks (see WAY); tell(fd, text); timers(fd, count);
-- launch(fd, count); retire(fd); relay(fd, other, text), which asks another one by echo(text) -> text.
-- Whatever blocks is announced to the client `fd` before and after.

local skynet = require "skynet"
require "skynet.manager"
local driver = require "skynet.socketdriver"

local function tell(fd, text)
	driver.send(fd, string.pack(">s2", text))
end

-- Keeps the processor for so many centiseconds.
local function spin(ticks)
	local finish = skynet.hpc() + ticks * 10000000
	repeat
	until skynet.hpc() > finish
end

local WAY = {}

function WAY.execute(ticks)
	os.execute(("exec sleep %.2f >&- 2>&-"):format(ticks / 100))
end

function WAY.popen(ticks)
	local pipe <close> = assert(io.popen(("sleep %.2f; echo done"):format(ticks / 100)))
	assert(pipe:read "a" == "done\n")
end

-- Without end, and without a process that would outlive the node.
function WAY.fifo()
	local name = os.tmpname()
	os.execute(("rm %s && mkfifo %s"):format(name, name))
	io.open(name)
end

-- Four nested repetitions, all of which are tried.
function WAY.find(ticks)
	local length = math.ceil(2.5 * (ticks * 1e6) ^ 0.25)
	assert(not ("a"):rep(length):find(".-.-.-b"))
end

function WAY.endless()
	("a"):rep(100000):find ".-.-.-.-b"
end

function WAY.load()
	assert(load(("x = 1\n"):rep(700000)))
end

function WAY.rep()
	assert(#("x"):rep(1 << 20):rep(1 << 9) == 1 << 29)
end

function WAY.xpcall(ticks)
	local finish = skynet.hpc() + ticks * 10000000
	xpcall(error, function()
		repeat
			pcall(error, "again")
		until skynet.hpc() > finish
	end)
end

function WAY.hook(ticks)
	debug.sethook(function() end, "", 1000000)
	spin(ticks)
	debug.sethook()
end

function WAY.gc(ticks)
	setmetatable({}, {
		__gc = function()
			spin(ticks)
		end,
	})
	collectgarbage()
end

function WAY.close(ticks)
	local function leave()
		local _ <close> = setmetatable({}, {
			__close = function()
				spin(ticks)
			end,
		})
		error "left"
	end
	assert(not pcall(string.gsub, "a", "a", leave))
end

function WAY.sort(ticks)
	local first = true
	table.sort({ 2, 1 }, function(a, b)
		if first then
			first = false
			spin(ticks)
		end
		return a < b
	end)
end

function WAY.listen()
	assert(not pcall(driver.listen, "no.such.name.invalid", 0, 32))
end

-- A release that blocks: see `skynet.exit`.
function WAY.retire(ticks)
	_G.keeper = setmetatable({}, {
		__gc = function()
			os.execute(("exec sleep %.2f >&- 2>&-"):format(ticks / 100))
		end,
	})
end

function WAY.nothing() end

local CMD = {}

function CMD.run(fd, way, ticks)
	tell(fd, "before " .. way)
	WAY[way](ticks or 50)
	tell(fd, "after " .. way)
	return way
end

CMD.tell = tell

-- Sets so many timers at once, and tells when the last has come.
function CMD.timers(fd, count)
	local left = count
	local function due()
		left = left - 1
		if left == 0 then
			tell(fd, "timers " .. count)
		end
	end
	for _ = 1, count do
		skynet.timeout(1, due)
	end
end

local launched = {} -- services that are started and ended together

function CMD.launch(fd, count)
	local left = count
	for _ = 1, count do
		skynet.fork(function()
			local address = skynet.newservice "blocker"
			launched[#launched + 1] = address
			left = left - 1
			if left == 0 then
				tell(fd, "started " .. count)
			end
		end)
	end
end

function CMD.retire(fd)
	for _, address in ipairs(launched) do
		skynet.kill(address)
	end
	tell(fd, "retired " .. #launched)
end

function CMD.relay(fd, other, text)
	tell(fd, skynet.call(other, "lua", "echo", text))
end

-- A blocker is asked by others, too.
function CMD.echo(text)
	skynet.retpack(text)
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		if cmd == "run" then
			skynet.retpack(CMD.run(...))
		else
			CMD[cmd](...)
		end
	end)
end)
